"""The naive room, with threads: a chat for three, as a good first program has it. Chapter 1 breaks it.

Try it: start it, then `nc 127.0.0.1 PORT` in three other terminals. Enter ends it.
"""

import contextlib
import socket
import threading

LIMIT = 3


class Room:
    """Who is here. The lock is meant to make it safe."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.members: dict[socket.socket, str] = {}

    def is_full(self) -> bool:
        """Say whether nobody else fits in."""
        with self.lock:
            return len(self.members) >= LIMIT

    def enter(self, connection: socket.socket, name: str) -> int:
        """Take somebody in; return how many are here now."""
        with self.lock:
            self.members[connection] = name
            return len(self.members)

    def leave(self, connection: socket.socket) -> None:
        """Forget somebody."""
        with self.lock:
            self.members.pop(connection, None)

    def say(self, sender: socket.socket, line: str) -> None:
        """Send a line to everybody else; nobody comes or goes meanwhile."""
        with self.lock:
            for other in self.members:
                if other is not sender:
                    with contextlib.suppress(OSError):  # they have just hung up
                        other.sendall(line.encode())


def serve_guest(connection: socket.socket, room: Room) -> None:
    """Serve one guest, in a thread of their own."""
    with connection, contextlib.suppress(OSError), connection.makefile() as lines:
        if room.is_full():
            connection.sendall(b"! the room is full\n")
            return
        connection.sendall(b"Your name?\n")
        name = lines.readline().strip()
        try:
            count = room.enter(connection, name)
            connection.sendall(f"* You are in ({count} of {LIMIT})\n".encode())
            for line in lines:
                room.say(connection, f"{name}: {line}")
        finally:
            room.leave(connection)


def serve(listening: socket.socket) -> None:
    """Accept guests for ever."""
    room = Room()
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=serve_guest, args=(connection, room), daemon=True).start()


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as opened:
        threading.Thread(target=serve, args=(opened,), daemon=True).start()
        with contextlib.suppress(EOFError):
            input(f"listening on 127.0.0.1 {opened.getsockname()[1]}; Enter ends it\n")
