"""The naive room once more, with asyncio: no locks, because there is one thread only. Chapter 1 breaks it, too.

Try it: start it, then `nc 127.0.0.1 PORT` in three other terminals. Enter ends it.
"""

import asyncio
import contextlib
import socket
import threading
from asyncio import StreamReader, StreamWriter

LIMIT = 3


async def serve_guest(reader: StreamReader, writer: StreamWriter, members: dict[StreamWriter, str]) -> None:
    """Serve one guest, in a task of their own."""
    try:
        if len(members) >= LIMIT:
            writer.write(b"! the room is full\n")
            return
        writer.write(b"Your name?\n")
        name = (await reader.readline()).decode().strip()
        members[writer] = name
        writer.write(f"* You are in ({len(members)} of {LIMIT})\n".encode())
        async for line in reader:
            for other in list(members):  # a copy: somebody may leave while we wait below
                if other is not writer:
                    other.write(f"{name}: {line.decode()}".encode())
                    with contextlib.suppress(OSError):  # they have just hung up
                        await other.drain()
    except OSError:
        pass  # this guest has just hung up
    finally:
        members.pop(writer, None)
        writer.close()


async def accept(listening: socket.socket) -> None:
    """Accept guests for ever."""
    members: dict[StreamWriter, str] = {}
    server = await asyncio.start_server(lambda *streams: serve_guest(*streams, members), sock=listening)
    await server.serve_forever()


def serve(listening: socket.socket) -> None:
    """Run the loop in the calling thread."""
    asyncio.run(accept(listening))


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as opened:
        threading.Thread(target=serve, args=(opened,), daemon=True).start()
        with contextlib.suppress(EOFError):
            input(f"listening on 127.0.0.1 {opened.getsockname()[1]}; Enter ends it\n")
