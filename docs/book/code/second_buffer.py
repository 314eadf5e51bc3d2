"""`write` without `drain`: it never blocks, it never fails, and it never stops taking memory."""

import asyncio
import socket

MEGABYTE = bytes(1024 * 1024)


async def main() -> None:
    """Write to a peer that does not read."""
    near, far = socket.socketpair()
    far.setblocking(False)
    _, writer = await asyncio.open_connection(sock=near)
    for megabytes in range(1, 65):
        writer.write(MEGABYTE)
        if megabytes in {1, 64}:
            waiting = writer.transport.get_write_buffer_size() / len(MEGABYTE)
            print(f"written: {megabytes} MiB; waiting in the transport's own buffer: {waiting:.1f} MiB")
    print("the limit that drain would wait at:", writer.transport.get_write_buffer_limits()[1], "bytes")
    writer.transport.abort()
    far.close()


asyncio.run(main())
