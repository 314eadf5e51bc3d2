"""Servers to compare: each with a configuration made for it, on loopback, without limits, and stopped afterwards.

The idea: a recipe says how to write a configuration and which command runs it in the foreground; everything else
(ports, certificate, core, waiting until it answers, stopping) is the same for all. All use the same certificate
(ECDSA P-256), so that a handshake costs everybody the same. Flood control is off and the limits are far away: what
is measured is the moving of messages.

What must stay true: a server that was started is stopped, by its number, whatever happens; its files are in a
temporary directory that goes with it.
"""

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args

from coliseum.config import Engine
from coliseum.lab import LabError, usage
from coliseum.lab.enrolment import AT_ONCE
from coliseum.lab.report import OURS
from coliseum.services import certificates

STARTING: Final = 30.0
"Seconds that a server may take until it answers (ngircd makes parameters for its TLS first)."
STOPPING: Final = 5.0
"Seconds that a server may take to stop; then it is killed."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is to run."""

    directory: Path
    cert: Path
    key: Path
    port: int
    tls_port: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to run a server."""

    name: str
    program: str
    "Must be there, for the server to be available."
    prepare: Callable[[Place], list[str]]
    "Writes the configuration; returns the command."
    at_once: int = AT_ONCE
    "See Target.at_once."
    tls: bool = True
    "Whether it speaks TLS on a second port."
    module: str = ""
    "A Python module that must be there, too."
    counts: bool = False
    "Whether it writes its counters into its log when it gets SIGUSR1, which would end any other."

    def located(self) -> str:
        """Return the path of the program; empty when it, or what it needs, is not installed."""
        if self.module and importlib.util.find_spec(self.module) is None:
            return ""
        return shutil.which(self.program, path=_path()) or ""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    name: str
    url: str
    tls_url: str
    pid: int | None
    "None when the server was not started here and nobody said it."
    at_once: int = AT_ONCE
    "See Target.at_once."
    insecure: bool = False
    "Whether any certificate will do: the server has one that was made a moment ago, on this machine."
    udp_url: str = ""
    "For sessions over UDP; empty when it has none."
    log: Path | None = None
    "Where it writes its counters when asked (see Recipe.counts); None: it must not be asked."

    def address(self, *, tls: bool) -> str:
        """Return the URL for a workload with or without TLS; empty when there is none."""
        return self.tls_url if tls else self.url


@contextlib.contextmanager
def run(recipe: Recipe, core: int | None) -> Iterator[Running]:
    """Run a server on `core` (None: anywhere) while the context lasts. Raises LabError when it does not start."""
    with tempfile.TemporaryDirectory(prefix=f"coliseum-lab-{recipe.name}-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # a server may give up root's rights before it reads its files
        files = certificates.ensure(directory / "certificates", ["localhost", "127.0.0.1"], datetime.now(UTC))
        files.cert.parent.chmod(0o755)
        files.key.chmod(0o644)  # made a moment ago, for this run
        place = Place(directory, files.cert, files.key, *_free_ports())
        command = recipe.prepare(place)
        log = directory / "log"
        with _on(core), log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the command is a recipe's
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=_environment(directory),
            )
        try:
            for port in (place.port, place.tls_port)[: 1 + recipe.tls]:
                _wait_for(process, port, recipe.name, log)
            yield Running(
                recipe.name,
                f"irc://127.0.0.1:{place.port}",
                f"ircs://127.0.0.1:{place.tls_port}" if recipe.tls else "",
                process.pid,
                recipe.at_once,
                insecure=True,
                log=log if recipe.counts else None,
            )
            if process.poll():  # 0: it was told to stop, which is a workload
                raise LabError(f"{recipe.name} ended by itself, with {process.returncode}: {_tail(log)}")
        finally:
            process.terminate()
            try:
                process.wait(STOPPING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _coliseum(engine: str) -> Recipe:
    def prepare(place: Place) -> list[str]:
        config = place.directory / "coliseum.toml"
        config.write_text(
            f'listen = ["irc://127.0.0.1:{place.port}", "ircs://127.0.0.1:{place.tls_port}"]\n'
            f'engine = "{engine}"\n'
            f'data_dir = "{place.directory}"\n'
            f'[tls]\ncert = "{place.cert}"\nkey = "{place.key}"\n'
            f"[limits]\nroom_capacity = 0\nmax_clients = 0\nmax_arriving = 0\nflood_control = false\n",
            encoding="utf-8",
        )
        return [sys.executable, "-m", "coliseum", "serve", "--config", str(config)]

    module = "uvloop" if engine == "uvloop" else ""
    return Recipe(f"{OURS}-{engine}", sys.executable, prepare, module=module, counts=True)


def _ngircd(place: Place) -> list[str]:
    """Prepare ngIRCd (man ngircd.conf); "0" means no limit, penalties are its flood control."""
    config = place.directory / "ngircd.conf"
    config.write_text(
        f"""[Global]
Name = irc.lab.test
Info = lab
AdminInfo1 = lab
Listen = 127.0.0.1
Ports = {place.port}
MotdPhrase = lab
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 31
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
IncludeDir = {place.directory / "none"}
[SSL]
CertFile = {place.cert}
KeyFile = {place.key}
Ports = {place.tls_port}
""",
        encoding="utf-8",
    )
    return ["ngircd", "--nodaemon", "--config", str(config)]


def _inspircd(place: Place) -> list[str]:
    """Prepare InspIRCd (docs.inspircd.org/3/configuration); its flood control is fakelag and commandrate."""
    config, here = place.directory / "inspircd.conf", place.directory
    config.write_text(
        f"""<server name="irc.lab.test" description="lab" network="Lab">
<admin name="lab" nick="lab" email="lab@lab.test">
<bind address="127.0.0.1" port="{place.port}" type="clients">
<bind address="127.0.0.1" port="{place.tls_port}" type="clients" sslprofile="lab">
<module name="ssl_gnutls">
<sslprofile name="lab" provider="gnutls" certfile="{place.cert}" keyfile="{place.key}">
<connect name="lab" allow="*" timeout="60" pingfreq="1h" hardsendq="1G" softsendq="1G" recvq="100M"
         threshold="1000000000" commandrate="1000000000" fakelag="no" localmax="1000000" globalmax="1000000"
         limit="1000000" maxchans="1000" maxconnwarn="no" resolvehostnames="no" useident="no">
<performance netbuffersize="65534" somaxconn="4096" softlimit="1000000" clonesonconnect="no">
<options defaultmodes="">
<files motd="/dev/null">
<log method="file" type="*" level="none" target="/dev/null">
<path configdir="{here}" datadir="{here}" logdir="{here}" runtimedir="{here}">
""",
        encoding="utf-8",
    )
    return ["inspircd", "--runasroot", "--nofork", "--nopid", f"--config={config}"]


def _hybrid(place: Place) -> list[str]:
    """Prepare ircd-hybrid (reference.conf); can_flood turns its flood control off. It refuses to be root."""
    config, here = place.directory / "hybrid.conf", place.directory
    config.write_text(
        f"""serverinfo {{ name = "irc.lab.test"; description = "lab"; network_name = "Lab"; hub = no;
    default_max_clients = 100000; max_nick_length = 31;
    tls_certificate_file = "{place.cert}"; rsa_private_key_file = "{place.key}"; }};
admin {{ name = "lab"; description = "lab"; email = "<lab@lab.test>"; }};
class {{ name = "lab"; ping_time = 1 hour; number_per_ip_local = 100000; number_per_ip_global = 100000;
    max_number = 100000; max_channels = 1000; sendq = 1000 megabytes; recvq = 8000 bytes; }};
listen {{ host = "127.0.0.1"; port = {place.port}; flags = tls; port = {place.tls_port}; }};
auth {{ user = "*@*"; class = "lab"; flags = exceed_limit, kline_exempt, resv_exempt, can_flood; }};
channel {{ max_channels = 1000; default_join_flood_count = 0; }};
general {{ disable_auth = yes; default_floodcount = 0; throttle_count = 100000; anti_nick_flood = no;
    pace_wait = 0; pace_wait_simple = 0; invisible_on_connect = no; ping_cookie = no; }};
modules {{ path = "/usr/lib/ircd-hybrid/modules"; path = "/usr/lib/ircd-hybrid/modules/autoload"; }};
log {{ use_logging = no; }};
""",
        encoding="utf-8",
    )
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    if as_nobody:
        os.chown(here, 65534, 65534)
    files = [f"-{name}file" for name in ("kline", "dline", "xline", "resv", "log", "pid")]
    where = [word for name in files for word in (name, str(here / name[1:]))]
    return [*as_nobody, "ircd-hybrid", "-foreground", "-configfile", str(config), *where]


def _miniircd(place: Place) -> list[str]:
    """Prepare miniircd (--help), a small server in Python; it speaks in clear or TLS, not both: so in clear."""
    as_root = ["--setuid", "root"] if os.geteuid() == 0 else []
    return ["miniircd", "--listen", "127.0.0.1", "--ports", str(place.port), *as_root]


RECIPES: Final[dict[str, Recipe]] = {
    recipe.name: recipe
    for recipe in (
        # Whatever engines the server has: one that it learns later is compared without a change here.
        *(_coliseum(engine) for engine in get_args(Engine)),
        Recipe("inspircd", "inspircd", _inspircd),
        Recipe("ngircd", "ngircd", _ngircd, at_once=10),  # listen(2) with 10
        Recipe("ircd-hybrid", "ircd-hybrid", _hybrid),
        Recipe("miniircd", "miniircd", _miniircd, at_once=5, tls=False),  # listen(2) with 5
    )
}
"By name; all that this tool can start, installed or not."


@contextlib.contextmanager
def _on(core: int | None) -> Iterator[None]:
    """Be on `core` for a while, so that what is started stays there from its first thread on."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    usage.pin(core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _free_ports() -> tuple[int, int]:
    """Return two ports that are free at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return one.getsockname()[1], two.getsockname()[1]


def _wait_for(process: "subprocess.Popen[bytes]", port: int, name: str, log: Path) -> None:
    """Wait until somebody listens on `port`."""
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        try:
            code = process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise LabError(f"{name} did not start, it ended with {code}: {_tail(log)}")
    raise LabError(f"{name} does not listen on port {port}: {_tail(log)}")


def _tail(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return " / ".join(text[-4:]) or "it said nothing"


def _environment(home: Path) -> dict[str, str]:
    """Return the environment of a server: ours, without what would change how Python or Coliseum run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COLISEUM", "PYTHON"))}
    return kept | {"PATH": _path(), "HOME": str(home), "LC_ALL": "C.UTF-8"}


def _path() -> str:
    """Return where programs are looked for: servers are often where only root looks."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
