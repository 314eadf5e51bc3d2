"""A client: one IRC session as its handlers see it.

The idea: handlers speak to the world through its verbs and to their client through the few words below; labels,
refusals and stages are not their affair.

What must stay true: `nick` is `*` until the client is registered; every reply goes through `reply`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from coliseum.core.names import fold
from coliseum.core.rooms import Room
from coliseum.core.session import Session
from coliseum.core.users import User
from coliseum.core.vocabulary import Event
from coliseum.core.world import World
from coliseum.dialects.irc.message import LINE_BYTES, cut, size
from coliseum.dialects.irc.numerics import TEXTS
from coliseum.dialects.irc.registration import Registration
from coliseum.dialects.irc.render import SEEN, IrcRenderer
from coliseum.dialects.irc.replies import Reply


@dataclass
class Common:
    """What all IRC sessions of one server share."""

    version: str
    "The program's name and version."
    began: str
    "When the server was started, for people."
    _renderers: dict[tuple[frozenset[str], str], IrcRenderer] = field(default_factory=dict)

    def renderer(self, capabilities: frozenset[str], server: str) -> IrcRenderer:
        """Return the one renderer for all clients for whom events look the same."""
        key = (capabilities & SEEN, server)
        if key not in self._renderers:
            self._renderers[key] = IrcRenderer(*key)
        return self._renderers[key]


class Client:
    """One IRC session."""

    __slots__ = (
        "capabilities",
        "common",
        "oper_tries",
        "registration",
        "server",
        "session",
        "speech",
        "world",
    )

    def __init__(self, session: Session, common: Common) -> None:
        self.session = session
        self.world: World = session.world
        self.common = common
        self.server = server_name(self.world.policy.server_name)
        "What the server is called here as long as the session lasts."
        self.registration = Registration()
        self.capabilities: frozenset[str] = frozenset()
        self.speech: str | None = None
        "How the line began that was last said to a room: one that begins so, too, goes on from it."
        self.use(self.capabilities)
        self.oper_tries = self.world.policy.password_tries

    @property
    def user(self) -> User:
        """The registered client's user."""
        assert self.session.user is not None
        return self.session.user

    @property
    def nick(self) -> str:
        """What numerics call the client."""
        user = self.session.user
        return user.nick if user is not None else "*"

    def has(self, capability: str) -> bool:
        """Say whether the client has asked for `capability`."""
        return capability in self.capabilities

    def use(self, capabilities: frozenset[str]) -> None:
        """Go by other capabilities from now on."""
        self.capabilities = capabilities
        self.session.renderer = self.common.renderer(capabilities, self.server)

    def post(self, event: Event) -> None:
        """Tell this session alone."""
        self.session.post(event)

    def reply(self, number: str, *params: str, text: str | None = None) -> None:
        """Answer with a numeric; where no `text` is given, the one that the numeric always has, if it has one."""
        self.post(Reply(number, (self.nick, *params), TEXTS.get(number) if text is None else text))

    def reply_words(self, number: str, *params: str, words: Iterable[str], separator: str = " ") -> None:
        """Answer with a list of words, in as many lines as it takes; with nothing where there is no word."""
        room = LINE_BYTES - 2 - size(" ".join((f":{self.server}", number, self.nick, *params, ":")))
        line = ""
        for word in words:
            longer = f"{line}{separator}{word}" if line else word
            if line and size(longer) > room:
                self.reply(number, *params, text=line)
                longer = word
            line = longer
        if line:
            self.reply(number, *params, text=line)

    def say(self, command: str, *params: str, text: str | None = None) -> None:
        """Answer with something that is no numeric."""
        self.post(Reply(command, params, text))

    def fail(self, command: str, code: str, *context: str, text: str) -> None:
        """Answer with a standard reply (IRCv3 Standard Replies)."""
        self.say("FAIL", command, code, *context, text=text)

    def warn(self, command: str, code: str, *context: str, text: str) -> None:
        """Tell of something that went otherwise than asked: by a standard reply, or else by a notice."""
        if self.has("standard-replies"):
            self.say("WARN", command, code, *context, text=text)
        else:
            self.say("NOTICE", self.nick, text=text)

    def from_self(self, command: str, *params: str, text: str | None = None) -> None:
        """Tell the client what it did itself, as others would see it."""
        self.post(Reply(command, params, text, self.user.identity.full_name))

    def room(self, written: str) -> Room | None:
        """Return the room that is written so, if it exists."""
        return self.world.rooms.get(fold(written[1:])) if written.startswith("#") else None


def safe(word: str) -> str:
    """Return a parameter that came from a client in a form that can be a middle parameter of an answer."""
    word = cut(word.replace(" ", "_").replace("\0", "_").replace("\r", "_"), 100)
    return word if word and not word.startswith(":") else "*"


def server_name(name: str) -> str:
    """Return the name as IRC shows it: with a dot, so that it can't be taken for a nick (RFC 2812 section 1.1)."""
    return name if "." in name else f"{name}.local"
