"""Registration: from a connection to a nick, with the capabilities that we can use.

::

    begin ─► CAP LS, PASS, NICK, USER ──(CAP LS answered)──► CAP REQ ──(ACK, NAK)──► CAP END
                     │ ▲                                                                │
          (433: another nick)        (a server that does not know CAP says nothing) ──► 001: done

What must stay true: pure; a nick that is taken or not allowed is followed by another one, a bounded number of
times, and the user is told once that it was not the one they wished for.

Sources: IRCv3 "Capability Negotiation", modern.ircdocs.horse "Connection Registration".
"""

import unicodedata
from collections.abc import Callable, Iterator

from coliseum.client.irc.features import Features
from coliseum.client.irc.objections import bad_nick
from coliseum.core.names import printable
from coliseum.core.refusals import NickTaken, WrongPassword
from coliseum.core.vocabulary import Event, PasswordWanted
from coliseum.dialects.irc.message import Message

WANTED = (
    "away-notify",
    "batch",
    "cap-notify",
    "chghost",
    "echo-message",
    "extended-join",
    "invite-notify",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "server-time",
    "setname",
    "standard-replies",
    "userhost-in-names",
)
USERNAME = "coliseum"
"What the server calls us where it does not ask who we are (RFC 1413): the name of the program gives nobody away."
GUEST = "guest"
"What we are called when nobody wished for a name."
SAFE_LENGTH = 9
"Characters that every server takes in a nick (RFC 1459)."
MOST_TRIES = 30

_REFUSED = {"432", "433", "436", "437"}
"A nick: not allowed, taken, taken elsewhere, not free for now."
_NOBODY_MINDS = {"410", "421", "451", "461", "462"}
"What an old server says about CAP, and about questions that come too early."


class Registration:
    """The way in, on one connection."""

    def __init__(self, send: Callable[[Message], None], tell: Callable[[Event], None]) -> None:
        self._send = send
        self._tell = tell
        self.nick = ""
        "What the user wishes to be called; empty: anything."
        self.password = ""
        self.done = False
        "The server has accepted us."
        self._offered: set[str] = set()
        self._requests = 0
        "Requests for capabilities that are not answered yet."
        self._negotiating = True
        self._tried = ""
        self._candidates: Iterator[str] = iter(())
        self._tries = 0
        self._told = False
        self._locked_out = False
        "The server wants another password."

    def begin(self) -> None:
        """Say who we are."""
        self._send(Message("CAP", ("LS", "302")))
        if self.password:
            self._send(Message("PASS", (self.password,)))
        self._candidates = candidates(self.nick or GUEST)
        self._try_next()
        self._send(Message("USER", (USERNAME, "0", "*", self.nick or GUEST)))

    def hear(self, message: Message, features: Features) -> Features:
        """Take in a message that concerns the way in or the capabilities; return what the server can do now."""
        match message.command.upper(), message.params:
            case "CAP", (_, verb, *rest):
                return self._hear_capabilities(verb.upper(), rest, features)
            case "001", _:
                self.done = True
            case (command, params) if command in _REFUSED and not self.done:
                self._hear_refused_nick(command, params[-1] if params else "", features)
            case "464", _ if not self.done:
                self._hear_wrong_password()
            case "ERROR", params if not self.done and "password" in " ".join(params).lower():
                self._hear_wrong_password()  # all that ngIRCd says
        return features

    def minds(self, message: Message) -> bool:
        """Say whether `message` is a refusal that is dealt with here, or that nobody needs to hear of."""
        command = message.command
        if "CAP" in message.params[1:2] and command in _NOBODY_MINDS:
            return True
        if self._locked_out and command.upper() == "ERROR":
            return True  # it was told that a password is wanted
        return not self.done and (command in _REFUSED or command in _NOBODY_MINDS or command == "464")

    # --- capabilities --------------------------------------------------------------------------------------

    def _hear_capabilities(self, verb: str, rest: list[str], features: Features) -> Features:
        names = rest[-1].split() if rest else []
        match verb:
            case "LS":
                self._offered |= {name for word in names if (name := word.partition("=")[0]) in WANTED}
                if rest[:1] == ["*"] and len(rest) > 1:
                    return features  # more of the list follows
                self._ask(sorted(self._offered - features.capabilities))
            case "NEW":
                self._ask(sorted({word.partition("=")[0] for word in names} & set(WANTED)))
            case "ACK":
                features = features.granted(name for name in names if name.lstrip("-~=") in WANTED)
                self._answered()
            case "NAK":
                self._answered()
                if len(names) > 1:
                    for name in names:  # one of them is not to be had, the others may be
                        self._ask([name] if name in WANTED else [])
            case "DEL":
                features = features.granted(f"-{name}" for name in names)
        self._end_negotiation()
        return features

    def _ask(self, names: list[str]) -> None:
        if names:
            self._requests += 1
            self._send(Message("CAP", ("REQ", " ".join(names))))

    def _answered(self) -> None:
        self._requests = max(0, self._requests - 1)

    def _end_negotiation(self) -> None:
        if self._negotiating and not self._requests:
            self._negotiating = False
            if not self.done:
                self._send(Message("CAP", ("END",)))

    # --- the password --------------------------------------------------------------------------------------

    def _hear_wrong_password(self) -> None:
        """Ask for the password, which is for the next connection: no server lets one try again on the same."""
        if not self._locked_out:
            self._locked_out = True
            if self.password:
                self._tell(WrongPassword(0))
            self._tell(PasswordWanted())
            self._send(Message("QUIT"))

    # --- nicks ---------------------------------------------------------------------------------------------

    def _hear_refused_nick(self, command: str, why: str, features: Features) -> None:
        if self.nick and not self._told:
            self._told = True
            taken = NickTaken(printable(self.nick))
            self._tell(bad_nick(self.nick, why, features) if command == "432" else taken)
        if command == "432":
            simple = simplified(self._tried)
            self._candidates = candidates(simple if simple != self._tried else GUEST)
        self._try_next()

    def _try_next(self) -> None:
        self._tries += 1
        nick = next(self._candidates, None)
        if nick is None or self._tries > MOST_TRIES:
            self._send(Message("QUIT"))
            return
        self._tried = nick
        self._send(Message("NICK", (nick,)))


def candidates(nick: str) -> Iterator[str]:
    """Yield `nick` and then others like it; none is longer than it, or than what every server takes."""
    yield nick
    longest = max(len(nick), SAFE_LENGTH)
    for end in ("_", *map(str, range(1, MOST_TRIES))):
        yield nick[: longest - len(end)] + end


def simplified(nick: str) -> str:
    """Return what of `nick` every server takes: letters without accents, digits and signs, not too many."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", nick) if c.isascii() and (c.isalnum() or c in "_-"))
    return letters.lstrip("0123456789-")[:SAFE_LENGTH] or GUEST
