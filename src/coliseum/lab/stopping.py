"""A stop: people are there and say nothing, the server is told to end, and everybody has to be told.

The idea: a pidfd becomes readable when its process is over, whoever started it. SIGTERM goes there, and time is
taken until then, while the clients read what they are told. A client that knows has got IRC's ERROR before the end
of its connection (modern.ircdocs.horse); an end without it looks like a broken network, and programs would come
back at once.

What must stay true: one SIGTERM, to the process that was named; every client is accounted for. The time is exact
to the few milliseconds that reading what some clients got takes us.
"""

import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from coliseum.lab import LabError
from coliseum.lab.clients import Client, Handler, Names, Poller
from coliseum.lab.enrolment import Target, all_quiet, enrol
from coliseum.lab.kinds import Stop

_EXAMPLES = 3


@dataclass(slots=True)
class Stopped:
    """How a stop went."""

    seconds: float = 0.0
    "From SIGTERM until the process was over."
    told: set[Client] = field(default_factory=set)
    "Who was told before the end."
    ended: dict[Client, str] = field(default_factory=dict)
    "Whose connection has ended, and how."

    def faults(self, clients: list[Client]) -> str:
        """Return who was not told, or whose connection is still open; empty when nothing is wrong."""
        untold = [client for client in clients if client not in self.told or client not in self.ended]
        if not untold:
            return ""
        examples = [
            f"{client.nick.decode()}: {self.ended.get(client, 'the connection is still open')}"
            for client in untold[:_EXAMPLES]
        ]
        return "; ".join([f"{len(untold)} of {len(clients)} were not told that the server stops", *examples])


def run(workload: Stop, target: Target, names: Names, pid: int, look: Callable[[], None]) -> tuple[Stopped, str]:
    """Let everybody in, call `look`, stop the process `pid`; return how that went, and what was wrong with it.

    Raises LabError when somebody cannot get in, or nothing happens for as long as the workload's patience.
    """
    sizes = range(0, workload.clients, workload.members)
    everybody = [
        client for first in sizes for client in names.group(min(workload.members, workload.clients - first))
    ]
    poller, stopped = Poller(), Stopped()
    try:
        enrol(poller, target, everybody, patience=workload.patience, quick_ack=workload.quick_ack)
        all_quiet(poller, everybody, workload.patience)
        look()
        for client in everybody:
            client.handle(_last_words(client, stopped))
        _stop(pid, poller, stopped, len(everybody), workload.patience)
        return stopped, stopped.faults(everybody)
    finally:
        for client in everybody:
            client.close()
        poller.close()


def _stop(pid: int, poller: Poller, stopped: Stopped, clients: int, patience: float) -> None:
    """End the process, and let clients read until all connections have ended."""
    try:
        process = os.pidfd_open(pid)
    except OSError as error:
        raise LabError(f"the server (process {pid}) cannot be stopped: {error}") from error
    try:
        over = select.poll()
        over.register(process, select.POLLIN)
        began = last = time.perf_counter()
        signal.pidfd_send_signal(process, signal.SIGTERM)
        while not stopped.seconds or len(stopped.ended) < clients:
            happened = poller.turn(0.001)
            now = time.perf_counter()
            if not stopped.seconds and over.poll(0):
                stopped.seconds, happened = now - began, 1
            if happened:
                last = now
            elif now - last > patience:
                if stopped.seconds:  # the process has left connections open: said by the faults
                    return
                raise LabError(f"the server did not stop: nothing happened for {patience:g} s")
    finally:
        os.close(process)


def _last_words(client: Client, stopped: Stopped) -> Handler:
    """Return what reads for a client until its connection ends."""

    def receive(_: int) -> None:
        try:
            size = client.wire.read(client.buffer)
            if not size:
                client.wire.nothing()
        except BlockingIOError:
            return
        except (OSError, EOFError) as error:
            stopped.ended[client] = str(error)
            client.sleep()
            return
        *lines, client.rest = (client.rest + client.buffer[:size]).split(b"\n")
        if any(line.startswith(b"ERROR") for line in lines):
            stopped.told.add(client)

    return receive
