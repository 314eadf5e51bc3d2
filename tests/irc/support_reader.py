"""What a careful client makes of what it is told: its own view of the rooms it is in, and of nothing else.

The idea: a `Reader` reads every line and believes only that. A line about a room where it is not, about somebody
it cannot know, with a tag it did not ask for, or in a batch that was not opened is a fault. In the end its view
can be compared with the world.

Source: modern.ircdocs.horse; IRCv3 Batch, Labeled Responses, and the extensions that add tags.
"""

from collections import Counter
from dataclasses import dataclass, field

from coliseum.core.names import fold
from coliseum.dialects.irc.message import Message, parse, split_source

VALUE_MODES = set("beIkov")
"With a parameter always; `l` only when it is set."
TAG_OF = {"time": "server-time", "msgid": "message-tags", "bot": "message-tags", "draft/bot": "message-tags"}
LOBBY = "lobby"
LABELS = {"labeled-response", "batch"}
SERVER_WORDS = {"CAP", "PONG", "PING", "FAIL", "WARN", "NOTE", "ACK", "BATCH"}


def same_topic(one: str, other: str) -> bool:
    """Say whether two topics may be the same: a long one of the plain dialect is cut to the length of a line."""
    short, long = sorted([one, other], key=len)
    return one == other or (len(short.encode()) > 300 and long.startswith(short))


@dataclass
class Place:
    """A room as the reader knows it."""

    name: str
    members: set[str]
    "Folded nicks."
    operators: set[str] = field(default_factory=set)
    topic: str = ""
    complete: bool = False
    "All names came since the reader is inside."


class Reader:
    """One client's view."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.nick = "*"
        self.places: dict[str, Place] = {}
        "By folded name without `#`."
        self.ended = False
        self.answers: Counter[str] = Counter()
        "How often each label came back."
        self.invited: set[str] = set()
        self.capabilities: set[str] = set()
        "As they were acknowledged: they count from that line on."
        self._batch = ""
        self._batches: set[str] = set()
        self._names: dict[str, set[str]] = {}
        self._operators: dict[str, set[str]] = {}

    def read(self, lines: list[str]) -> None:
        """Take in lines that came together."""
        for line in lines:
            assert not self.ended, line
            message = parse(line)
            try:
                self._frame(message)
                self._learn(message)
            except (AssertionError, KeyError, IndexError) as fault:
                raise AssertionError(f"{self.nick} cannot make sense of {line!r}") from fault
        assert not self._batch

    # --- tags and batches ----------------------------------------------------------------------------------

    def _frame(self, message: Message) -> None:
        allowed = self.capabilities
        if message.command == "CAP":  # an acknowledgement may be the first line to which the change applies
            allowed = allowed | set(message.params[-1].split(" "))
        theirs = [tag.startswith("+") for tag in message.tags]
        assert sorted(theirs) == theirs  # Message Tags: the server's come before the client's
        for tag in message.tags:
            if tag.startswith("+"):
                assert "message-tags" in self.capabilities
                assert message.command in {"PRIVMSG", "NOTICE", "TAGMSG"}
            elif tag == "label":
                self.answers[message.tags["label"]] += 1
                assert self.capabilities >= LABELS
                assert not self._batch
            elif tag != "batch":
                assert TAG_OF[tag] in allowed
        if message.command == "BATCH":
            sign, reference = message.params[0][0], message.params[0][1:]
            assert "batch" in self.capabilities
            assert "batch" not in message.tags
            if sign == "+":
                assert not self._batch
                assert reference not in self._batches
                assert "label" in message.tags
                self._batches.add(reference)
                self._batch = reference
            else:
                assert reference == self._batch
                self._batch = ""
        else:
            assert message.tags.get("batch", "") == self._batch

    # --- the view --------------------------------------------------------------------------------------------

    def _learn(self, message: Message) -> None:
        if message.command.isdigit():
            self._numeric(message)
            return
        if message.command == "ERROR":
            assert not message.source
            self.ended = True
            return
        who = fold(split_source(message.source)[0])
        if message.source == self.server:
            assert message.command in SERVER_WORDS | {"NOTICE"}
            if message.command == "CAP" and message.params[1] == "ACK":
                self._acknowledged(message.params[2])
        elif message.command in {"PRIVMSG", "NOTICE", "TAGMSG"}:
            self._talk(message, who)
        else:
            getattr(self, f"_{message.command.lower()}")(message, who)

    def _acknowledged(self, wish: str) -> None:
        for word in wish.split():
            if word.startswith("-"):
                self.capabilities.discard(word[1:])
            else:
                self.capabilities.add(word)

    @property
    def _me(self) -> str:
        return fold(self.nick)

    def _place(self, written: str) -> Place:
        assert written.startswith("#")
        return self.places[fold(written[1:])]

    def _knows(self, who: str) -> bool:
        """Say whether the reader may have to do with somebody: them or somebody in one of its rooms."""
        return who == self._me or any(who in p.members or not p.complete for p in self.places.values())

    def _may(self, place: Place, who: str) -> bool:
        """Say whether somebody may be an operator of a room; in the lobby those of the server are."""
        return who in place.operators or not place.complete or fold(place.name) == LOBBY

    def _numeric(self, message: Message) -> None:
        number, params = message.command, message.params
        assert message.source == self.server
        if number == "001":
            assert self.nick == "*"
            self.nick = params[0]
        assert params[0] == self.nick
        if number in {"332", "353", "366"}:
            written = params[2] if number == "353" else params[1]
            place = self.places.get(fold(written[1:])) if written.startswith("#") else None
            if place is not None:
                self._about(number, fold(written[1:]), place, params[-1])

    def _about(self, number: str, key: str, place: Place, text: str) -> None:
        if number == "332":
            assert not place.complete or same_topic(place.topic, text)
            place.topic = text
        elif number == "353":
            for word in text.split(" "):
                name = fold(split_source(word.lstrip("@+"))[0])
                self._names.setdefault(key, set()).add(name)
                if word.startswith("@"):
                    self._operators.setdefault(key, set()).add(name)
        else:
            names, operators = self._names.pop(key, set()), self._operators.pop(key, set())
            assert not place.complete or (place.members, place.operators) == (names, operators)
            place.members, place.operators, place.complete = names, operators, True

    def _talk(self, message: Message, who: str) -> None:
        target = message.params[0]
        bare = target.lstrip("@+")
        assert message.command != "TAGMSG" or "message-tags" in self.capabilities
        if not bare.startswith("#"):
            assert fold(target) == self._me or (who == self._me and "echo-message" in self.capabilities)
        elif who == self._me:
            assert "echo-message" in self.capabilities
        else:
            place = self._place(bare)
            if target.startswith("@") and place.complete:
                assert self._me in place.operators

    def _join(self, message: Message, who: str) -> None:
        key = fold(message.params[0][1:])
        assert len(message.params) == (3 if "extended-join" in self.capabilities else 1)
        if who == self._me:
            assert key not in self.places
            self.places[key] = Place(message.params[0][1:], {who})
        else:
            assert who not in self.places[key].members or not self.places[key].complete
            self.places[key].members.add(who)

    def _part(self, message: Message, who: str) -> None:
        self._remove(self._place(message.params[0]), who)

    def _kick(self, message: Message, who: str) -> None:
        place = self._place(message.params[0])
        assert self._may(place, who)
        self._remove(place, fold(message.params[1]))

    def _quit(self, _: Message, who: str) -> None:
        assert who != self._me
        assert self._knows(who)
        for place in list(self.places.values()):
            if who in place.members:
                self._remove(place, who)

    def _remove(self, place: Place, who: str) -> None:
        assert who in place.members or not place.complete
        place.members.discard(who)
        place.operators.discard(who)
        if who == self._me:
            del self.places[fold(place.name)]

    def _nick(self, message: Message, who: str) -> None:
        new = message.params[0]
        assert self._knows(who)
        for place in self.places.values():
            for some in (place.members, place.operators):
                if who in some:
                    some.remove(who)
                    some.add(fold(new))
        if who == self._me:
            self.nick = new

    def _topic(self, message: Message, _: str) -> None:
        self._place(message.params[0]).topic = message.params[1]

    def _mode(self, message: Message, who: str) -> None:
        target, letters, *words = message.params
        if not target.startswith("#"):
            assert fold(target) == who == self._me
            return
        place, values, on = self._place(target), iter(words), True
        assert self._may(place, who)
        for letter in letters:
            if letter in "+-":
                on = letter == "+"
            elif letter in VALUE_MODES or (letter == "l" and on):
                value = fold(next(values))
                if letter == "o":
                    (place.operators.add if on else place.operators.discard)(value)
        assert not list(values)

    def _invite(self, message: Message, _: str) -> None:
        if fold(message.params[0]) == self._me:
            self.invited.add(fold(message.params[1][1:]))
        else:
            assert "invite-notify" in self.capabilities
            self._place(message.params[1])

    def _away(self, _: Message, who: str) -> None:
        assert "away-notify" in self.capabilities
        assert self._knows(who) or "extended-monitor" in self.capabilities

    def _setname(self, _: Message, who: str) -> None:
        assert "setname" in self.capabilities
        assert self._knows(who) or "extended-monitor" in self.capabilities

    def _wallops(self, message: Message, _: str) -> None:
        assert len(message.params) == 1
