"""Coliseum: a self-hosted, secure chat server and client; one core, two engines."""

__version__ = "0.1.0"
