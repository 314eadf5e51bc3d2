"""The reference page of this dialect, made from the tables that the code itself goes by.

`python -m coliseum.dialects.irc.manual > docs/reference/irc.md` writes it; a test compares the two. What is said
here and nowhere else are the words about modes and tokens; the tests see to it that every one of them has some.
"""

from collections.abc import Iterable, Sequence

from coliseum.core.kinds import Setting, Trait
from coliseum.core.limits import Policy
from coliseum.dialects.irc import commands, isupport  # noqa: F401 - the first fills the table of commands
from coliseum.dialects.irc.capabilities import CAPABILITIES
from coliseum.dialects.irc.command import COMMANDS
from coliseum.dialects.irc.modes import LETTERS, USER_LETTERS

_MODERN = "https://modern.ircdocs.horse/#"
_IRCV3 = "https://ircv3.net/specs/extensions/"

ROOM_MODES = {
    Setting.OPERATOR: (
        "nick",
        "operator of the room (`@`): who made it is the first; in the lobby the server's operators are",
        "operator-prefix",
    ),
    Setting.VOICE: ("nick", "is heard in a moderated room (`+`)", "voice-prefix"),
    Setting.BAN: (
        "mask",
        "who matches neither comes in nor is heard; `~m:mask` only silences",
        "ban-channel-mode",
    ),
    Setting.EXCEPTION: ("mask", "who matches is not banned", "ban-exception-channel-mode"),
    Setting.INVITATION: ("mask", "who matches needs no invitation", "invite-exception-channel-mode"),
    Setting.PASSWORD: ("key", "who comes in has to know it; `-k` takes any parameter or none", "key-channel-mode"),
    Setting.CAPACITY: (
        "number",
        (
            "how many may be inside; without it `limits.room_capacity` counts and is shown; `-l` lifts every "
            "limit. The invitation of an operator overrules `+l`, not the server's own limit"
        ),
        "client-limit-channel-mode",
    ),
    Setting.INVITE_ONLY: ("", "only who was invited comes in", "invite-only-channel-mode"),
    Setting.MODERATED: ("", "only `@` and `+` are heard", "moderated-channel-mode"),
    Setting.MEMBERS_ONLY: (
        "",
        "nobody speaks into the room from outside; on in new rooms",
        "no-external-messages-mode",
    ),
    Setting.SECRET: ("", "who is not inside does not learn that the room exists", "secret-channel-mode"),
    Setting.TOPIC_LOCKED: ("", "only operators change the topic", "protected-topic-mode"),
    Setting.NO_REQUESTS: ("", "no CTCP but actions", "ctcp"),
}
USER_MODES = {
    Trait.BOT: ("a program, and says so: 335 in WHOIS, `B` in WHO, the tag `bot`", _IRCV3 + "bot-mode"),
    Trait.INVISIBLE: ("who shares no room finds them by nick only", _MODERN + "invisible-user-mode"),
    Trait.LISTENER: ("hears WALLOPS", _MODERN + "wallops-user-mode"),
    Trait.OPERATOR: ("administers the server; given by OPER, taken back with `-o`", _MODERN + "oper-user-mode"),
    Trait.UNREQUESTED: ("CTCP does not reach them", _MODERN + "ctcp"),
}
TOKENS = {
    "AWAYLEN": "bytes of an away message; longer ones are cut",
    "BOT": "the mode of bots",
    "CASEMAPPING": "A and a are the same, Á and á are not",
    "CHANLIMIT": "rooms that one may be in",
    "CHANMODES": "modes of rooms: lists, always a parameter, a parameter when set, none",
    "CHANNELLEN": "characters of a room's name, with the `#`",
    "CHANTYPES": "what a room's name begins with",
    "ELIST": "filters that LIST takes",
    "EXCEPTS": "the mode of ban exceptions",
    "EXTBAN": "`~m:mask` silences",
    "HOSTLEN": "bytes of a host",
    "INVEX": "the mode of invite exceptions",
    "KEYLEN": "bytes of a key; longer ones are refused with 696",
    "KICKLEN": "bytes of a reason (KICK, PART, QUIT, KILL); longer ones are cut",
    "MAXLIST": "masks on the lists of one room together",
    "MODES": "changes with a parameter that come back in one line",
    "MONITOR": "nicks that one client may monitor",
    "NAMELEN": "bytes of a real name",
    "NETWORK": "`server.network` in the configuration",
    "NICKLEN": "characters of a nick",
    "PREFIX": "roles in a room and their signs",
    "SAFELIST": "LIST never ends the connection",
    "STATUSMSG": "`@#room` is read by operators only",
    "TARGMAX": "how many targets a command takes",
    "TOPICLEN": "bytes of a topic; longer ones are cut",
    "USERLEN": "bytes of a username, with the tilde",
    "UTF8ONLY": "everything is UTF-8; other lines are refused with FAIL INVALID_UTF8",
    "WHOX": "WHO takes fields",
}
_SPECS = {
    "BOT": _IRCV3 + "bot-mode",
    "MONITOR": _IRCV3 + "monitor",
    "UTF8ONLY": _IRCV3 + "utf8-only",
    "WHOX": _IRCV3 + "whox",
}

_HEAD = """\
# IRC

This page is made from the code (`python -m coliseum.dialects.irc.manual`) and checked against it by the tests.

`ircs://` is IRC over TLS (port 6697, on by default on localhost), `irc://` without (6667, loopback only). Any
client will do. A room is written with `#`: `#lobby` here is the room `lobby` of the plain dialect, and people
on both meet in it. The server speaks as a host name: where `server.name` has no dot, `.local` is put behind it,
so that nobody's nick can look like it.

What is not in the specifications, or a choice where they leave one:

* A line is at most 512 bytes, its tags 4096 more. A longer one is answered with 417 and dropped; one without an
  end (16 KiB) ends the connection. A message that only becomes too long behind its sender's full name is cut at
  the end of a character and its sender is told; a long line of the plain dialect arrives as several.
* Hosts are cloaks (`0123456789ab.hidden`), the same for the same address as long as the server runs. Only
  server operators, and oneself, see addresses (378 in WHOIS).
* WHO lists a hundred people at most when a mask finds more, and says so; rooms are never cut, and server operators
  see all.
* A nick, or a new room, that cannot be told by the eye from one in use is refused with 433 or 403, and the other's
  name in the text (Unicode's UTS 39; see the [plain dialect](plain.md#names)).
* `time` tags differ by at least a millisecond as long as that keeps within a second of the clock; `msgid`
  always rises.
* Flood control reads more slowly, it never ends a connection; server operators are exempt. Clients that are
  silent for 90 seconds are sent a PING, and 90 seconds later the connection ends.
* Somebody who begins with an HTTP verb is a lost browser: the connection ends.
* The host never changes (CHGHOST is never sent). Accounts do not exist yet: `*` in JOIN, `0` in WHOX.

`[[opers]]` in the configuration says who may become a server operator, `server.admin` what ADMIN answers,
`server.motd` what MOTD does, `server.password` what PASS has to be. All limits:
[configuration](configuration.md).
"""


def page() -> str:
    """Return the page in Markdown."""
    return "\n".join([_HEAD, *_commands(), "", *_modes(), "", *_capabilities(), "", *_tokens(), ""])


def _commands() -> Iterable[str]:
    rows = [
        (f"`{row.name}`", f"`{row.use}`" if row.use else "", row.about, row.when.value, row.spec)
        for row in sorted(COMMANDS.values(), key=lambda row: row.name)
    ]
    yield "## Commands\n"
    yield from _table(("command", "parameters", "what it does", "counts", "specification"), rows)


def _modes() -> Iterable[str]:
    yield "## Modes of rooms\n"
    rows = [
        (f"`{LETTERS[setting]}`", parameter, about, _MODERN + anchor)
        for setting, (parameter, about, anchor) in ROOM_MODES.items()
    ]
    yield from _table(("mode", "parameter", "what it does", "specification"), rows)
    yield "\n## Modes of users\n"
    yield from _table(
        ("mode", "what it means", "specification"),
        [(f"`{USER_LETTERS[trait]}`", about, spec) for trait, (about, spec) in USER_MODES.items()],
    )


def _capabilities() -> Iterable[str]:
    yield "## Capabilities\n"
    rows = [(f"`{row.name}`", row.about, row.spec) for row in CAPABILITIES]
    yield from _table(("capability", "what it does", "specification"), rows)


def _tokens() -> Iterable[str]:
    yield "## ISUPPORT\n"
    rows = [
        (
            f"`{name}={value}`" if value else f"`{name}`",
            TOKENS[name],
            _SPECS.get(name, f"{_MODERN}{name.lower()}-parameter"),
        )
        for name, value in isupport.tokens(Policy()).items()
    ]
    yield from _table(("token", "what it says", "specification"), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    print(page(), end="")
