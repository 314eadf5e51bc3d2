"""What the tests of the client's IRC share: a tongue without a connection, and real servers on loopback ports."""

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from coliseum.client.irc.tongue import Tongue
from coliseum.config import Config, Limits, Oper
from coliseum.config import Server as ServerSection
from coliseum.core.vocabulary import Event, Heard
from coliseum.server import Server
from coliseum.services import passwords
from tests.client.support import DEADLINE
from tests.harness import Closing

SERVER = "irc.example"
OLD = ("CASEMAPPING=ascii", "CHANTYPES=#&", "PREFIX=(ov)@+", "NETWORK=Net", "CHANMODES=beI,k,l,imnst")


class Talk:
    """A tongue, and what came out of it since one looked last."""

    def __init__(self) -> None:
        self.tongue = Tongue()

    def say(self, *lines: str) -> "Talk":
        for line in lines:
            self.tongue.say(line)
        return self

    def hear(self, *lines: str) -> "Talk":
        """Take in lines; those that begin with a number are the server's replies to us."""
        for line in lines:
            self.tongue.hear(f":{SERVER} {line}" if line[:3].isdigit() else line)
        return self

    @property
    def sent(self) -> list[str]:
        return self.tongue.take_lines()

    @property
    def events(self) -> list[str | Event]:
        return self.tongue.take_items()

    @property
    def told(self) -> list[str | Event]:
        """All events but acknowledgements."""
        return [event for event in self.events if not isinstance(event, Heard)]

    def forget(self) -> "Talk":
        self.tongue.take_lines()
        self.tongue.take_items()
        return self

    def register(self, *capabilities: str, nick: str = "ana", tokens: tuple[str, ...] = OLD) -> "Talk":
        """Come in, on a server that offers these capabilities; none: it does not know CAP."""
        self.say(f"/nick {nick}", "/json")
        if capabilities:
            offered = " ".join(capabilities)
            self.hear(f":{SERVER} CAP * LS :{offered}", f":{SERVER} CAP * ACK :{offered}")
        self.hear(f"001 {nick} :Welcome {nick}!~u@host.example", f"005 {nick} {' '.join(tokens)} :are supported")
        self.hear(f"422 {nick} :No MOTD")
        return self.forget()

    def enter(self, room: str = "#room", *others: str, capacity: int = 0, nick: str = "ana") -> "Talk":
        """Go into a room, in which others are already; on a server without labels."""
        self.say(f"/join {room}").come_in(room, *others, capacity=capacity, nick=nick)
        return self.pong().forget()

    def come_in(self, room: str, *others: str, capacity: int = 0, nick: str = "ana") -> "Talk":
        limit = f"+ntl {capacity}" if capacity else "+nt"
        return self.hear(
            f":{nick}!~u@host.example JOIN {room}",
            f"353 {nick} = {room} :{' '.join([f'@{nick}', *others])}",
            f"366 {nick} {room} :End",
            f"324 {nick} {room} {limit}",
        )

    def pong(self) -> "Talk":
        """Answer the ping that was sent last."""
        token = next(line.partition(" ")[2] for line in reversed(self.sent) if line.startswith("PING"))
        return self.hear(f":{SERVER} PONG {SERVER} :{token}")


# --- real servers ------------------------------------------------------------------------------------------


@dataclass
class RealServer:
    """A server on loopback ports."""

    kind: str
    port: int
    tls_port: int
    ca: Path
    stop: Callable[[], None]
    "Ends it, as an operator would; harmless when ended."

    @property
    def url(self) -> str:
        return f"irc://127.0.0.1:{self.port}"


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a server's process."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(DEADLINE)


class Raw(Closing):
    """Somebody with another client: what they write goes to the server as it is."""

    def __init__(self, port: int, nick: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self._file = self._socket.makefile("rb")
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        self.expect(" (376|422) ")

    def send(self, *lines: str | bytes) -> None:
        """Send lines."""
        for line in lines:
            self._socket.sendall((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

    def expect(self, pattern: str) -> str:
        """Read until a line matches and return it; pings are answered meanwhile."""
        seen = []
        while raw := self._file.readline():
            line = raw.decode(errors="replace").rstrip("\r\n")
            seen.append(line)
            if line.startswith("PING"):
                self.send(line.replace("PING", "PONG", 1))
            if re.search(pattern, line):
                return line
        raise AssertionError(f"closed before {pattern!r} came: {seen}")

    def settle(self) -> None:
        """Wait until the server has dealt with all that was sent."""
        token = f"settled-{time.monotonic_ns()}"
        self.send(f"PING {token}")
        self.expect(f"PONG.*{token}")

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now, and that the system gives to nobody who does not name one."""
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            port = random.randrange(15_000, 30_000)
            with contextlib.suppress(OSError):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
    return found


NGIRCD = """
    [Global]
    Name = irc.ngircd.example
    Info = a server for tests
    Listen = 127.0.0.1
    Ports = {port}
    MotdPhrase = Be kind
    Network = NgNet
    ServerUID = {uid}
    ServerGID = {gid}
    {password}
    [Limits]
    MaxConnectionsIP = 0
    MaxPenaltyTime = 0
    MaxNickLength = 16
    [Options]
    DNS = no
    Ident = no
    PAM = no
    [SSL]
    CertFile = {folder}/server.pem
    KeyFile = {folder}/server.key
    Ports = {tls_port}
    [Operator]
    Name = root
    Password = root
"""

INSPIRCD = """
    <server name="irc.inspircd.example" description="a server for tests" network="InspNet">
    <admin name="x" nick="x" email="x@example">
    <bind address="127.0.0.1" port="{port}" type="clients">
    <bind address="127.0.0.1" port="{tls_port}" type="clients" sslprofile="tests">
    <sslprofile name="tests" provider="gnutls" certfile="{folder}/server.pem" keyfile="{folder}/server.key">
    <connect allow="*" timeout="20" hardsendq="1048576" softsendq="8192" recvq="8192" localmax="100" {password}
        globalmax="100" threshold="1000" commandrate="1000000" resolvehostnames="no" useident="no" modes="">
    <options casemapping="rfc1459" exitsuffix="">
    <performance somaxconn="128">
    <limits maxnick="16" maxchan="64">
    <log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/log">
    {modules}
    <class name="All" commands="*" privs="*">
    <type name="NetAdmin" classes="All">
    <oper name="root" password="root" host="*@*" type="NetAdmin">
"""
MODULES = (
    "cap", "ircv3", "ircv3_batch", "ircv3_capnotify", "ircv3_chghost", "ircv3_ctctags", "ircv3_echomessage",
    "ircv3_invitenotify", "ircv3_labeledresponse", "ircv3_servertime", "namesx", "uhnames", "setname", "redirect",
    "sajoin", "ssl_gnutls",
)  # fmt: skip


def require(program: str) -> str:
    """Return where a program is; skip the test where it is not."""
    found = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed (apt-get install {program})")
    return found


OTHERS = ["ngircd", "inspircd"]
OURS = ["coliseum-threads", "coliseum-asyncio"]


@contextlib.contextmanager
def real_server(kind: str, folder: Path, *, password: str = "", port: int = 0) -> Iterator[RealServer]:
    """Run a server, one of others or one of ours, on loopback ports, until the end of the block."""
    run = _ours if kind in OURS else _of_others
    with run(kind, folder, password, port) as server:
        yield server


@contextlib.contextmanager
def _ours(kind: str, folder: Path, password: str, port: int) -> Iterator[RealServer]:
    config = Config(
        listen=(f"irc://127.0.0.1:{port}", "ircs://localhost:0"),
        data_dir=str(folder),
        server=ServerSection(password=password),
        limits=Limits(room_capacity=0, flood_control=False),
        opers=(Oper(name="root", password=passwords.hash_password("root")),),
    )
    engine = kind.removeprefix("coliseum-")
    with Server(config, engine=engine) as server:  # type: ignore[arg-type]
        assert server.files is not None
        assert server.files.ca is not None
        yield RealServer(kind, server.address("irc")[1], server.address("ircs")[1], server.files.ca, server.stop)


@contextlib.contextmanager
def _of_others(kind: str, folder: Path, password: str, port: int) -> Iterator[RealServer]:
    program = require(kind)
    folder = folder / f"{kind}-{time.monotonic_ns()}"
    folder.mkdir()
    plain, tls = free_ports(2)
    plain = port or plain
    root = os.geteuid() == 0
    if root:  # ngIRCd then runs as nobody, and has to read its files
        for path in (folder, *folder.parents[:-2]):
            path.chmod(path.stat().st_mode | 0o011)
    certify(folder)
    texts = {"ngircd": NGIRCD, "inspircd": INSPIRCD}
    config = folder / f"{kind}.conf"
    config.write_text(
        textwrap.dedent(texts[kind]).format(
            port=plain,
            tls_port=tls,
            folder=folder,
            uid=65534 if root else os.getuid(),
            gid=65534 if root else os.getgid(),
            password=_password_line(kind, password),
            modules="\n".join(f'<module name="{name}">' for name in MODULES),
        )
    )
    config.chmod(0o644)
    command = {
        "ngircd": [program, "-n", "-f", str(config)],
        "inspircd": [program, "--config", str(config), "--nofork", "--nopid", *["--runasroot"][: int(root)]],
    }[kind]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder)
    try:
        await_listening(plain, process, folder)
        yield RealServer(kind, plain, tls, folder / "ca.pem", lambda: end(process))
    finally:
        end(process)


def _password_line(kind: str, password: str) -> str:
    if not password:
        return ""
    return f"Password = {password}" if kind == "ngircd" else f'password="{password}"'


def await_listening(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Wait until the server takes connections."""
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=DEADLINE).close()
        except ConnectionRefusedError:
            assert process.poll() is None, (folder / "output").read_text()
            assert time.monotonic() < deadline, "the server does not listen"
            with contextlib.suppress(subprocess.TimeoutExpired):  # a wait that ends early when it ends
                process.wait(0.02)
        else:
            return


def certify(folder: Path) -> None:
    """Make an authority and a certificate for localhost."""
    import trustme  # noqa: PLC0415

    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "server.key"))
    for number, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(str(folder / "server.pem"), append=number > 0)
    (folder / "server.key").chmod(0o644)
