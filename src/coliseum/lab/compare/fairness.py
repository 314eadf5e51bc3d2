"""Fairness: what must be the same for all engines, looked at on the servers that are measured.

The idea: "same limits, same socket options, same TLS" is not said but seen. Each engine's server is started as it
will be, a client connects in clear and over TLS, and the kernel is asked for the server's side of the connection
and for its listeners, the handshake for what was agreed, the process for the configuration that it was started
with. After the run the number of messages is compared, wherever the workload decides it.

What must stay true: a comparison whose required conditions differ is not shown as one (`unfair`); what was not
looked at is not among the conditions. Not here: what differs on purpose, and why (texts.py says it).
"""

import contextlib
import hashlib
import os
import resource
import socket
import ssl
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from coliseum import settings
from coliseum.config import Config
from coliseum.lab import LabError, peeking
from coliseum.lab.compare.document import Cell, Condition
from coliseum.lab.enrolment import trusting
from coliseum.lab.servers import Running
from coliseum.lab.workloads import Flow, named
from coliseum.urls import parse

Facts = dict[tuple[str, str], str]
"What was seen of one server, by what it is about and its name."

_PATIENCE: Final = 10.0
"Seconds that a server may take to greet."
_OF_THIS_RUN: Final = {"engine", "data_dir", "tls.cert", "tls.key", "listen"}
"Settings that differ because two servers are two: places of files, ports; of listeners the schemes are compared."
_ON_PURPOSE: Final = {("process", "scheduling")}
"What engines do differently because it is a part of them."

_POLICIES: Final = {os.SCHED_OTHER: "SCHED_OTHER", os.SCHED_BATCH: "SCHED_BATCH"}


def seen(running: Running) -> Facts:
    """Look at a server of ours. Raises LabError when it cannot be looked at."""
    if running.pid is None:
        raise LabError(f"{running.name}: without its process number its sockets cannot be looked at")
    try:
        command = Path(f"/proc/{running.pid}/cmdline").read_bytes().decode().split("\0")
        return _configured(command) | _process(running.pid, command) | _connected(running, running.pid)
    except OSError as error:
        raise LabError(f"{running.name} cannot be looked at: {error}") from error


def conditions(facts: Mapping[str, Facts]) -> list[Condition]:
    """Return what was seen, by engine, as conditions; "absent" where only others have it."""
    keys = dict.fromkeys(key for found in facts.values() for key in found)
    return [
        Condition(
            about=about,
            what=what,
            values={engine: found.get((about, what), "absent") for engine, found in facts.items()},
            required=(about, what) not in _ON_PURPOSE,
        )
        for about, what in keys
    ]


def load(cells: Iterable[Cell]) -> list[Condition]:
    """Return how much each engine was given to do, for all workloads but flows, which say as much as they can."""
    counts: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for cell in cells:
        for result in cell.good:
            said = "" if isinstance(named(cell.workload), Flow) else f", {result.messages} messages"
            counts[cell.workload][cell.engine].add(f"{result.clients} clients{said}")
    return [
        Condition(
            about="load",
            what=workload,
            values={engine: " / ".join(sorted(found)) for engine, found in engines.items()},
        )
        for workload, engines in counts.items()
    ]


def unfair(found: Sequence[Condition]) -> list[str]:
    """Return the required conditions that differ, each in a line; empty: the comparison is fair."""
    return [
        f"{condition.what} ({condition.about}): "
        + ", ".join(f"{engine} {value}" for engine, value in condition.values.items())
        for condition in found
        if condition.required and not condition.same
    ]


def _configured(command: list[str]) -> Facts:
    """Return the settings that the process was started with."""
    config = settings.load(Path(command[command.index("--config") + 1]), environment={})
    facts: Facts = {}
    others = []
    for option in settings.options():
        value = _value(config, option.key)
        if option.key.startswith("limits."):
            facts["limits", option.key] = value
        elif option.key not in _OF_THIS_RUN:
            others.append(f"{option.key}={value}")
    facts["limits", "listeners"] = " ".join(parse(url).scheme for url in config.listen)
    facts["limits", "all other settings"] = "sha256 " + hashlib.sha256("\n".join(others).encode()).hexdigest()[:16]
    return facts


def _value(config: Config, key: str) -> str:
    found: object = config
    for name in key.split("."):
        found = getattr(found, name)
    return str(found)


def _process(pid: int, command: list[str]) -> Facts:
    """Return what the system gives the process."""
    environment = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    python = sorted(word for word in environment if word.startswith(("PYTHON", "COLISEUM", "MALLOC")))
    program = Path(f"/proc/{pid}/exe").readlink()
    return {
        ("process", "command"): " ".join([program.name, *command[1 : command.index("--config")]]),
        ("process", "environment"): " ".join(python) or "nothing that concerns the interpreter",
        ("process", "cores"): " ".join(map(str, sorted(os.sched_getaffinity(pid)))),
        ("process", "nice"): str(os.getpriority(os.PRIO_PROCESS, pid)),
        ("process", "open files"): str(resource.prlimit(pid, resource.RLIMIT_NOFILE)[0]),
    }


def _connected(running: Running, pid: int) -> Facts:
    """Connect in clear and over TLS, and return what is seen of it."""
    facts: Facts = {}
    for url in (running.url, running.tls_url, running.udp_url):
        if not url:
            continue
        where = parse(url)
        if where.datagrams:
            facts |= _datagrams(pid, where.port)
            continue
        with socket.create_connection((where.host, where.port), timeout=_PATIENCE) as raw:
            name = raw.getsockname()
            with trusting().wrap_socket(raw) if where.secure else raw as connection:
                connection.sendall(b"NICK fair\r\nUSER fair 0 * :fair\r\n")
                connection.recv(1)  # it greets, so the connection is as the engine wants it
                facts |= _sockets(pid, name, where.scheme) | _scheduled(pid)
                if isinstance(connection, ssl.SSLSocket):
                    facts |= _agreed(connection)
    return facts


def _scheduled(pid: int) -> Facts:
    """Return how the kernel schedules the threads that there are while a client is connected."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):  # a thread that has ended meanwhile
            policy = os.sched_getscheduler(int(task.name))
            found.add(_POLICIES.get(policy, str(policy)))
    return {("process", "scheduling"): " and ".join(sorted(found))}


def _sockets(pid: int, name: tuple[str, int], scheme: str) -> Facts:
    facts: Facts = {}
    with peeking.sockets(pid) as found:
        for one in found:
            if one.type == socket.SOCK_STREAM and peeking.is_listening(one):
                facts["listener", "backlog"] = str(peeking.backlog(one))
            elif _peer(one) == name:
                facts |= {(f"socket {scheme}", what): value for what, value in peeking.options(one).items()}
    if (f"socket {scheme}", "TCP_NODELAY") not in facts:
        raise LabError(f"the server's side of a connection by {scheme} was not found")
    return facts


def _datagrams(pid: int, port: int) -> Facts:
    with peeking.sockets(pid) as found:
        for one in found:
            if one.type == socket.SOCK_DGRAM and one.family == socket.AF_INET and one.getsockname()[1] == port:
                return {("socket udp", what): value for what, value in peeking.options(one).items()}
    raise LabError("the server's socket for UDP was not found")


def _peer(found: socket.socket) -> object:
    try:
        return found.getpeername()
    except OSError:  # not connected
        return None


def _agreed(connection: ssl.SSLSocket) -> Facts:
    """Return what a handshake led to, and what the server showed."""
    der = connection.getpeercert(binary_form=True) or b""
    certificate = x509.load_der_x509_certificate(der)
    key = certificate.public_key()
    kind = key.curve.name if isinstance(key, EllipticCurvePublicKey) else type(key).__name__
    cipher = connection.cipher()
    return {
        ("tls", "version"): connection.version() or "?",
        ("tls", "cipher"): cipher[0] if cipher else "?",
        ("tls", "application protocol"): connection.selected_alpn_protocol() or "none",
        ("tls", "key of the certificate"): kind,
        ("tls", "hash of its signature"): getattr(certificate.signature_hash_algorithm, "name", "?"),
    }
