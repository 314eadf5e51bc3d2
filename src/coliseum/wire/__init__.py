"""The wire: bytes to items and back, sans-I/O. Layers (tls, lines) stacked into a link; no sockets here."""
