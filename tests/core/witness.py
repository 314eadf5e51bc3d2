"""A program at the other side, which knows what it is told as JSON lines and nothing else; and a noting world.

The program keeps a model of every room where it is. An event about any other room, or one that does not fit the
model, is a fault of the server. The world notes who has to hear what is said, and looks at who comes in.
"""

from collections.abc import Iterable, Iterator

from coliseum.core.effects import Effect
from coliseum.core.kinds import Kind, Setting
from coliseum.core.mailbox import Renderer
from coliseum.core.names import fold
from coliseum.core.rooms import Room
from coliseum.core.session import Session
from coliseum.core.users import User
from coliseum.core.vocabulary import (
    Admitted,
    AwayChanged,
    CameOnline,
    Departed,
    Ended,
    Entered,
    Event,
    Gone,
    Invited,
    InviteSeen,
    Kicked,
    Left,
    Named,
    RealnameChanged,
    Renamed,
    RoomShown,
    RoomView,
    Said,
    SettingsChanged,
    Tags,
    Told,
    TopicChanged,
    Welcomed,
    WentOffline,
)
from coliseum.core.world import World
from coliseum.dialects.plain.json_lines import decode

SECRET = "sesame"
"Every password here."


class Place:
    """What is known of one room."""

    def __init__(self, view: RoomView) -> None:
        self.members = list(view.members)
        self.topic = view.topic


class Client:
    """A carrier at the server's side, and the program's model."""

    def __init__(self, session: Session, text: Renderer) -> None:
        self.session = session
        self._text = text
        self.effect: Effect | None = None
        self.finished = False
        self.aborted = False
        self.ended = False
        self.me = ""
        self.rooms: dict[str, Place] = {}
        self.heard: list[str] = []
        self.expected: list[str] = []
        "What it had to hear: noted when it was said, of those who were members then."
        self.times: list[int] = []

    def transmit(self, data: bytes) -> None:
        assert not self.finished
        for line in data.decode().removesuffix("\n").split("\n"):
            assert not self.ended
            if self.session.renderer is self._text:  # it was refused before it could say /json
                assert line.startswith(("* ", "! "))
                continue
            event = decode(line)
            assert event is not None
            self.learn(event)

    def finish(self, *, abrupt: bool) -> None:
        assert abrupt or not self.finished
        self.finished = True
        self.aborted |= abrupt

    # --- learning --------------------------------------------------------------------------------------------

    def learn(self, event: Event) -> None:
        """Change the model as `event` says."""
        match event:
            case Welcomed(you) | Named(you):
                self._replace(self.me, you.nick)
                self.me = you.nick
            case Ended():
                self.ended = True
            case Told() | Invited() | CameOnline() | WentOffline():
                self._learn_alone(event)
            case Gone(source) | Renamed(source) | AwayChanged(source) | RealnameChanged(source):
                self._learn_of_a_neighbour(source.nick, event)
            case Admitted(view):
                assert view.name not in self.rooms
                assert view.members[-1] == self.me
                self.rooms[view.name] = Place(view)
            case RoomShown(view):
                place = self.rooms[view.name]
                assert (list(view.members), view.topic) == (place.members, place.topic)
            case _ if hasattr(event, "room") and hasattr(event, "source"):
                self._learn_of_a_room(event, self.rooms[event.room])
            case Departed(room):
                del self.rooms[room]

    def _learn_alone(self, event: Told | Invited | CameOnline | WentOffline) -> None:
        match event:
            case Told():
                assert event.nick == self.me
                self._hear(event)
            case Invited():
                assert event.nick == self.me
                assert event.room not in self.rooms
            case _:
                assert event.you == self.me

    def _learn_of_a_neighbour(self, nick: str, event: Event) -> None:
        shared = [place for place in self.rooms.values() if nick in place.members]
        if nick == self.me:
            assert isinstance(event, AwayChanged | RealnameChanged)
            return
        assert shared
        match event:
            case Gone():
                for place in shared:
                    place.members.remove(nick)
            case Renamed():
                self._replace(nick, event.nick)

    def _learn_of_a_room(self, event: Event, place: Place) -> None:
        match event:
            case Said(source):
                assert source.nick != self.me
                self._hear(event)
            case TopicChanged(source, _, topic):
                assert source.nick in place.members
                place.topic = topic
            case Entered(source, _, members):
                place.members.append(source.nick)
                assert members == len(place.members)
            case Left(source, _, members):
                place.members.remove(source.nick)
                assert members == len(place.members)
            case Kicked(source, room, target, _, members):
                assert source.nick in place.members
                place.members.remove(target.nick)
                assert members == len(place.members)
                if target.nick == self.me:
                    del self.rooms[room]
            case SettingsChanged(source, _, changes):
                assert source.nick in place.members
                assert changes
            case InviteSeen(source, _, nick):
                assert source.nick in place.members
                assert nick not in place.members
            case _:
                raise AssertionError(f"a room's event that nobody here knows: {event}")

    def _hear(self, event: Said | Told) -> None:
        self.heard.append(event.text)
        self.times.append(event.time)

    def _replace(self, old: str, new: str) -> None:
        for place in self.rooms.values():
            place.members = [new if member == old else member for member in place.members]

    # --- what it should know ---------------------------------------------------------------------------------

    def truth(self) -> Iterator[tuple[object, object]]:
        """Yield pairs of what it knows and what is so."""
        if user := self.session.user:
            yield self.me, user.nick
            yield self.rooms.keys(), {room.name for room in user.rooms.values()}
            for room in user.rooms.values():
                yield self.rooms[room.name].members, [member.nick for member in room.members]
                yield self.rooms[room.name].topic, room.topic


def log_nothing(event: str, /, **fields: object) -> None:
    """Take no notes, but see that nobody's words are among the fields."""
    assert not any("text-" in str(value) or SECRET in str(value) for value in fields.values())


class NotedWorld(World):
    """A world that notes, when something is said, who has to hear it; and looks at who comes in."""

    def say(
        self,
        session: Session,
        user: User,
        room: Room,
        text: str,
        kind: Kind = Kind.MESSAGE,
        tags: Tags = (),
        only: Setting | None = None,
    ) -> Said:
        said = super().say(session, user, room, text, kind, tags, only)
        assert user in room.members or Setting.MEMBERS_ONLY not in room.flags
        for member, roles in room.members.items():
            if only is None or roles & {only, Setting.OPERATOR}:
                self.note_expected((other for other in member.sessions if other is not session), text)
        return said

    def tell(
        self, user: User, nick: str, text: str, kind: Kind = Kind.MESSAGE, tags: Tags = ()
    ) -> tuple[User, Told]:
        target, told = super().tell(user, nick, text, kind, tags)
        self.note_expected(target.sessions, text)
        return target, told

    def note_expected(self, sessions: Iterable[Session], text: str) -> None:
        for session in sessions:
            assert isinstance(session.carrier, Client)
            session.carrier.expected.append(text)

    def enter(self, user: User, name: str, password: str = "") -> Room:
        before = self.rooms.get(fold(name))
        invited = before is not None and user.id in before.invited
        room = super().enter(user, name, password)
        limit = self.capacity(room)
        assert not limit or len(room.members) <= limit or (invited and room.capacity is not None)
        assert room.password in ("", password)
        return room
