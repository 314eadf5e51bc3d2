"""Accepting, with threads: one thread per listener waits for connections and gives each a thread of its own.

What must stay true: the wait can be ended from outside (a pair of sockets wakes it); a lack of descriptors is said
once, pauses accepting for a moment, and is over by itself.
Beside it: aio/acceptor.py.
"""

import selectors
import socket
import threading
from typing import TYPE_CHECKING

from coliseum.engines.contract import ACCEPT_PAUSE, Listener, Shortage
from coliseum.engines.scheduling import be_patient
from coliseum.engines.sockets import peer_name, prepare, turn_away
from coliseum.engines.threads.stream import Stream

if TYPE_CHECKING:
    from coliseum.engines.threads.engine import ThreadsEngine


class Acceptor:
    """The thread of one listener."""

    def __init__(self, engine: "ThreadsEngine", listener: Listener) -> None:
        self._engine = engine
        self._listener = listener
        self._shortage = Shortage(listener.scheme, engine.parts.note)
        self._stopping = threading.Event()
        self._wake, self._alarm = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=f"accept-{listener.scheme}", daemon=True)

    def start(self) -> None:
        """Begin to accept."""
        self._thread.start()

    def stop(self) -> None:
        """Accept no more; returns when the thread is gone and the listening sockets are closed."""
        self._stopping.set()
        self._alarm.send(b"!")
        self._thread.join()
        for made in (*self._listener.sockets, self._wake, self._alarm):
            made.close()

    def _run(self) -> None:
        be_patient()  # and so are the clients' threads, which are started here
        with selectors.DefaultSelector() as selector:
            for made in (self._wake, *self._listener.sockets):
                made.setblocking(False)
                selector.register(made, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for key, _ in selector.select():
                    if isinstance(key.fileobj, socket.socket) and key.fileobj is not self._wake:
                        self._accept(key.fileobj)

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, address = listening.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # the peer has gone again
        except OSError as error:
            self._shortage.failed(error)
            self._stopping.wait(ACCEPT_PAUSE)
            return
        self._shortage.accepted()
        with self._engine.world_lock:
            opened = self._listener.open(peer_name(address))
            stream = opened if isinstance(opened, bytes) else Stream(self._engine, connection, *opened)
        if isinstance(stream, bytes):
            turn_away(connection, stream)
            return
        self._engine.flusher.flush()  # somebody may have had to go for this one
        prepare(connection)
        connection.setblocking(True)
        stream.start()
