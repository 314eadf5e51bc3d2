"""The threads engine: a thread per client, one lock around the world.

| file | here | beside it in aio/ |
|---|---|---|
| engine.py | the world's lock, start and stop | the loop, start and stop |
| acceptor.py | a thread waits for connections | the loop accepts |
| stream.py | a thread per client reads; the link's lock | the loop calls when bytes came |
| flusher.py | one flusher at a time, the baton | once per turn of the loop |
| clock.py | a thread that waits for deadlines | call_at |
| endpoint.py | UDP: a dispatcher thread, a worker thread per session | the same two roles, as callbacks |
"""

from coliseum.engines.threads.engine import ThreadsEngine

__all__ = ["ThreadsEngine"]
