"""The naive session server: one dispatcher, one session with a thread of its own per client address.

Try it: start it, then `nc -u 127.0.0.1 PORT` in other terminals. Enter ends it.
"""

import contextlib
import queue
import socket
import threading
import uuid

Address = tuple[str, int]
sessions: dict[Address, "Session"] = {}


class Session(threading.Thread):
    """One client: an id, an address, and a queue of messages."""

    def __init__(self, address: Address, server: socket.socket) -> None:
        super().__init__(daemon=True)
        self.id = uuid.uuid4()
        self.address = address
        self.server = server
        self.inbox: queue.Queue[bytes] = queue.Queue()

    def run(self) -> None:
        """Answer messages until somebody says goodbye."""
        while (text := self.inbox.get().decode().strip()) != "salir":
            print(f"Message from ({self.address[0]}, {self.id}): {text}")
            self.server.sendto(f"Server reply: Your message was: {text}\n".encode(), self.address)


def serve(server: socket.socket) -> None:
    """Receive datagrams for ever; a new address gets a new session."""
    while True:
        datagram, address = server.recvfrom(65536)
        if address not in sessions:
            sessions[address] = Session(address, server)
            sessions[address].start()
        sessions[address].inbox.put(datagram)


if __name__ == "__main__":
    with socket.socket(type=socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(opened,), daemon=True).start()
        with contextlib.suppress(EOFError):
            input(f"listening on UDP 127.0.0.1 {opened.getsockname()[1]}; Enter ends it\n")
