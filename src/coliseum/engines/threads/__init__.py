"""The threads engine: a thread per client, one lock around the world.

| file | here | beside it in aio/ |
|---|---|---|
| engine.py | the world's lock, start and stop | the loop, start and stop |
| acceptor.py | a thread waits for connections | the loop accepts |
| stream.py | a thread per client reads; the link's lock | a protocol per client |
| flusher.py | one flusher at a time, the baton | once per turn of the loop |
| clock.py | a thread that waits for deadlines | call_at |
"""

from coliseum.engines.threads.engine import ThreadsEngine

__all__ = ["ThreadsEngine"]
