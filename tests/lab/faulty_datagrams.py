"""A tiny server for sessions over UDP that does one thing wrong, on a thread of its own.

The datagrams are right (it has our endpoint); what goes wrong is what a repeated datagram cannot mend: who is told
what.
"""

import json
import secrets
import select
import socket
import time
from collections.abc import Callable

from coliseum.core.inbound import Item
from coliseum.core.refusals import NotInside
from coliseum.wire.contract import Address, DatagramLink, Known, Made, Reply
from coliseum.wire.datagrams import Cookies
from coliseum.wire.endpoint import DatagramEndpoint
from tests.lab.faulty import Background

Fault = Callable[[int, str], list[str]]
"Gets the number of a delivery to one receiver, and its text; returns the texts that are sent instead."


def drop() -> Fault:
    return lambda number, text: [] if number == 5 else [text]


def double() -> Fault:
    return lambda number, text: [text] * (1 + (number == 5))


def change() -> Fault:
    return lambda number, text: [text.replace("c", "x") if number == 5 else text]


def break_line() -> Fault:
    return lambda number, text: [text + "\nmore" if number == 5 else text]


def reorder() -> Fault:
    """Keep one back until after the next."""
    held: list[str] = []

    def fault(number: int, text: str) -> list[str]:
        if number == 5:
            held.append(text)
            return []
        texts = [text, *held]
        held.clear()
        return texts

    return fault


class Person:
    """Somebody who has a session."""

    def __init__(self, address: Address, link: DatagramLink, _: bool) -> None:
        self.address = address
        self.link = link
        self.nick = self.room = ""
        self.heard = 0
        self.fault: Fault = lambda _, text: [text]


class FaultyDatagramServer(Background):
    """Serves on `port` while the context lasts."""

    def __init__(
        self, fault: Callable[[], Fault] | None = None, *, echo: bool = False, silent: bool = False
    ) -> None:
        """`fault` makes what goes wrong for each receiver. `echo`: senders hear themselves. `silent`: no PONG."""
        super().__init__()
        self._fault = fault
        self._echo = echo
        self._silent = silent
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._people: list[Person] = []
        self._endpoint = DatagramEndpoint(
            Person, Cookies(secrets.token_bytes(16)), lambda: secrets.token_bytes(8), empty=NotInside()
        )

    def _close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._socket, self._wake], [], [], 0.05)
            if self._wake in ready:
                return
            now = time.monotonic()
            if self._socket in ready:
                data, address = self._socket.recvfrom(2048)
                self._sort(data, address, now)
            for person in self._people:
                due = person.link.deadline()
                if due is not None and due <= now:
                    person.link.tick(now)
                for datagram in person.link.take():
                    self._socket.sendto(datagram, person.address)

    def _sort(self, data: bytes, address: Address, now: float) -> None:
        match self._endpoint.sort(data, address, now):
            case Reply(answer):
                self._socket.sendto(answer, address)
            case Made(person) | Known(person):
                if person not in self._people:
                    self._people.append(person)
                self._do(person, person.link.receive(data, now))

    def _do(self, person: Person, items: list[Item]) -> None:
        for line in items:
            if not isinstance(line, str):
                continue
            if line.startswith("/nick "):
                person.nick = line[6:]
            elif line.startswith("/join "):
                person.room = line[6:]
                self._tell(person, event="admitted", room={"name": person.room, "members": []})
                if self._fault is not None:
                    person.fault = self._fault()
            elif line.startswith("/ping ") and not self._silent:
                self._tell(person, event="ponged", token=line[6:])
            elif not line.startswith("/"):
                self._say(person, line)

    def _say(self, speaker: Person, text: str) -> None:
        for person in self._people:
            if person.room == speaker.room and (person is not speaker or self._echo):
                person.heard += 1
                for told in person.fault(person.heard, text):
                    self._tell(person, event="said", source={"nick": speaker.nick}, room=speaker.room, text=told)

    @staticmethod
    def _tell(person: Person, **event: object) -> None:
        person.link.send(json.dumps(event).encode() + b"\n", time.monotonic())
