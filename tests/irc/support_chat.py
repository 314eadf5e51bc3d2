"""A world with people in it, to whom anything may happen: what must stay true after each step.

Everything that happens is a `Step`, plain data, so that it can happen again. What a client believes is in
`support_reader`; what people send in `support_grammar`.
"""

from collections import Counter
from itertools import count
from typing import NamedTuple

from coliseum.core.house_rules import may_see
from coliseum.core.inbound import Closed, Garbled, Item
from coliseum.core.kinds import Setting
from coliseum.core.limits import Policy
from coliseum.core.names import fold
from coliseum.core.refusals import LineTooLong, NotText
from coliseum.core.rooms import Room
from coliseum.core.users import User
from coliseum.core.vocabulary import RoomsListed
from coliseum.core.world import World
from coliseum.dialects.irc.capabilities import CAPABILITIES
from coliseum.dialects.irc.command import COMMANDS
from coliseum.dialects.irc.message import Message, parse
from coliseum.dialects.plain.json_lines import decode
from tests.irc import support_grammar as grammar
from tests.irc.support_pure import SERVER, Peer, PureHouse, client_of
from tests.irc.support_reader import LABELS, Reader, same_topic

ENDS = {
    "ADMIN": {"258", "402"},
    "HELP": {"706", "524"},
    "HELPOP": {"706", "524"},
    "INFO": {"374", "402"},
    "ISON": {"303", "461"},
    "LINKS": {"365"},
    "LIST": {"323"},
    "LUSERS": {"266"},
    "MOTD": {"376", "402"},
    "NAMES": {"366"},
    "PING": {"PONG", "409"},
    "STATS": {"219", "461"},
    "TIME": {"391", "402"},
    "USERHOST": {"302", "461"},
    "VERSION": {"005", "402"},
    "WHO": {"315"},
    "WHOIS": {"318", "402", "431"},
    "WHOWAS": {"369", "431"},
}
"What the last line of an answer must be."
IMPLIED = {capability.name for capability in CAPABILITIES if capability.implied}
NAMES_A_ROOM = {
    **dict.fromkeys(
        ["322", "324", "329", "331", "332", "333", "341", "346", "347", "348", "349", "352", "367", "368"], 1
    ),
    "353": 2,
    "354": 2,
}
"Numerics that tell of a room, and where they name it (354: with %tc as the grammar writes them)."


class WatchfulWorld(World):
    """A world that looks at every entry."""

    def enter(self, user: User, name: str, password: str = "") -> Room:
        """See that nobody comes in where there is no place."""
        before = self.rooms.get(fold(name))
        invited = before is not None and user.id in before.invited
        room = super().enter(user, name, password)
        limit = self.capacity(room)
        assert not limit or len(room.members) <= limit or (room.capacity is not None and invited)
        return room


class Somebody:
    """One connection, and what is known of it from outside."""

    def __init__(self, peer: Peer, *, irc: bool) -> None:
        self.peer = peer
        self.irc = irc
        self.reader = Reader(SERVER)
        self.labels: Counter[str] = Counter()
        "Sent while labels counted."

    @property
    def capabilities(self) -> frozenset[str]:
        return client_of(self.peer).client.capabilities if self.irc else frozenset()

    @property
    def user(self) -> User | None:
        return self.peer.session.user


def hidden(world: World, user: User | None) -> set[str]:
    """Return the rooms of which the user must not learn."""
    return {key for key, room in world.rooms.items() if user is None or not may_see(room, user)}


class Step(NamedTuple):
    """One thing that happens."""

    what: str
    "A method of `Chat`."
    who: int
    "Number of the person, in order of coming."
    items: tuple[object, ...]


class Chat:
    """A world, its sessions, and their clients."""

    def __init__(self, policy: Policy) -> None:
        self.people: list[Somebody] = []
        self.everybody: dict[Somebody, None] = {}
        "Those who are connected."
        self.labels = count(1)
        self.house = PureHouse(policy, make=WatchfulWorld)

    def take(self, step: Step) -> None:
        """Let one thing happen; nothing does when it is about somebody who is not there."""
        if step.what in {"connect", "come_in", "connect_plain", "wait"}:
            getattr(self, step.what)(*step.items)
        elif step.who < len(self.people):
            who = self.people[step.who]
            for_both = step.what in {"go_on", "settle", "lose", "close"}
            if who in self.everybody and (for_both or who.irc == (step.what != "say_plainly")):
                getattr(self, step.what)(who, *step.items)
        self.check()

    def scene(self, who: int) -> grammar.Scene:
        """Return what somebody sees around them."""
        user = self.people[who].user
        rooms = [f"#{room.name}" for room in user.rooms.values()] if user else []
        return grammar.Scene(rooms, [one.nick for one in self.house.world.users.values()])

    def rulers(self) -> list[tuple[int, list[str]]]:
        """Return who is operator of which rooms."""
        found = []
        for number, who in enumerate(self.people):
            if who.irc and (user := who.user) is not None:
                rooms = [room for room in user.rooms.values() if Setting.OPERATOR in room.members[user]]
                found += [(number, [f"#{room.name}" for room in rooms])] if rooms else []
        return found

    # --- who comes and goes --------------------------------------------------------------------------------

    def connect(self, capabilities: str) -> Somebody:
        """Let somebody come who is not registered yet."""
        somebody = self.add(Somebody(self.house.connect(), irc=True))
        self.do(somebody, f"CAP REQ :{capabilities}", f"PASS {self.house.policy.password or 'x'}")
        return somebody

    def come_in(self, nick: str, capabilities: str) -> None:
        """Let somebody come and go into a room, if the nick is free."""
        somebody = self.connect(capabilities)
        self.do(somebody, f"NICK {nick}", f"USER {nick} 0 * :Somebody", "CAP END", "JOIN #a,#b,#c")
        self.settle(somebody)

    def connect_plain(self, *lines: str) -> None:
        """Let somebody come on the plain dialect."""
        self.do(self.add(Somebody(self.house.connect_plain(), irc=False)), *lines)

    def add(self, somebody: Somebody) -> Somebody:
        self.people.append(somebody)
        self.everybody[somebody] = None
        return somebody

    def lose(self, who: Somebody) -> None:
        """Break a connection."""
        who.peer.lose()
        del self.everybody[who]
        self.look()

    # --- what engines do -------------------------------------------------------------------------------------

    def go_on(self, who: Somebody) -> None:
        """Bring the result of an effect."""
        who.peer.carry_on()
        self.look()

    def settle(self, who: Somebody) -> None:
        """Bring all results."""
        while who.peer.effect is not None:
            who.peer.carry_on()
        self.look()

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.house.wait(seconds)
        self.look()

    # --- what they send ---------------------------------------------------------------------------------------

    def say(self, who: Somebody, words: str, tags: str, label: bool) -> None:
        """Send one line, and look at its answer by itself."""
        line = self.with_label(who, words, tags) if label else grammar.tagged(words, tags)
        ready = who.peer.effect is None and who.user is not None
        secret = hidden(self.house.world, who.user)
        lines = self.do(who, line)
        secret &= hidden(self.house.world, who.user)
        try:
            name = parse(line).command.upper()
        except ValueError:
            assert lines == [] or not ready
            return
        if not ready or who.peer.effect is not None or who.peer.session.over:
            return
        answers = [message for message in map(parse, lines) if message.command != "BATCH"]
        numbers = [message.command for message in answers]
        if len(line.encode()) < 500 and not set(line) & set("\0\r"):  # those are answered by themselves
            assert name not in ENDS or numbers[-1] in ENDS[name], lines
            assert name in COMMANDS or numbers == ["421"], lines
        assert name != "NOTICE" or set(numbers) <= {"NOTICE", "ACK", "WARN"}, lines
        for message in answers:
            assert not told_of(message) & secret, (line, lines)

    def say_plainly(self, who: Somebody, line: str) -> None:
        """Send one line of the plain dialect; see that no list of rooms has a secret one."""
        secret = hidden(self.house.world, who.user)
        ready = who.peer.effect is None
        for answer in self.do(who, line):
            if ready and answer.startswith('{"event":"rooms-listed"'):
                event = decode(answer)
                assert isinstance(event, RoomsListed)
                assert not {fold(room.name) for room in event.rooms} & secret

    def usher(self, who: Somebody, guest: int, room: str) -> None:
        """Let somebody be invited, and come."""
        if guest < len(self.people) and (other := self.people[guest]) in self.everybody and other.user:
            self.do(who, f"INVITE {other.user.nick} {room}")
            self.do(other, f"JOIN {room}")

    def say_much(self, who: Somebody, *lines: str) -> None:
        """Send several lines at once."""
        found: list[str] = []
        for line in lines:
            found.append(self.with_label(who, line, "", sure=not any("CAP" in one.upper() for one in found)))
        self.do(who, *found)

    def garble(self, who: Somebody, words: str, why: NotText | LineTooLong) -> None:
        """Send a line that cannot be read as a whole."""
        self.do(who, Garbled(why, self.with_label(who, words, "")))

    def close(self, who: Somebody) -> None:
        """Send no more."""
        self.do(who, Closed())

    def with_label(self, who: Somebody, words: str, tags: str, *, sure: bool = True) -> str:
        """Return a line with a label that has never been used, and note it if it counts.

        Whether it does is not known (`sure`) when capabilities are to change before it is heard.
        """
        label = f"l{next(self.labels)}"
        line = grammar.tagged(words, tags, f"label={label}")
        try:
            parse(line)
        except ValueError:
            return line  # says nothing, so nothing answers
        session = who.peer.session
        waiting = any(isinstance(item, str) and "CAP" in item.upper() for item in session._inbox)
        if who.capabilities >= LABELS and not session.over and sure and not waiting:
            who.labels[label] += 1
        return line

    def do(self, who: Somebody, *items: Item) -> list[str]:
        """Send something; return what comes back at once."""
        who.peer.feed(*items)
        return self.look()[who]

    def look(self) -> dict[Somebody, list[str]]:
        """Let everybody read what came for them."""
        found = {}
        for who in self.everybody:
            found[who] = lines = who.peer.take()
            if who.irc:
                who.reader.read(lines)
        return found

    # --- what must stay true ---------------------------------------------------------------------------------

    def check(self) -> None:
        """Hold the world against itself, and every client's view against the world."""
        self.membership_is_symmetric()
        self.the_directory_is_true()
        self.every_client_knows_what_is_true()
        self.every_label_is_answered_once()

    def membership_is_symmetric(self) -> None:
        world = self.house.world
        inside = {(user, room) for room in world.rooms.values() for user in room.members}
        assert inside == {(user, room) for user in world.users.values() for room in user.rooms.values()}
        for key, room in world.rooms.items():
            assert key == room.key == fold(room.name)
            assert room.permanent or room.members
            assert room.audience == [session for user in room.members for session in user.sessions]
            assert room.invited <= {user.id for user in world.users.values()}

    def the_directory_is_true(self) -> None:
        world = self.house.world
        assert all(key == fold(user.nick) for key, user in world.users.items())
        assert {s for user in world.users.values() for s in user.sessions} == {
            who.peer.session for who in self.everybody if who.user
        }
        assert set(world.sessions) == {who.peer.session for who in self.everybody}
        assert len(world.door.arriving) == sum(s.user is None and not s.over for s in world.sessions)
        assert +world.traits == Counter(trait for user in world.users.values() for trait in user.traits)
        limit = world.policy.max_clients
        assert not limit or len(world.users) <= limit

    def every_client_knows_what_is_true(self) -> None:
        for who in self.everybody:
            if not who.irc:
                continue
            reader, user = who.reader, who.user
            assert reader.ended == who.peer.session.over
            assert reader.capabilities | IMPLIED == who.capabilities | IMPLIED
            if user is None:
                continue
            assert reader.nick == user.nick
            assert set(reader.places) == set(user.rooms)
            for key, place in reader.places.items():
                room = user.rooms[key]
                assert same_topic(place.topic, room.topic)
                if place.complete:
                    assert place.members == {fold(member.nick) for member in room.members}
                    operators = {fold(m.nick) for m, roles in room.members.items() if Setting.OPERATOR in roles}
                    assert place.operators == operators

    def every_label_is_answered_once(self) -> None:
        for who in self.everybody:
            answers = who.reader.answers
            assert all(times == 1 for times in answers.values())
            if who.irc and who.peer.effect is None and not who.peer.session.over:
                assert set(who.labels) <= set(answers)

    def end(self) -> None:
        """Let everybody go, and see that nothing is left."""
        for who in list(self.everybody):
            self.lose(who)
            who.peer.carry_on()
        self.house.flush()
        world = self.house.world
        assert (world.sessions, world.users) == ({}, {})
        assert list(world.rooms) == ["lobby"]
        assert not world.rooms["lobby"].topic
        assert world.deadline() is None
        assert world.collect() == []
        assert not world.watchers._sessions
        assert len(world.door.arriving) == 0
        assert not +world.traits


def told_of(message: Message) -> set[str]:
    """Return the rooms that an answer tells of, by key."""
    if message.command == "319":
        words = message.params[-1].split(" ")
    else:
        words = (
            list(message.params[NAMES_A_ROOM[message.command] :][:1]) if message.command in NAMES_A_ROOM else []
        )
    return {fold(word.lstrip("@+")[1:]) for word in words if word.lstrip("@+").startswith("#")}
