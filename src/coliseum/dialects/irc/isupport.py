"""ISUPPORT: what the server tells about itself in 005, so that clients need not guess.

What must stay true: every token is true, taken from the place that keeps it; at most 13 tokens go into a line
(RFC 2812 allows 15 parameters), and a value has no second `=`.

Source: modern.ircdocs.horse "RPL_ISUPPORT Parameters", IRCv3 Bot Mode, Monitor, UTF8ONLY, WHOX.
"""

from coliseum.core.kinds import Trait
from coliseum.core.limits import Policy
from coliseum.core.moderation import LIST_LENGTH
from coliseum.core.names import NICK_LENGTH, ROOM_LENGTH
from coliseum.core.presence import WATCH_LENGTH
from coliseum.dialects.irc.modes import EXTBAN_PREFIX, EXTBANS, FLAGS, LISTS, PREFIXES, ROLES, USER_LETTERS

AWAY_BYTES = 200
KICK_BYTES = 300
NAME_BYTES = 150
HOST_BYTES = 64
USER_BYTES = 20
KEY_BYTES = 32
TARGETS = 4
"To how many one message may be sent."
MODES_AT_ONCE = 20
"Changes with a parameter in one MODE."
TARGMAX = {
    "JOIN": "",
    "KICK": "",
    "LIST": "",
    "NAMES": "1",
    "NOTICE": str(TARGETS),
    "PART": "",
    "PRIVMSG": str(TARGETS),
    "TAGMSG": str(TARGETS),
    "WHOIS": "1",
    "WHOWAS": "1",
}
"How many targets each command takes; empty: any number."
TOKENS_A_LINE = 13


def tokens(policy: Policy) -> dict[str, str]:
    """Return the tokens with their values; an empty value stands for the name alone."""
    letters = "".join(sorted(LISTS))
    roles = "".join(ROLES)
    signs = "".join(PREFIXES.values())
    return {
        "AWAYLEN": str(AWAY_BYTES),
        "BOT": USER_LETTERS[Trait.BOT],
        "CASEMAPPING": "ascii",
        "CHANLIMIT": f"#:{policy.rooms_per_user}",
        "CHANMODES": f"{letters},k,l,{''.join(sorted(FLAGS))}",
        "CHANNELLEN": str(ROOM_LENGTH + 1),
        "CHANTYPES": "#",
        "ELIST": "CMNTU",
        "EXCEPTS": "e",
        "EXTBAN": f"{EXTBAN_PREFIX},{EXTBANS}",
        "HOSTLEN": str(HOST_BYTES),
        "INVEX": "I",
        "KEYLEN": str(KEY_BYTES),
        "KICKLEN": str(KICK_BYTES),
        "MAXLIST": f"{letters}:{LIST_LENGTH}",
        "MODES": str(MODES_AT_ONCE),
        "MONITOR": str(WATCH_LENGTH),
        "NAMELEN": str(NAME_BYTES),
        "NETWORK": escaped(policy.network),
        "NICKLEN": str(NICK_LENGTH),
        "PREFIX": f"({roles}){signs}",
        "SAFELIST": "",
        "STATUSMSG": signs,
        "TARGMAX": ",".join(f"{command}:{most}" for command, most in TARGMAX.items()),
        "TOPICLEN": str(policy.topic_length),
        "USERLEN": str(USER_BYTES),
        "UTF8ONLY": "",
        "WHOX": "",
    }


def lines(policy: Policy) -> list[tuple[str, ...]]:
    """Return the tokens as the parameters of each 005 line."""
    words = [f"{name}={value}" if value else name for name, value in tokens(policy).items()]
    return [tuple(words[i : i + TOKENS_A_LINE]) for i in range(0, len(words), TOKENS_A_LINE)]


def escaped(value: str) -> str:
    r"""Return a value without spaces and `=`: as `\x20` and `\x3D`."""
    return "".join(f"\\x{ord(c):02X}" if c in " =\\" else c for c in value)
