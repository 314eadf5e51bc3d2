"""The handshake of a session over UDP, by hand: what does the server keep for somebody who has proved nothing?"""

from coliseum.wire.contract import Made, Reply
from coliseum.wire.datagrams import Cookie, Cookies, Hello, Open, decode, encode
from coliseum.wire.endpoint import DatagramEndpoint

SECRET = b"only the server knows this"
HONEST, FORGED = ("192.0.2.1", 4000), ("192.0.2.9", 4000)
NONCE = b"\x01" * 8

endpoint = DatagramEndpoint(lambda address, link, proved: address, Cookies(SECRET), lambda: b"\x02" * 8)


def send(what: Hello | Open, address: tuple[str, int]) -> Reply | Made:
    """Give the endpoint a datagram; print what it does."""
    datagram = encode(what)
    found = endpoint.sort(datagram, address, 0.0)
    print(f"{type(what).__name__} of {len(datagram)} bytes from {address[0]}: ", end="")
    if isinstance(found, Reply):
        print(f"answered with {type(decode(found.data)).__name__} of {len(found.data)} bytes, ", end="")
    else:
        print(f"{type(found).__name__}, ", end="")
    print(f"{len(endpoint)} sessions")
    return found


for _ in range(3):
    send(Hello(NONCE), FORGED)  # the answer goes to the owner of that address, who did not ask
send(Open(NONCE, b"\0" * 16), FORGED)  # so a forger can only guess
answer = decode(send(Hello(NONCE), HONEST).data)
assert isinstance(answer, Cookie)
send(Open(NONCE, answer.cookie), FORGED)  # a cookie of another address is worth nothing
send(Open(NONCE, answer.cookie), HONEST)
print("silent for 299 s:", endpoint.expire(299.0), "for 300 s:", endpoint.expire(300.0), len(endpoint), "sessions")
