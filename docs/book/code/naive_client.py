"""The naive client, in two attempts. Chapter 1 shows what each does to the screen.

Usage: python naive_client.py turns|threads PORT   (an empty line ends it)
"""

import socket
import sys
import threading


def take_turns(connection: socket.socket) -> None:
    """First attempt: ask, send, then show what has come."""
    while line := input("> "):
        connection.sendall(f"{line}\n".encode())
        print(connection.recv(4096).decode(), end="")


def show_what_comes(connection: socket.socket) -> None:
    """Print until the server hangs up."""
    while data := connection.recv(4096):
        print(data.decode(), end="", flush=True)


def two_threads(connection: socket.socket) -> None:
    """Second attempt: one thread asks and sends, the other receives and shows."""
    threading.Thread(target=show_what_comes, args=(connection,), daemon=True).start()
    while line := input("> "):
        connection.sendall(f"{line}\n".encode())


if __name__ == "__main__":
    attempt, port = sys.argv[1:]
    with socket.create_connection(("127.0.0.1", int(port))) as opened:
        print(opened.recv(4096).decode(), end="")
        opened.sendall(f"{input('> ')}\n".encode())  # the name
        print(opened.recv(4096).decode(), end="")
        take_turns(opened) if attempt == "turns" else two_threads(opened)
