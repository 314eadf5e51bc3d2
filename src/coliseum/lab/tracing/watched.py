"""What is recorded of the engines: the table of the functions that are wrapped, and what each has to say.

The idea: the engines have no hooks, because a hook is paid for by everybody. Instead the recording process puts
other functions in the place of those in the table, before the server is made. A test holds that every entry is
there, so renaming one of them fails that test and does not silently empty the picture.

What must stay true: a wrapped function does what it did; what is said of a call are sizes, counts and our own
words. Not here: how it is recorded (recorder).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any, Final, TypeAlias, cast

from coliseum import assembly, server
from coliseum.core import mailbox, post, session, world
from coliseum.dialects.irc import render as irc_render
from coliseum.dialects.plain import render as plain_render
from coliseum.engines.aio import acceptor as aio_acceptor
from coliseum.engines.aio import endpoint as aio_endpoint
from coliseum.engines.aio import flusher as aio_flusher
from coliseum.engines.aio import stream as aio_stream
from coliseum.engines.threads import acceptor as threads_acceptor
from coliseum.engines.threads import clock as threads_clock
from coliseum.engines.threads import endpoint as threads_endpoint
from coliseum.engines.threads import engine as threads_engine
from coliseum.engines.threads import flusher as threads_flusher
from coliseum.engines.threads import stream as threads_stream
from coliseum.lab.tracing.recorder import Describe, Described, Own, RecordedLock, Recorder
from coliseum.lab.tracing.spans import Detail, Span
from coliseum.wire import link

Wrap: TypeAlias = Callable[[Recorder, "Watched", Callable[..., Any]], Callable[..., Any]]

_NOTHING: Final[Described] = ("", {})


@dataclass(frozen=True)
class Watched:
    """One function that is wrapped."""

    owner: Any
    "The class or module that has it."
    attribute: str
    kind: str
    "See spans.KINDS; empty: it is no span by itself."
    wrap: Wrap


# --- what is said of a call: (arguments, result) -> about whom, and what ------------------------------------


def _nothing(_own: Own, _args: tuple[Any, ...], _result: Any) -> Described:
    return _NOTHING


def _session(carrier: Any) -> str:
    """Return the id of the session that a stream or worker carries, on either engine."""
    held = getattr(carrier, "session", None) or carrier._session  # noqa: SLF001 - the two engines call it differently
    return cast("str", held.id)


def _carrier(_own: Own, args: tuple[Any, ...], _result: Any) -> Described:
    return _session(args[0]), {}


def _bytes_of_carrier(_own: Own, args: tuple[Any, ...], _result: Any) -> Described:
    return _session(args[0]), {"bytes": len(args[1])}


def _transmitted(own: Own, args: tuple[Any, ...], _result: Any) -> Described:
    name = _session(args[0])
    heard = own.carried.pop(name, [])
    detail: Detail = {"bytes": len(args[1])}
    if heard:
        detail["messages"] = heard
    if args[0].unsent:
        detail["waiting bytes"] = args[0].unsent
    return name, detail


def _received(_own: Own, args: tuple[Any, ...], result: Any) -> Described:
    return "", {"bytes": len(args[1]), "items": len(result or ())}


def _encrypted(_own: Own, args: tuple[Any, ...], result: Any) -> Described:
    return "", {"bytes": len(args[1]), "wire bytes": len(result or b"")}


def _stepped(own: Own, args: tuple[Any, ...], result: Any) -> Described:
    said, own.said = own.said, []
    detail: Detail = {}
    if said:
        detail["messages"] = said
    if result is not None:
        detail["wants"] = type(result).__name__
        own.recorder.wanted[id(result)] = (result, args[0].id)
    return cast("str", args[0].id), detail


def _items(own: Own, args: tuple[Any, ...], result: Any) -> Described:
    who, detail = _stepped(own, args, result)
    return who, {"items": len(args[1]), **detail}


def _opened(own: Own, args: tuple[Any, ...], result: Any) -> Described:
    own.recorder.sessions[args[0].id] = args[0].peer
    return _stepped(own, args, result)


def _collected(_own: Own, _args: tuple[Any, ...], result: Any) -> Described:
    return "", {"mailboxes": len(result or ())}


def _rendered(_own: Own, args: tuple[Any, ...], result: Any) -> Described:
    return "", {"events": len(args[1]), "bytes": len(result or b"")}


def _performed(own: Own, args: tuple[Any, ...], _result: Any) -> Described:
    _, who = own.recorder.wanted.get(id(args[1]), (None, ""))
    return who, {"effect": type(args[1]).__name__}


# --- how a function is wrapped -----------------------------------------------------------------------------


def spans(describe: Describe = _nothing) -> Wrap:
    """Return what records every call as a span."""

    def wrap(recorder: Recorder, watched: Watched, original: Callable[..., Any]) -> Callable[..., Any]:
        return recorder.spanning(watched.kind, watched.attribute.strip("_"), original, describe)

    return wrap


def _says(recorder: Recorder, _watched: Watched, original: Callable[..., Any]) -> Callable[..., Any]:
    """Number what `World.say` says."""

    def recorded(*args: Any, **kwargs: Any) -> Any:
        said = original(*args, **kwargs)
        recorder.own.said.append(recorder.number(said))
        return said

    return recorded


def _says_on(recorder: Recorder, _watched: Watched, original: Callable[..., Any]) -> Callable[..., Any]:
    """Number what `World.say_on` adds to the burst that grows."""

    def recorded(town: world.World, *args: Any, **kwargs: Any) -> Any:
        said = original(town, *args, **kwargs)
        if said and town.growing is not None:
            recorder.own.said.append(recorder.number(town.growing.events[-1]))
        return said

    return recorded


def _delivers(recorder: Recorder, _watched: Watched, original: Callable[..., Any]) -> Callable[..., Any]:
    """Note which messages a delivery has for whom, so that each `transmit` can say it."""

    def recorded(parcels: list[session.Parcel], *args: Any, **kwargs: Any) -> Any:
        own = recorder.own
        own.carried = {who.id: _numbers(recorder, bursts) for who, _, bursts, _ in parcels}
        try:
            return original(parcels, *args, **kwargs)
        finally:
            own.carried = {}

    return recorded


def _numbers(recorder: Recorder, bursts: Iterable[mailbox.Burst]) -> list[int]:
    """Return the numbers of the messages in `bursts`; other events have none."""
    known = recorder.numbers
    return [known[id(event)][1] for burst in bursts for event in burst.events if id(event) in known]


def _locks(recorder: Recorder, _watched: Watched, original: Callable[..., Any]) -> Callable[..., Any]:
    """Make locks that record: the waiting for all of them, the holding for the world's alone."""

    def recorded(name: str, rank: int) -> RecordedLock:
        return RecordedLock(original(name, rank), name, recorder, holds=name == "the world")

    return recorded


def _begins_to_await(recorder: Recorder, _watched: Watched, original: Callable[..., Any]) -> Callable[..., Any]:
    def recorded(stream: Any) -> Any:
        recorder.awaited[_session(stream)] = perf_counter_ns()
        return original(stream)

    return recorded


def _awaited(recorder: Recorder, watched: Watched, original: Callable[..., Any]) -> Callable[..., Any]:
    """Record how long a session waited for an effect in a task: no thread did, so it is kept apart."""

    def recorded(stream: Any) -> Any:
        began = recorder.awaited.pop(_session(stream), None)
        if began is not None:  # it is also released when it is closed
            about = Span(watched.kind, "task", began, perf_counter_ns(), 0, 0, _session(stream), {})
            recorder.tasks.append(about)
        return original(stream)

    return recorded


# --- the table ---------------------------------------------------------------------------------------------


def _table() -> Iterable[Watched]:
    life = [
        (threads_acceptor.Acceptor, "_run"),
        (threads_clock.Clock, "_run"),
        (threads_endpoint.Dispatcher, "_run"),
        (threads_flusher.Flusher, "_relieve"),
        (server._LoopHost, "_run"),  # noqa: SLF001 - the loop's thread
    ]
    yield from (Watched(owner, name, "life", spans()) for owner, name in life)
    yield Watched(threads_stream.Stream, "_run", "life", spans(_carrier))
    yield Watched(threads_stream.Stream, "_write", "life", spans(_carrier))
    yield Watched(threads_endpoint.Worker, "_run", "life", spans(_carrier))
    # Coming in, and bytes that come.
    yield Watched(threads_acceptor.Acceptor, "_accept", "accept", spans())
    yield Watched(aio_acceptor.Acceptor, "_accept", "accept", spans())
    yield Watched(threads_stream.Stream, "_received", "read", spans(_bytes_of_carrier))
    yield Watched(aio_stream.Stream, "_received", "read", spans(_bytes_of_carrier))
    yield Watched(threads_endpoint.Dispatcher, "_dispatch", "read", spans())
    yield Watched(aio_endpoint.Dispatcher, "_dispatch", "read", spans())
    yield Watched(threads_endpoint.Worker, "_turn", "read", spans(_carrier))
    yield Watched(aio_endpoint.Worker, "give", "read", spans(_carrier))
    yield Watched(link.StreamLink, "receive", "wire", spans(_received))
    yield Watched(link.StreamLink, "send", "wire", spans(_encrypted))
    # The world.
    for module in (threads_engine, threads_stream, threads_flusher, threads_endpoint):
        yield Watched(module, "ranked_lock", "", _locks)
    yield Watched(session.Session, "open", "step", spans(_opened))
    yield Watched(session.Session, "receive", "step", spans(_items))
    yield Watched(session.Session, "resume", "step", spans(_stepped))
    yield Watched(session.Session, "gone", "step", spans(_stepped))
    yield Watched(post.PostOffice, "tick", "clock", spans())
    yield Watched(world.World, "say", "", _says)
    yield Watched(world.World, "say_on", "", _says_on)
    yield Watched(post.PostOffice, "collect", "flush", spans(_collected))
    # Bytes that go.
    yield Watched(threads_flusher.Flusher, "_go_round", "flush", spans())
    yield Watched(aio_flusher.Flusher, "flush", "flush", spans())
    yield Watched(threads_flusher, "deliver", "", _delivers)
    yield Watched(aio_flusher, "deliver", "", _delivers)
    yield Watched(plain_render.TextRenderer, "render", "render", spans(_rendered))
    yield Watched(plain_render.JsonRenderer, "render", "render", spans(_rendered))
    yield Watched(irc_render.IrcRenderer, "render", "render", spans(_rendered))
    for stream in (threads_stream.Stream, aio_stream.Stream, threads_endpoint.Worker, aio_endpoint.Worker):
        yield Watched(stream, "transmit", "send", spans(_transmitted))
    yield Watched(threads_stream.Stream, "_drain", "drain", spans(_carrier))
    yield Watched(aio_stream.Stream, "_writable", "drain", spans(_carrier))
    # What blocks, and who waits for it.
    yield Watched(assembly.Assembly, "perform", "effect", spans(_performed))
    yield Watched(aio_stream.Stream, "hold", "", _begins_to_await)
    yield Watched(aio_stream.Stream, "release", "await", _awaited)
    # The end of a connection.
    yield Watched(threads_stream.Stream, "_end", "end", spans(_carrier))
    yield Watched(aio_stream.Stream, "_end", "end", spans(_carrier))


WATCHED: Final = tuple(_table())
"Everything that is wrapped."


def install(recorder: Recorder) -> Callable[[], None]:
    """Wrap everything in the table; return what takes it back. Before the server is made, by one thread."""
    before = [(entry, entry.owner.__dict__[entry.attribute]) for entry in WATCHED]
    for entry, original in before:
        setattr(entry.owner, entry.attribute, entry.wrap(recorder, entry, original))

    def restore() -> None:
        for entry, original in before:
            setattr(entry.owner, entry.attribute, original)

    return restore
