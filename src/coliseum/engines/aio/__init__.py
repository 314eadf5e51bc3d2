"""The asyncio engine: a protocol per client, and the loop is the only one in the world.

| file | here | beside it in threads/ |
|---|---|---|
| engine.py | the loop, start and stop | the world's lock, start and stop |
| acceptor.py | the loop accepts | a thread waits for connections |
| stream.py | a protocol per client | a thread per client reads; the link's lock |
| flusher.py | once per turn of the loop | one flusher at a time, the baton |
| clock.py | call_at | a thread that waits for deadlines |
"""

from coliseum.engines.aio.engine import AioEngine

__all__ = ["AioEngine"]
