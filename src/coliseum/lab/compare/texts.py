"""What groups of workloads are called and what is said about them, and the words around pictures.

The idea: an explanation tells a *mechanism*, so it is true whoever was ahead; who was, is said by sentences made
from the figures (sentences).

What must stay true: pure; everything a reader sees goes through `_`; no text says which engine is better.
Not here: figures (meanings), how the comparison was made (method).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coliseum.i18n import Translate
from coliseum.lab.compare import meanings
from coliseum.lab.compare.charts import Chart, Curve, Point
from coliseum.lab.compare.document import Cell
from coliseum.lab.report import number


@dataclass(frozen=True, slots=True)
class About:
    """What is said about a group of workloads."""

    title: str
    load: str
    "What is done to the server."
    why: str
    "What the engines do differently there."


def group(name: str, _: Translate) -> About:
    """Return what is said about a group; one that is not known is called what it is called."""
    found = _GROUPS.get(name)
    return found(_) if found else About(name, "", "")


def axis(group_name: str, _: Translate) -> str:
    """Return what the horizontal axis of a group counts."""
    return _("slow in each room") if group_name == "slow-readers" else _("clients")


def wire(tls: bool, _: Translate) -> str:
    """Return how clients are connected."""
    return _("over TLS") if tls else _("in clear")


def load(cells: Sequence[Cell], _: Translate) -> str:
    """Return how sentences call workloads of one group that differ in their size."""
    return f"{cells[0].group}, {size(cells, _)}"


def size(cells: Sequence[Cell], _: Translate) -> str:
    """Return how tables call the same, below the name of their group."""
    counted = f"{', '.join(str(cell.size) for cell in cells)} {axis(cells[0].group, _)}"
    return f"{counted}, {wire(cells[0].tls, _)}"


def picture(what: Chart | Curve, _: Translate) -> str:
    """Return the title of a picture."""
    if isinstance(what, Curve):
        title = _("Latency (µs), {size}, {wire}")
        return title.format(size=f"{what.size} {axis(what.group, _)}", wire=wire(what.tls, _))
    found = meanings.figure(what.figure.key, _)
    return f"{found.label}, {wire(what.tls, _)}"


def described(what: Chart | Curve, _: Translate) -> str:
    """Return what is in a picture, for who does not see it."""
    if isinstance(what, Curve):
        lines = [
            f"{bend.engine}: " + ", ".join(f"{point[0]:g} %: {number(point[1])} µs" for point in bend.points)
            for bend in what.bends
        ]
    else:
        lines = [
            f"{line.engine}: "
            + ", ".join(f"{size}: {_point(point, _)}" for size, point in zip(what.sizes, line.points, strict=True))
            for line in what.lines
        ]
    return "; ".join(lines)


def _point(point: Point, _: Translate) -> str:
    if point.summary is None:
        return _("failed") if point.failed else _("not measured")
    found = point.summary
    text = f"{number(found.median)} ({number(found.least)}–{number(found.most)})"
    return text + (f", {_('only a bound')}" if point.bound else "")


# --- groups ------------------------------------------------------------------------------------------------


def _fan_out(_: Translate) -> About:
    return About(
        _("Fan-out: one speaks, many hear"),
        _(
            "One room, one sender, and everybody else in the room hears every message. The sender says the next "
            "message as soon as an older one has reached everybody, so the server is kept as busy as it can be."
        ),
        _(
            "What all hearers get alike is rendered once; then it is one send for each of them. With threads, the "
            "one that holds the baton sends to everybody, while the hearers' own threads sleep in recv; with "
            "asyncio, the flush at the end of a turn of the loop does. So both do the same work in the same "
            "order, and nobody else wants the lock meanwhile. What may differ is how many messages come together "
            "before they are flushed: that decides how many sends are needed."
        ),
    )


def _small_rooms(_: Translate) -> About:
    return About(
        _("Many small rooms"),
        _(
            "Many rooms with few members, one of whom speaks. In every room only a few messages are on the way, "
            "so what counts is how fast the server gets from one connection to the next."
        ),
        _(
            "Almost nothing can be done once for many: a batch of messages is a read, a step in the world and a "
            "few sends. With threads, the kernel wakes another thread for every batch, and this thread first "
            "needs the interpreter (the GIL), then the world's lock. An event loop asks once which of all "
            "connections have something, and goes from one to the next without a change of threads; what it pays "
            "instead is its own bookkeeping for each of them, which asyncio does mostly in Python and uvloop in C."
        ),
    )


def _busy_room(_: Translate) -> About:
    return About(
        _("One busy room: everybody speaks"),
        _("One room in which every member speaks and hears all others, each with a few messages on the way."),
        _(
            "Everybody wants to change the same world at the same time. Threads take turns at its lock; who has "
            "spoken leaves the sending to the holder of the baton, and the holder gives way to those who are "
            "about to speak before it flushes, so that one flush carries what many have said. On a loop, "
            "everybody who could be read in a turn has spoken before the flush of that turn: the same batching, "
            "without a lock and without waking anybody."
        ),
    )


def _paced(_: Translate) -> About:
    return About(
        _("A leisurely pace"),
        _(
            "Messages on a fixed schedule that the server can keep up with. A message's time counts from the "
            "moment when it was due, not from when the generator got round to it, so that no stall is left out "
            "(no coordinated omission)."
        ),
        _(
            "When messages come one by one, nothing is shared and nothing is batched. What is measured is the way "
            "from the kernel, which has bytes, to the sends: with threads, waking the one thread that waits for "
            "just this connection, and getting the interpreter for it; with a loop, returning from one system "
            "call that waits for all connections, and a walk through the callbacks. The high percentiles show "
            "what happened to be in the way: another thread that had the interpreter, or the other callbacks of "
            "the same turn."
        ),
    )


def _join_storm(_: Translate) -> About:
    return About(
        _("Join storm: everybody comes at once"),
        _(
            "Many clients connect, introduce themselves and enter a room, so many at a time. The time of each "
            "counts from its first packet to the answer that it is in the room."
        ),
        _(
            "An arrival is accepted by one thread or one callback, then costs several small exchanges. With "
            "threads each newcomer gets a thread, which must be made and started before the first byte is read. "
            "Over TLS the arithmetic of a handshake is added. OpenSSL does it without the interpreter's lock, so "
            "threads can do several at once where the server has several cores, while a loop does one after the "
            "other, and everybody else waits meanwhile. Which cores the server had stands among the conditions "
            "below."
        ),
    )


def _reconnect_storm(_: Translate) -> About:
    return About(
        _("Reconnect storm: the network fails, and everybody comes back"),
        _(
            "Everybody is in; then all connections are cut at once, as when a network fails, and everybody comes "
            "back under a new name, with a full handshake where there is TLS (no session is resumed). Times count "
            "from the cut."
        ),
        _(
            "The server must see off the old connections while the new ones are at the door. With threads, every "
            "thread of an old connection wakes up with an error, takes the world's lock to say that its user has "
            "gone, and ends, while new threads are made; all of them want the interpreter. On a loop, ends and "
            "arrivals are callbacks of the same queue, one after the other, and a handshake holds up those behind "
            "it."
        ),
    )


def _slow_readers(_: Translate) -> About:
    return About(
        _("Slow readers beside honest ones"),
        _(
            "The paced load again, but in every room some members stop reading. What the kernel does not take for "
            "them must wait in the server, and when too much waits, the server cuts them off. The figures are "
            "those of the honest members: nobody may wait for somebody who does not read."
        ),
        _(
            "Neither engine ever waits in a send. What does not fit is kept in a bounded queue of that "
            "connection. With threads, a stalled connection gets a second thread, which waits until it can be "
            "written to; on a loop, the loop is asked to say when that is so. So a slow reader costs a thread on "
            "the one side, and an entry in a table on the other; in both it costs the memory of its queue until "
            "it is cut off."
        ),
    )


def _udp(_: Translate) -> About:
    return About(
        _("Sessions over UDP"),
        _(
            "The paced load over the project's own reliable protocol on UDP: acknowledged, repeated when lost, "
            "delivered once and in order."
        ),
        _(
            "All sessions share one socket. With threads, one thread reads it and hands each datagram to the "
            "worker thread of its session: a change of threads for every message that comes alone. On a loop, "
            "both roles are callbacks. Acknowledging and repeating are the same code in both, done in Python, "
            "where for TCP the kernel does it."
        ),
    )


def _idle(_: Translate) -> About:
    return About(
        _("Idle thousands"),
        _("Clients that are there and say nothing. What counts is what each of them costs while it does nothing."),
        _(
            "With threads, somebody who is silent is a thread that is blocked in recv: a stack of which some "
            "pages were touched, what the kernel keeps about a thread, and the buffer it reads into. On a loop it "
            "is an object and an entry in the kernel's table of what is watched. Over TLS, each connection's "
            "state comes on top, most of it OpenSSL's and the same for all engines."
        ),
    )


def _stop(_: Translate) -> About:
    return About(
        _("Stopping"),
        _(
            "From the signal to the end of the process, with everybody connected. Every client must be told "
            "before its connection ends, or the round counts as failed."
        ),
        _(
            "All engines stop accepting, tell everybody, flush, and then take everything apart. With threads, "
            "each client's thread must be woken, run to its end and be joined; on a loop, the connections are "
            "closed one after the other by the only thread there is."
        ),
    )


_GROUPS: dict[str, Callable[[Translate], About]] = {
    "fan-out": _fan_out,
    "small-rooms": _small_rooms,
    "busy-room": _busy_room,
    "paced": _paced,
    "join-storm": _join_storm,
    "reconnect-storm": _reconnect_storm,
    "slow-readers": _slow_readers,
    "udp": _udp,
    "idle": _idle,
    "stop": _stop,
}
