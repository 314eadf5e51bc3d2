"""Lists of rooms and of who is in them: NAMES, LIST."""

from collections.abc import Callable, Iterable, Iterator

from coliseum.core.house_rules import may_see
from coliseum.core.kinds import Setting, Trait
from coliseum.core.masks import glob
from coliseum.core.names import fold
from coliseum.core.rooms import Room
from coliseum.core.users import User
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.client import Client, safe
from coliseum.dialects.irc.command import command
from coliseum.dialects.irc.message import Message
from coliseum.dialects.irc.modes import prefixes
from coliseum.dialects.irc.render import channel

_MODERN = "https://modern.ircdocs.horse/#"
_MINUTE = 60 * 1_000_000_000


@command("NAMES", use="<room>{,<room>}", about="See who is in a room.", spec=_MODERN + "names-message")
def names(client: Client, message: Message) -> None:
    """List who is in the rooms; a room that does not exist, or is secret, has nobody in it.

    Several rooms are answered one after the other, though ISUPPORT promises one: nothing says how they would end.
    """
    for written in message.params[0].split(",") if message.params else ():
        room = client.room(written)
        if room is not None and may_see(room, client.user):
            send_names(client, room)
        else:
            client.reply(n.RPL_ENDOFNAMES, safe(written))
    if not message.params:
        client.reply(n.RPL_ENDOFNAMES, "*")


def send_names(client: Client, room: Room) -> None:
    """List who is in `room`, in as many lines as it takes."""
    inside = client.user in room.members

    def name(user: User, roles: Iterable[Setting]) -> str:
        written = user.identity.full_name if client.has("userhost-in-names") else user.nick
        return prefixes(roles, all_of_them=client.has("multi-prefix")) + written

    shown = [name(*one) for one in room.members.items() if inside or Trait.INVISIBLE not in one[0].traits]
    symbol = "@" if Setting.SECRET in room.flags else "="
    client.reply_words(n.RPL_NAMREPLY, symbol, channel(room.name), words=shown)
    client.reply(n.RPL_ENDOFNAMES, channel(room.name))


@command(
    "LIST",
    use="[<room>{,<room>}] [<filter>{,<filter>}]",
    about="See the rooms. Filters: >N and <N people, *mask*, !mask, C>N and C<N (made before or after N minutes "
    "ago), T>N and T<N (topic likewise).",
    spec=_MODERN + "list-message",
)
def list_(client: Client, message: Message) -> None:
    """List the rooms that one may know of and that pass all filters."""
    words = [word for param in message.params[:1] for word in param.split(",") if word]
    words += [word for param in message.params[1:2] for word in param.split(",") if word and _is_filter(word)]
    named = [word for word in words if not _is_filter(word)]
    tests = [_test(client, word) for word in words if _is_filter(word)]
    client.reply(n.RPL_LISTSTART, "Channel", text="Users  Name")
    for room in _candidates(client, named):
        if room.members and may_see(room, client.user) and all(test(room) for test in tests):
            client.reply(n.RPL_LIST, channel(room.name), str(len(room.members)), text=room.topic)
    client.reply(n.RPL_LISTEND)


def _candidates(client: Client, named: list[str]) -> Iterator[Room]:
    """Return the rooms that are named and exist, each once; all of them where none is named."""
    if named:
        return iter({room.key: room for word in named if (room := client.room(word))}.values())
    return client.world.list_rooms()


def _is_filter(word: str) -> bool:
    return word[0] in "<>!" or "*" in word or "?" in word or word[:2].upper() in {"C<", "C>", "T<", "T>"}


def _test(client: Client, word: str) -> Callable[[Room], bool]:
    """Return what a filter asks (ELIST: C creation time, M mask, N no mask, T topic time, U users)."""
    kind = word[0].upper()
    if kind in "CT" and word[1:2] in {"<", ">"}:
        return _age_test(client.world.now.wall, kind, word[1], word[2:])
    if kind in "<>":
        limit = int(word[1:]) if word[1:].isdecimal() else 0
        return (
            (lambda room: len(room.members) > limit) if kind == ">" else (lambda room: len(room.members) < limit)
        )
    wanted = kind != "!"
    pattern = glob(word if wanted else word[1:])
    return lambda room: (pattern.fullmatch(fold(channel(room.name))) is not None) == wanted


def _age_test(now: int, kind: str, sign: str, number: str) -> Callable[[Room], bool]:
    moment = now - (int(number) if number.isdecimal() else 0) * _MINUTE

    def test(room: Room) -> bool:
        time = room.made if kind == "C" else room.topic_time
        if not time:
            return False
        # "C>10": made more than ten minutes ago.
        return time < moment if sign == ">" else time > moment

    return test
