"""The asyncio stream where sockets cannot bring it to: what happens between a fault and the end."""

import socket
from collections.abc import Callable

import pytest

from coliseum.core.kinds import Reason
from coliseum.core.limits import Policy
from coliseum.core.session import Session
from coliseum.core.world import World
from coliseum.engines.aio.engine import AioEngine
from coliseum.engines.aio.stream import Stream
from coliseum.engines.contract import Parts
from coliseum.trace import silence
from coliseum.wire.lines import LineReader
from coliseum.wire.link import StreamLink
from tests.conftest import run_async
from tests.core.noting import NotingDialect


def with_stream(use: Callable[[Stream], None]) -> list[Session]:
    """Have `use` called with a stream on a loop; return the sessions that the world still knows afterwards."""
    world = World(Policy(), lambda: "id", silence)

    def opener(peer: str) -> tuple[Session, StreamLink]:
        session = Session(world, peer, "tcp")
        session.dialect = NotingDialect(session)
        return session, StreamLink(LineReader(100))

    async def run() -> None:
        engine = AioEngine(Parts(world, [], [], lambda _: None, silence))
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setblocking(False)
            use(Stream(engine, ours, *opener("peer")))
            await engine.stop(1.0)

    run_async(run())
    return list(world.sessions)


def test_a_closed_connection_may_be_held_and_released() -> None:
    """A push fails, the connection is closed; then the lines that came with it ask for an effect."""

    def use(stream: Stream) -> None:
        stream.abort()
        stream.hold()
        stream.release()
        stream.transmit(b"too late")
        stream.finish(abrupt=False)
        stream.abort()

    assert with_stream(use) == []


@pytest.mark.interpreted
def test_a_session_that_cannot_be_ended_does_not_keep_the_engine_from_stopping(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def use(stream: Stream) -> None:
        def gone(*_: object) -> None:
            raise RuntimeError("a bug")

        stream.session = type("Broken", (), {"gone": gone, "world": stream.session.world})()
        stream.abort()

    with_stream(use)
    assert "a bug" in caplog.text


def test_an_engine_that_stops_waits_for_what_is_still_to_be_ended() -> None:
    def use(stream: Stream) -> None:
        stream.session.close(Reason.QUIT)

    assert with_stream(use) == []
