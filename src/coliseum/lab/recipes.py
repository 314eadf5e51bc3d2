"""Recipes: how each server is configured for a comparison, and which command runs it.

All have flood control off and their limits far away: what is measured is the moving of messages. What is not said
here is as each server has it by itself.

What must stay true: a recipe writes into its place alone. Not here: starting, waiting, stopping (servers).
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from coliseum.config import Engine
from coliseum.lab.enrolment import AT_ONCE
from coliseum.lab.report import OURS


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is to run."""

    directory: Path
    cert: Path
    key: Path
    port: int
    tls_port: int
    udp_port: int


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
    datagrams: bool = False
    "Whether it has sessions over UDP on a third port."
    counts: bool = False
    "Whether it writes its counters into its log when it gets SIGUSR1, which would end any other."

    def located(self) -> str:
        """Return the path of the program; empty when it, or what it needs, is not installed."""
        if self.module and importlib.util.find_spec(self.module) is None:
            return ""
        return shutil.which(self.program, path=search_path()) or ""


def ours(engine: Engine, python: str = sys.executable, suffix: str = "") -> Recipe:
    """Return the recipe of this server as the interpreter `python` has it installed; `suffix` is for its name."""

    def prepare(place: Place) -> list[str]:
        config = place.directory / "coliseum.toml"
        config.write_text(
            f'listen = ["udp://127.0.0.1:{place.udp_port}", "irc://127.0.0.1:{place.port}", '
            f'"ircs://127.0.0.1:{place.tls_port}"]\n'
            f'engine = "{engine}"\n'
            f'data_dir = "{place.directory}"\n'
            f'[tls]\ncert = "{place.cert}"\nkey = "{place.key}"\n'
            f"[limits]\nroom_capacity = 0\nmax_clients = 0\nmax_arriving = 0\nflood_control = false\n",
            encoding="utf-8",
        )
        return [python, "-m", "coliseum", "serve", "--config", str(config)]

    module = "uvloop" if engine == "uvloop" else ""
    name = f"{OURS}-{engine}{suffix}"
    return Recipe(name, python, prepare, module=module, datagrams=True, counts=True)


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
        *(ours(engine) for engine in get_args(Engine)),
        Recipe("inspircd", "inspircd", _inspircd),
        Recipe("ngircd", "ngircd", _ngircd, at_once=10),  # listen(2) with 10
        Recipe("ircd-hybrid", "ircd-hybrid", _hybrid),
        Recipe("miniircd", "miniircd", _miniircd, at_once=5, tls=False),  # listen(2) with 5
    )
}
"By name; all that this tool can start, installed or not."


def engines() -> list[Engine]:
    """Return the engines of ours that this machine has."""
    return [engine for engine in get_args(Engine) if RECIPES[f"{OURS}-{engine}"].located()]


def search_path() -> str:
    """Return where programs are looked for: servers are often where only root looks."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
