"""The asyncio engine: callbacks on one loop, which is the only one in the world.

| file | here | beside it in threads/ |
|---|---|---|
| engine.py | the loop, start and stop | the world's lock, start and stop |
| acceptor.py | the loop accepts | a thread waits for connections |
| stream.py | the loop calls when bytes came | a thread per client reads; the link's lock |
| flusher.py | once per turn of the loop | one flusher at a time, the baton |
| clock.py | call_at | a thread that waits for deadlines |
| endpoint.py | UDP: a dispatcher and workers, as callbacks | a dispatcher thread, a worker thread per session |
"""

from coliseum.engines.aio.engine import AioEngine

__all__ = ["AioEngine"]
