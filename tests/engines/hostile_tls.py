"""A TLS client that keeps no rules: an honest handshake, then any records whatever, in their true encryption.

The handshake is OpenSSL's; what it agreed on comes from the key log, so that a `Scribe` can write records that no
library would write. TLS 1.3 with AES-256-GCM and SHA-384, which our server chooses from every client that has it.

Source: RFC 8446 sections 5 (records), 7.1 and 7.2 (keys).
"""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tests.harness import DEADLINE, Closing

ALERT, HANDSHAKE, DATA = 21, 22, 23
CLOSE_NOTIFY = b"\x01\x00"
KEY_UPDATE = b"\x18\x00\x00\x01"
"To be followed by 0 (update_not_requested) or 1 (update_requested)."
_HASH_BYTES = 48


def _expand(secret: bytes, label: bytes, length: int) -> bytes:
    label = b"tls13 " + label
    info = length.to_bytes(2) + len(label).to_bytes(1) + label + b"\0"
    return HKDFExpand(SHA384(), length, info).derive(secret)


class Scribe:
    """Writes one side's records, from the first after the handshake on."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._begin()

    def _begin(self) -> None:
        self._cipher = AESGCM(_expand(self._secret, b"key", 32))
        self._iv = int.from_bytes(_expand(self._secret, b"iv", 12))
        self._number = 0

    def record(self, kind: int, content: bytes) -> bytes:
        """Return one record, however large or empty."""
        inner = content + bytes([kind])
        header = b"\x17\x03\x03" + (len(inner) + 16).to_bytes(2)
        nonce = (self._iv ^ self._number).to_bytes(12)
        self._number += 1
        return header + self._cipher.encrypt(nonce, inner, header)

    def key_update(self, *, requested: bool = True) -> bytes:
        """Return a KeyUpdate; what comes after it is in the new key."""
        record = self.record(HANDSHAKE, KEY_UPDATE + bytes([requested]))
        self._secret = _expand(self._secret, b"traffic upd", _HASH_BYTES)
        self._begin()
        return record


def client_secret(log: Path) -> bytes:
    """Return the client's first secret for data of the last connection in a key log."""
    secrets = [
        line.split()[2] for line in log.read_text().splitlines() if line.startswith("CLIENT_TRAFFIC_SECRET_0 ")
    ]
    return bytes.fromhex(secrets[-1])


class Rogue(Closing):
    """A connection of a client whose every byte passes through our hands."""

    def __init__(
        self, address: tuple[str, int], ca: Path, log: Path, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ) -> None:
        context = ssl.create_default_context(cafile=str(ca))
        context.minimum_version = context.maximum_version = version
        log.unlink(missing_ok=True)
        context.keylog_filename = str(log)
        self._log = log
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        self.socket = socket.create_connection(address, timeout=DEADLINE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def shake_hands(self, send: Callable[[bytes], None] | None = None) -> None:
        """Get as far as data; `send` is what brings bytes onto the wire."""
        send = send or self.socket.sendall
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                send(self._outgoing.read())
                data = self.socket.recv(65536)
                if not data:
                    raise ConnectionResetError from None
                self._incoming.write(data)
            else:
                break
        send(self._outgoing.read())

    def scribe(self) -> Scribe:
        """Return who writes the client's records from now on; the honest side must not have said anything."""
        return Scribe(client_secret(self._log))

    def say(self, data: bytes) -> bytes:
        """Return the honest record of `data`."""
        self.tls.write(data)
        return self._outgoing.read()

    def wait_for_the_end(self) -> None:
        """Take in everything until the server closes."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            return

    def close(self) -> None:
        self.socket.close()
