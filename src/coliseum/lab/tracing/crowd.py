"""`python -m coliseum.lab.tracing.crowd`: the people of a scenario, in a process of their own.

Who starts it writes one line of JSON to its input (`Errand`) and reads one from its output (spans.Account). The
people are ordinary blocking sockets with TLS that verify the server; each act waits for all that it must bring,
with a deadline.

What must stay true: every message that was said was heard, by everybody else, in order, or the process fails with
one line on stderr. Times are those of the machine's monotonic clock, so they fit to the server's.
"""

import contextlib
import socket
import ssl
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from time import perf_counter_ns
from typing import Final

import msgspec

from coliseum.engines.sockets import peer_name, prepare
from coliseum.lab import LabError
from coliseum.lab.tracing.scenarios import (
    CATALOGUE,
    Act,
    ComeIn,
    Leave,
    Prove,
    ReadAgain,
    Refused,
    Scenario,
    Speak,
    Talk,
)
from coliseum.lab.tracing.spans import Account, Phase, Said

PATIENCE: Final = 30.0
"Seconds that one thing may take."
WORD: Final = "tangerine"
"What every message begins with, so that one can look for it where it must not be."
_SMALL: Final = 4096
"Bytes that the kernel keeps for somebody who shall fall behind."
_PACE: Final = 0.004
"Seconds between what they say who talk until something else is over."
_MOST: Final = 400
"Messages of those who talk until something else is over; then they wait for it."
_INSIDE: Final = "* You are in lobby"
_LOCKED: Final = "* This server wants a password"


class Errand(msgspec.Struct, frozen=True):
    """What the people are to do, and where."""

    scenario: str
    host: str
    port: int
    ca: str
    password: str


class Person:
    """One connection, used by one thread at a time."""

    def __init__(self, name: str, errand: Errand, *, small: bool = False) -> None:
        """Connect, and verify the server. Raises OSError."""
        self.name = name
        self._errand = errand
        self._rest = b""
        self._passed: list[str] = []
        "Messages that came while something else was waited for."
        self._spoken = 0
        plain = socket.socket(socket.AF_INET)
        try:
            if small:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL)
            plain.settimeout(PATIENCE)
            plain.connect((errand.host, errand.port))
            prepare(plain)
            self.address = peer_name(plain.getsockname())
            context = ssl.create_default_context(cafile=errand.ca)
            self._connection = context.wrap_socket(plain, server_hostname=errand.host)
        except BaseException:
            plain.close()
            raise

    def come_in(self) -> None:
        """Get into the room, with the password if one is wanted."""
        line = self.expect(_INSIDE, _LOCKED)
        if line.startswith(_LOCKED):
            self.send(f"/pass {self._errand.password}")
            self.expect(_INSIDE)

    def take_nick(self) -> None:
        """Be called as the scenario says."""
        self.send(f"/nick {self.name}")
        self.expect(f"* You are now called {self.name}")

    def see(self, ending: str) -> None:
        """Wait for a line of the server that ends so. Raises LabError when none comes."""
        while not (line := self.expect("* ")).endswith(ending):
            if line.startswith("* The connection ends"):
                raise LabError(f"{self.name} was put out before {ending!r} was seen")

    def say(self, count: int, size: int) -> list[str]:
        """Say so many messages in one go; return the lines that others must hear."""
        first = self._spoken
        self._spoken += count
        texts = [f"{WORD} {number} ".ljust(size, "x") for number in range(first, self._spoken)]
        self.send(*texts)
        return [f"{self.name}: {text}" for text in texts]

    def hear(self, said: list[str]) -> None:
        """Wait for messages, in their order; other lines may come between. Raises LabError for another one."""
        for line in said:
            heard = self.expect(line.partition(WORD)[0] + WORD)
            if heard != line:
                raise LabError(f"{self.name} heard {len(heard)} characters that nobody said")

    def send(self, *lines: str) -> None:
        """Send lines in one go."""
        self._connection.sendall("".join(f"{line}\n" for line in lines).encode())

    def expect(self, *beginnings: str) -> str:
        """Return the next line that begins with one of `beginnings`. Raises LabError when none comes.

        Messages that come before it are kept for who asks for them.
        """
        for number, passed in enumerate(self._passed):
            if passed.startswith(beginnings):
                return self._passed.pop(number)
        while (line := self.line()) is not None:
            if line.startswith(beginnings):
                return line
            if f": {WORD}" in line:
                self._passed.append(line)
        raise LabError(f"the server closed before {self.name} had seen {beginnings[0]!r}")

    def line(self) -> str | None:
        """Return the next line, or None when the server has closed."""
        while b"\n" not in self._rest:
            data = self._connection.recv(65536)
            if not data:
                return None
            self._rest += data
        raw, _, self._rest = self._rest.partition(b"\n")
        return raw.decode()

    def rest(self) -> None:
        """Read until the server has closed."""
        while self.line() is not None:
            pass

    def close(self) -> None:
        """Close."""
        self._connection.close()


class Crowd:
    """Everybody, and what they have done."""

    def __init__(self, errand: Errand, scenario: Scenario, pool: ThreadPoolExecutor) -> None:
        self._errand = errand
        self._scenario = scenario
        self._pool = pool
        self._addresses: dict[str, str] = {}
        self._inside: dict[str, Person] = {}
        self._unheard: dict[str, list[list[str]]] = {}
        "What those have still to hear who do not read at the moment."
        self._phases: list[Phase] = []
        self._said: list[Said] = []

    def play(self) -> Account:
        """Do all of it. Raises LabError, OSError; close everybody in any case."""
        try:
            for act in self._scenario.acts:
                with self._phase(act):
                    self._do(act)
        finally:
            for person in self._inside.values():
                person.close()
        people = {name: self._addresses[name] for name in self._scenario.people}
        return Account(people, self._phases, self._said)

    def _do(self, act: Act) -> None:
        match act:
            case ComeIn(names, at_once, small):
                self._come_in(names, at_once=at_once, small=small)
            case Refused(name):
                self._be_refused(name)
            case Speak():
                self._speak(act)
            case Talk():
                self._talk(act)
            case Prove(name, talkers):
                self._prove(name, talkers)
            case ReadAgain(name):
                self._read_again(name)
            case Leave(names):
                for name in names:
                    self._leave(name)

    def _speak(self, act: Speak) -> None:
        said = {name: self._inside[name].say(act.messages, act.size) for name in act.names}
        for name, lines in said.items():
            self._heard(name, lines)

    def _talk(self, act: Talk) -> None:
        if act.deaf:
            self._unheard[act.deaf] = []
        for number in range(act.messages):
            self._exchange(act.names[number % 2], act.size)

    def _read_again(self, name: str) -> None:
        for lines in self._unheard.pop(name):
            self._inside[name].hear(lines)

    def _person(self, name: str, *, small: bool = False) -> Person:
        person = Person(name, self._errand, small=small)
        self._addresses[name] = person.address
        return person

    def _come_in(self, names: tuple[str, ...], *, at_once: bool, small: bool) -> None:
        def arrive(name: str) -> None:
            self._inside[name] = self._person(name, small=small)
            self._inside[name].come_in()

        if at_once:
            list(self._pool.map(arrive, names))
        for name in names:
            if not at_once:
                arrive(name)
            self._take_nick(name)

    def _take_nick(self, name: str) -> None:
        """Have one take their nick, and everybody else see it, so that nothing of it is left for the next act."""
        self._inside[name].take_nick()
        for other in self._inside.values():
            if other.name != name and other.name not in self._unheard:
                other.see(f" is now called {name}.")

    def _be_refused(self, name: str) -> None:
        person = self._person(name)
        try:
            person.expect("! the room is full")
            person.rest()
        finally:
            person.close()

    def _exchange(self, speaker: str, size: int = 12) -> None:
        self._heard(speaker, self._inside[speaker].say(1, size))

    def _heard(self, speaker: str, lines: list[str]) -> None:
        """Have everybody else hear what was said; who does not read at the moment does so later."""
        hearers = [name for name in self._inside if name != speaker]
        for name in hearers:
            if name in self._unheard:
                self._unheard[name].append(lines)
            else:
                self._inside[name].hear(lines)
        self._said.append(Said(speaker, len(lines), hearers))

    def _prove(self, name: str, talkers: tuple[str, str]) -> None:
        """Come in with the password, while others talk; what they say meanwhile need not be heard by who comes."""
        person = self._person(name)
        arrival = self._pool.submit(person.come_in)
        try:
            for number in range(_MOST):
                self._exchange(talkers[number % 2])
                if wait([arrival], _PACE).done:
                    break
        finally:
            arrival.result()
            self._inside[name] = person
        self._take_nick(name)

    def _leave(self, name: str) -> None:
        person = self._inside.pop(name)
        try:
            person.send("/quit")
            person.rest()
            for other in self._inside.values():
                other.see(f"{name} is gone (said goodbye).")
        finally:
            person.close()

    @contextlib.contextmanager
    def _phase(self, act: Act) -> Iterator[None]:
        start = perf_counter_ns()
        yield
        names = getattr(act, "names", ()) or (getattr(act, "name", ""),)
        self._phases.append(Phase(type(act).__name__, start, perf_counter_ns(), list(names)))


def main() -> int:
    """Do an errand; return the exit code."""
    errand = msgspec.json.decode(sys.stdin.buffer.readline(), type=Errand)
    scenario = CATALOGUE[errand.scenario]
    try:
        with ThreadPoolExecutor(len(scenario.people), thread_name_prefix="person") as pool:
            account = Crowd(errand, scenario, pool).play()
    except (LabError, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    with open(sys.stdout.fileno(), "wb", closefd=False) as out:  # all of it, also where stdout has no buffer
        out.write(msgspec.json.encode(account) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
