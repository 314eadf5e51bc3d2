"""WHO and WHOX: who is in a room, or matches a mask.

What must stay true: whoever is invisible and shares no room with the one who asks is found by nick only; a room's
list costs the room, a nick's costs nothing, only a mask walks through all users.

Sources: modern.ircdocs.horse "WHO message", IRCv3 WHOX.
"""

from collections.abc import Callable, Iterator

from coliseum.core.house_rules import may_see
from coliseum.core.kinds import Trait
from coliseum.core.masks import glob
from coliseum.core.names import fold
from coliseum.core.rooms import Room
from coliseum.core.users import User
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.client import Client, safe
from coliseum.dialects.irc.command import command
from coliseum.dialects.irc.message import Message
from coliseum.dialects.irc.modes import USER_LETTERS, prefixes
from coliseum.dialects.irc.render import channel

FIELDS = "tcuihsnfdlaor"
"The fields of WHOX in the order in which they are answered."
MOST_FOUND = 100
"By a mask: others wait while a list is written, and on a large server it would be long. A room is never cut."
_TOKEN_LENGTH = 3


@command(
    "WHO",
    use="<mask> [o][%<fields>[,<token>]]",
    about="See who is in a room, or matches a mask; o: operators of the server only.",
    spec="https://modern.ircdocs.horse/#who-message",
)
def who(client: Client, message: Message) -> None:
    """List users."""
    mask = message.params[0] if message.params and message.params[0] else "*"
    options, _, fields = (message.params[1] if len(message.params) > 1 else "").partition("%")
    fields, _, token = fields.partition(",")
    extended = len(message.params) > 1 and "%" in message.params[1]
    listed = 0
    for user, room in _found(client, mask):
        if "o" in options and Trait.OPERATOR not in user.traits:
            continue
        listed += 1
        if listed > MOST_FOUND and room is None and Trait.OPERATOR not in client.user.traits:
            words = f"Only the first {MOST_FOUND} are listed, a narrower mask finds the others"
            client.warn("WHO", "TOO_MANY_MATCHES", safe(mask), text=words)
            break
        if extended:
            _answer_extended(client, user, room, fields, token[:_TOKEN_LENGTH])
        else:
            _answer(client, user, room)
    client.reply(n.RPL_ENDOFWHO, safe(mask))


def _found(client: Client, mask: str) -> Iterator[tuple[User, Room | None]]:
    asker, world = client.user, client.world
    if mask.startswith("#"):
        room = client.room(mask)
        if room is not None and may_see(room, asker):
            inside = asker in room.members
            yield from (
                (user, room)
                for user in room.members
                if inside or user is asker or Trait.INVISIBLE not in user.traits
            )
    elif (one := world.users.get(fold(mask))) is not None:
        yield one, None
    else:
        matches = _matcher(client, mask)
        for user in world.users.values():
            if (
                Trait.INVISIBLE not in user.traits or user is asker or user.rooms.keys() & asker.rooms.keys()
            ) and matches(user):
                yield user, None


def _matcher(client: Client, mask: str) -> Callable[[User], bool]:
    """Return the question whether a user matches.

    By nick, username, host, real name, server or all of the first.
    """
    pattern = glob("*" if mask == "0" else mask)

    def matches(user: User) -> bool:
        you = user.identity
        names = (
            you.nick,
            you.username,
            you.host,
            user.realname,
            client.server,
            f"{you.nick}!{you.username}@{you.host}",
        )
        return any(pattern.fullmatch(fold(name)) for name in names)

    return matches


def _flags(client: Client, user: User, room: Room | None) -> str:
    flags = "G" if user.away else "H"
    if Trait.OPERATOR in user.traits:
        flags += "*"
    if room is not None:
        flags += prefixes(room.members[user], all_of_them=client.has("multi-prefix"))
    if Trait.BOT in user.traits:
        flags += USER_LETTERS[Trait.BOT]
    return flags


def _answer(client: Client, user: User, room: Room | None) -> None:
    you = user.identity
    place = channel(room.name) if room is not None else "*"
    client.reply(
        n.RPL_WHOREPLY,
        place,
        you.username,
        you.host,
        client.server,
        you.nick,
        _flags(client, user, room),
        text=f"0 {user.realname or you.nick}",
    )


def _answer_extended(client: Client, user: User, room: Room | None, fields: str, token: str) -> None:
    you = user.identity
    idle = int(client.world.now.monotonic - user.last_spoke)
    values = {
        "t": token if token.isascii() and token.isdecimal() else "0",
        "c": channel(room.name) if room is not None else "*",
        "u": you.username,
        "i": "255.255.255.255",  # addresses are nobody's business
        "h": you.host,
        "s": client.server,
        "n": you.nick,
        "f": _flags(client, user, room),
        "d": "0",
        "l": str(idle),
        "a": "0",
        "o": "n/a",
        "r": user.realname or you.nick,
    }
    wanted = [field for field in FIELDS if field in fields]
    words = [values[field] for field in wanted if field != "r"]
    client.reply(n.RPL_WHOSPCRPL, *words, text=values["r"] if "r" in wanted else None)
