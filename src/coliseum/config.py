"""The configuration: every option declared once, here.

One declaration (type, default, unit, why) feeds the dataclass, the TOML key, the environment variable, the command
line's flag, the annotated file that `coliseum config` prints and the reference page. How values are read and
laid over each other is in settings.py.

What must stay true: a `Config` is frozen and complete; keys keep their meaning, so that files stay valid.
0 means unlimited wherever a count of people is limited.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from msgspec import Meta, Struct


def _unit(text: str) -> str:
    """Mark a unit as a text that is translated."""
    return text


def _option(why: str, unit: str = "", flag: str = "", **bounds: Any) -> Meta:
    """Describe an option: what goes wrong without it and why this default, its unit, its flag, its bounds."""
    return Meta(description=why, extra={"unit": unit, "flag": flag}, **bounds)


Engine = Literal["threads", "asyncio", "uvloop"]
"What runs the server: the engine of threads, that of asyncio, or the latter on the event loop of uvloop."

_LINE = r"\A[^\r\n\0]*\Z"
_LINE_OF_SOMETHING = r"\A[^\r\n\0]+\Z"


class Server(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the server says about itself, and who may come in."""

    name: Annotated[
        str,
        _option(
            "The server's name, in the welcome and in messages of the server: one word without `:`, `!` and `@`, "
            "because on IRC it stands where nicks stand.",
            pattern=r"\A[^\s:!@]+\Z",
        ),
    ] = "coliseum"
    network: Annotated[
        str, _option("The network's name, which IRC clients show for the connection.", pattern=_LINE_OF_SOMETHING)
    ] = "Coliseum"
    description: Annotated[
        str, _option("One line about the server, told to everybody who enters.", pattern=_LINE)
    ] = ""
    motd: Annotated[str, _option("Message of the day: several lines if you like, told after the welcome.")] = ""
    password: Annotated[
        str,
        _option(
            "Asked of everybody who connects; empty: nobody is asked. Put the hash here that `coliseum passwd` "
            "prints; plain text works too, but whoever reads this file can then come in."
        ),
    ] = ""
    admin: Annotated[
        tuple[Annotated[str, Meta(pattern=_LINE_OF_SOMETHING)], ...],
        _option(
            "Who administers the server, for people who ask over IRC: up to three lines (where, who, how to "
            "reach).",
            unit=_unit("list of lines"),
            max_length=3,
        ),
    ] = ()
    language: Annotated[
        Literal["auto", "en", "es"],
        _option("What the server speaks on the plain dialect; auto: the language of its locale.", flag="--lang"),
    ] = "auto"


class Tls(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Your own certificate. Without one the server makes a local CA and a certificate by itself."""

    cert: Annotated[
        str, _option("File with the certificate and its chain, in PEM. SIGHUP reads it again.", unit=_unit("path"))
    ] = ""
    key: Annotated[
        str, _option("File with its private key, in PEM; nobody else should read it.", unit=_unit("path"))
    ] = ""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of everything."""

    room_capacity: Annotated[
        int,
        _option(
            "How many people fit into a room; one more is told that it is full. Small by default, because a room "
            "is for people who know each other.",
            unit=_unit("people, 0 = unlimited"),
            flag="--capacity",
            ge=0,
        ),
    ] = 3
    max_clients: Annotated[
        int,
        _option(
            "How many people fit into the whole server. Unlimited by default: what a client costs is small.",
            unit=_unit("people, 0 = unlimited"),
            flag="--max-clients",
            ge=0,
        ),
    ] = 0
    max_connections: Annotated[
        int,
        _option(
            "How many connections there may be in all (UDP has limits of its own), whether somebody has come in "
            "over them or not; one more is told so. By default as many as the system gives descriptors for, less "
            "a few.",
            unit=_unit("connections, 0 = as many as there are descriptors"),
            ge=0,
        ),
    ] = 0
    max_clients_per_ip: Annotated[
        int,
        _option(
            "How many connections, and sessions over UDP, one IPv4 address or IPv6 /64 may have; one more is told "
            "so. The default is a school behind one router.",
            unit=_unit("connections, 0 = unlimited"),
            ge=0,
        ),
    ] = 64
    max_arriving: Annotated[
        int,
        _option(
            "How many connections there may be over which nobody has come in yet. One more is let in all the "
            "same, and of the address that has most of them the one goes that has taken longest: so nobody keeps "
            "others out by dawdling.",
            unit=_unit("connections, 0 = unlimited"),
            ge=0,
        ),
    ] = 256
    max_arriving_per_ip: Annotated[
        int,
        _option(
            "How many of those one IPv4 address or IPv6 /64 may have; one more is told so.",
            unit=_unit("connections, 0 = unlimited"),
            ge=0,
        ),
    ] = 32
    exempt: Annotated[
        tuple[str, ...],
        _option(
            "Networks that the limits per address leave alone, as in 192.168.0.0/16: this machine by default.",
            unit=_unit("list of networks"),
        ),
    ] = ("127.0.0.0/8", "::1/128")
    sendq: Annotated[
        int,
        _option(
            "How much may wait for somebody who reads too slowly, before they are cut off: some thousand lines, "
            "more than anybody catches up with, and a hundred such readers still fit into a small machine.",
            unit=_unit("bytes"),
            ge=16 * 1024,
        ),
    ] = 1024 * 1024
    flood_control: Annotated[
        bool,
        _option(
            "Whether somebody who sends much at once is read more slowly, as the next four keys say; server "
            "operators never are. Off only for tests and measurements."
        ),
    ] = True
    lines_per_second: Annotated[
        float,
        _option(
            "How many lines somebody may keep up sending: more than anybody types.",
            unit=_unit("lines per second"),
            gt=0,
        ),
    ] = 5.0
    lines_at_once: Annotated[
        float,
        _option("How many lines may come at once: a pasted paragraph goes through.", unit=_unit("lines"), ge=1),
    ] = 20.0
    bytes_per_second: Annotated[
        float, _option("How much text somebody may keep up sending.", unit=_unit("bytes per second"), gt=0)
    ] = 4096.0
    bytes_at_once: Annotated[float, _option("How much text may come at once.", unit=_unit("bytes"), ge=512)] = (
        32768.0
    )


class Oper(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who may administer the server over IRC."""

    name: Annotated[str, _option("What they call themselves with OPER.", min_length=1)]
    password: Annotated[str, _option("A hash from `coliseum passwd`.", min_length=1)]


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one server."""

    listen: Annotated[
        tuple[str, ...],
        _option(
            "Where to listen: tls://HOST:PORT (plain dialect over TLS), ircs://HOST:PORT (IRC over TLS), tcp://, "
            "irc:// and udp://HOST:PORT (in clear, loopback only; elsewhere they must say +insecure, as in "
            "irc+insecure://). Only this machine by default: opening a server is a decision.",
            unit=_unit("list of URLs"),
            flag="--listen",
            min_length=1,
        ),
    ] = ("tls://localhost:7000", "ircs://localhost:6697", "udp://localhost:8080")
    data_dir: Annotated[
        str,
        _option(
            "Where the server keeps its certificates; empty: the usual place of this system.",
            unit=_unit("path"),
            flag="--data-dir",
        ),
    ] = ""
    engine: Annotated[
        Engine,
        _option(
            "Who waits for bytes: a thread per client, an event loop, or the event loop of uvloop "
            "(to be installed).",
            flag="--engine",
        ),
    ] = "asyncio"
    server: Server = Server()
    tls: Tls = Tls()
    limits: Limits = Limits()
    opers: tuple[Oper, ...] = ()

    @property
    def data_path(self) -> Path:
        """The data directory."""
        return Path(self.data_dir).expanduser() if self.data_dir else default_data_dir()


def default_data_dir() -> Path:
    """Return where certificates are kept: systemd's $STATE_DIRECTORY, or the user's state directory."""
    return Path(os.environ.get("STATE_DIRECTORY") or platformdirs.user_state_path("coliseum"))
