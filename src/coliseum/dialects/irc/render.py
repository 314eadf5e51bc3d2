"""Writing IRC: events to lines, once per event and set of capabilities.

The idea: a renderer stands for all clients with the same capabilities. An event gives lines without tags; the tags
(time, msgid, client-only tags, bot) are put before them here, in one place, and a label or batch likewise.

What must stay true: no line is longer than 512 bytes without its tags, and nothing is cut inside a character; who
has not asked for a tag does not get it; what a renderer makes depends on nothing but the event.

Sources: modern.ircdocs.horse "Message Format" and the IRCv3 extensions named in capabilities.py.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Kind, Reason
from coliseum.core.refusals import Refusal
from coliseum.core.vocabulary import Event, Identity
from coliseum.dialects.irc.message import LINE_BYTES, cut, format_tags, pieces, size
from coliseum.dialects.irc.modes import PREFIXES, written
from coliseum.dialects.irc.numerics import RPL_MONOFFLINE, RPL_MONONLINE
from coliseum.dialects.irc.replies import Labelled, Reply, Written
from coliseum.dialects.reasons import reason_text

CONTENT_BYTES = LINE_BYTES - 2
"What stands before CR LF."

SEEN = frozenset(
    {
        "away-notify",
        "extended-join",
        "extended-monitor",
        "invite-notify",
        "message-tags",
        "server-time",
        "setname",
    }
)
"The capabilities that change what events look like; the others change answers only."

Writer: TypeAlias = Callable[["IrcRenderer", Any], list[str]]
_WRITERS: dict[type[Event], Writer] = {}


class IrcRenderer:
    """Writes for all clients with one set of capabilities."""

    def __init__(self, capabilities: frozenset[str], server: str) -> None:
        self.server = server
        self.capabilities = capabilities
        self._times = "server-time" in capabilities
        self._tags = "message-tags" in capabilities
        self._has_tags = self._times or self._tags

    def has(self, capability: str) -> bool:
        """Say whether these clients have asked for `capability`."""
        return capability in self.capabilities

    def render(self, events: Sequence[Event], time: int = 0) -> bytes:
        """Return the lines of all events, posted at `time`."""
        lines: list[str] = []
        for event in events:
            write = _WRITERS.get(type(event))
            if write is None:
                lines += self._special(event, time)
            elif self._has_tags:
                lines += _joined(self._tagged(event, time))
            else:
                lines += write(self, event)
        return ("\r\n".join(lines) + "\r\n").encode() if lines else b""

    def _special(self, event: Event, time: int) -> list[str]:
        if isinstance(event, Labelled):
            return _joined(self._labelled(event, time))
        if isinstance(event, Written):
            return [*event.lines]
        return _nothing(self, event)

    def _tagged(self, event: Event, time: int) -> list[tuple[str, str]]:
        """Return the event's lines with their tags."""
        lines = _WRITERS.get(type(event), _nothing)(self, event)
        if not lines or not self._has_tags:
            return [("", line) for line in lines]
        tags = []
        if self._times and (moment := getattr(event, "time", time)):
            tags.append(f"time={server_time(moment)}")
        # What clients have put in comes last (IRCv3 Message Tags, client-only tags).
        identity, theirs = [], []
        if self._tags:
            if getattr(getattr(event, "source", None), "bot", False):
                tags.append("bot;draft/bot")  # clients older than the final specification know the second
            if isinstance(event, fact.Said | fact.Told):
                identity = [f"msgid={event.time:x}"]
                theirs = [format_tags(event.tags)] if event.tags else []
        first = ";".join([*tags, *identity, *theirs])
        # A message that had to be split has its id once: ids are unique.
        others = ";".join([*tags, *theirs])
        return [(first if line is lines[0] else others, line) for line in lines]

    def _labelled(self, event: Labelled, time: int) -> list[tuple[str, str]]:
        lines = [line for inner in event.events for line in self._tagged(inner, time)]
        label = format_tags([("label", event.label)])
        timed = [f"time={server_time(time)}"] if self._times else []
        if not lines:
            return [(";".join([label, *timed]), f":{self.server} ACK")]
        if len(lines) == 1:
            tags, line = lines[0]
            return [(f"{label};{tags}" if tags else label, line)]
        batch = f"batch={event.batch}"
        inside = [(f"{batch};{tags}" if tags else batch, line) for tags, line in lines]
        begin = (";".join([label, *timed]), f":{self.server} BATCH +{event.batch} labeled-response")
        return [begin, *inside, (";".join(timed), f":{self.server} BATCH -{event.batch}")]


def _joined(lines: list[tuple[str, str]]) -> list[str]:
    return [f"@{tags} {line}" if tags else line for tags, line in lines]


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def server_time(nanoseconds: int) -> str:
    """Return a time as IRCv3 Server Time writes it, with milliseconds."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1_000_000:03}Z"


def channel(room: str) -> str:
    """Return a room's name as IRC writes it."""
    return f"#{room}"


def quit_text(reason: Reason, message: str) -> str:
    """Return why somebody has gone, for the others."""
    if reason is Reason.QUIT:
        return f"Quit: {message}"
    if reason is Reason.KILLED:
        return f"Killed ({message})"
    text = reason_text(str, reason)
    return f"{text}: {message}" if message else text


# --- what each event looks like ----------------------------------------------------------------------------


def _writes(kind: type[Event]) -> Callable[[Writer], Writer]:
    def register(writer: Writer) -> Writer:
        _WRITERS[kind] = writer
        return writer

    return register


def _nothing(_: IrcRenderer, event: Event) -> list[str]:
    if isinstance(event, Refusal):  # the dialect answers refusals by itself; this one came another way
        return [f"FAIL * {event.code.upper().replace('-', '_')} :Refused"]
    return []


def _with_text(head: str, text: str) -> str:
    """Return a line whose last parameter is `text`, cut to the length of a line."""
    return cut(f"{head} :{text}", CONTENT_BYTES)


@_writes(Reply)
def _reply(r: IrcRenderer, e: Reply) -> list[str]:
    # ERROR has no source: it is said by the connection itself (RFC 2812 section 3.7.4).
    head = " ".join(([f":{e.source or r.server}"] if e.command != "ERROR" else []) + [e.command, *e.params])
    return [cut(head, CONTENT_BYTES) if e.text is None else _with_text(head, e.text)]


@_writes(fact.Said)
def _said(r: IrcRenderer, e: fact.Said) -> list[str]:
    if e.kind is Kind.MESSAGE and e.only is None:  # as nearly always
        line = f":{e.source.full_name} PRIVMSG #{e.room} :{e.text}"
        if size(line) <= CONTENT_BYTES:
            return [line]
    return _message(r, e, f"{PREFIXES.get(e.only, '')}#{e.room}" if e.only else f"#{e.room}")


@_writes(fact.Told)
def _told(r: IrcRenderer, e: fact.Told) -> list[str]:
    return _message(r, e, e.nick)


def _message(r: IrcRenderer, e: fact.Said | fact.Told, target: str) -> list[str]:
    if e.kind is Kind.SIGNAL:
        return [f":{e.source.full_name} TAGMSG {target}"] if r.has("message-tags") else []
    verb, opening, closing = _FORMS[e.kind]
    head = f":{e.source.full_name} {verb} {target} :{opening}"
    whole = f"{head}{e.text}{closing}"
    if size(whole) <= CONTENT_BYTES:
        return [whole]
    room = CONTENT_BYTES - size(head) - len(closing)
    return [f"{head}{piece}{closing}" for piece in pieces(e.text, room)]


_FORMS = {
    Kind.MESSAGE: ("PRIVMSG", "", ""),
    Kind.NOTICE: ("NOTICE", "", ""),
    Kind.ACTION: ("PRIVMSG", "\x01ACTION ", "\x01"),
    Kind.REQUEST: ("PRIVMSG", "\x01", "\x01"),
    Kind.ANSWER: ("NOTICE", "\x01", "\x01"),
}


@_writes(fact.Entered)
def _entered(r: IrcRenderer, e: fact.Entered) -> list[str]:
    return [_join(r, e.source, e.room, e.realname)]


@_writes(fact.Admitted)
def _admitted(r: IrcRenderer, e: fact.Admitted) -> list[str]:
    return [_join(r, e.you, e.room.name, e.realname)] if e.you else []


def _join(r: IrcRenderer, who: Identity, room: str, realname: str) -> str:
    line = f":{who.full_name} JOIN {channel(room)}"
    return _with_text(f"{line} *", realname or who.nick) if r.has("extended-join") else line


@_writes(fact.Left)
def _left(_: IrcRenderer, e: fact.Left) -> list[str]:
    return [_part(e.source, e.room, e.message)]


@_writes(fact.Departed)
def _departed(_: IrcRenderer, e: fact.Departed) -> list[str]:
    return [_part(e.you, e.room, e.message)] if e.you else []


def _part(who: Identity, room: str, message: str) -> str:
    line = f":{who.full_name} PART {channel(room)}"
    return _with_text(line, message) if message else line


@_writes(fact.Gone)
def _gone(_: IrcRenderer, e: fact.Gone) -> list[str]:
    return [_with_text(f":{e.source.full_name} QUIT", quit_text(e.reason, e.message))]


@_writes(fact.Kicked)
def _kicked(_: IrcRenderer, e: fact.Kicked) -> list[str]:
    head = f":{e.source.full_name} KICK {channel(e.room)} {e.target.nick}"
    return [_with_text(head, e.message or e.source.nick)]


@_writes(fact.Renamed)
def _renamed(_: IrcRenderer, e: fact.Renamed) -> list[str]:
    return [f":{e.source.full_name} NICK {e.nick}"]


@_writes(fact.Named)
def _named(_: IrcRenderer, e: fact.Named) -> list[str]:
    return [f":{e.before.full_name} NICK {e.you.nick}"] if e.before and e.before.nick != e.you.nick else []


@_writes(fact.TopicChanged)
def _topic_changed(_: IrcRenderer, e: fact.TopicChanged) -> list[str]:
    return [_with_text(f":{e.source.full_name} TOPIC {channel(e.room)}", e.topic)]


@_writes(fact.SettingsChanged)
def _settings_changed(_: IrcRenderer, e: fact.SettingsChanged) -> list[str]:
    head = f":{e.source.full_name} MODE {channel(e.room)} "
    return [head + modes for modes in written(e.changes, CONTENT_BYTES - len(head.encode()))]


@_writes(fact.Invited)
def _invited(_: IrcRenderer, e: fact.Invited) -> list[str]:
    return [f":{e.source.full_name} INVITE {e.nick} {channel(e.room)}"]


@_writes(fact.InviteSeen)
def _invite_seen(r: IrcRenderer, e: fact.InviteSeen) -> list[str]:
    return [f":{e.source.full_name} INVITE {e.nick} {channel(e.room)}"] if r.has("invite-notify") else []


@_writes(fact.AwayChanged)
def _away_changed(r: IrcRenderer, e: fact.AwayChanged) -> list[str]:
    if not r.has("away-notify"):
        return []
    line = f":{e.source.full_name} AWAY"
    return [_with_text(line, e.message) if e.message else line]


@_writes(fact.WatchedAway)
def _watched_away(r: IrcRenderer, e: fact.WatchedAway) -> list[str]:
    return _away_changed(r, fact.AwayChanged(e.source, e.message)) if r.has("extended-monitor") else []


@_writes(fact.RealnameChanged)
def _realname_changed(r: IrcRenderer, e: fact.RealnameChanged) -> list[str]:
    return [_with_text(f":{e.source.full_name} SETNAME", e.realname)] if r.has("setname") else []


@_writes(fact.WatchedRealname)
def _watched_realname(r: IrcRenderer, e: fact.WatchedRealname) -> list[str]:
    return _realname_changed(r, fact.RealnameChanged(e.source, e.realname)) if r.has("extended-monitor") else []


@_writes(fact.CameOnline)
def _came_online(r: IrcRenderer, e: fact.CameOnline) -> list[str]:
    return [f":{r.server} {RPL_MONONLINE} {e.you} :{e.source.full_name}"]


@_writes(fact.WentOffline)
def _went_offline(r: IrcRenderer, e: fact.WentOffline) -> list[str]:
    return [f":{r.server} {RPL_MONOFFLINE} {e.you} :{e.nick}"]


@_writes(fact.Announced)
def _announced(_: IrcRenderer, e: fact.Announced) -> list[str]:
    return [_with_text(f":{e.source.full_name} WALLOPS", e.text)]


@_writes(fact.Ended)
def _ended(_: IrcRenderer, e: fact.Ended) -> list[str]:
    return [_with_text("ERROR", f"Closing link: {quit_text(e.reason, e.message)}")]
