"""MODE: settings of rooms and traits of users.

What must stay true: a bad parameter is answered with 696 and changes nothing; the changes before and after it are
made.

Source: modern.ircdocs.horse "MODE message", "Mode parameters".
"""

from collections.abc import Iterator

from coliseum.core.house_rules import may_see, require_operator
from coliseum.core.kinds import Setting, Trait
from coliseum.core.masks import parse as parse_mask
from coliseum.core.moderation import Changes
from coliseum.core.presence import set_trait
from coliseum.core.refusals import NoSuchRoom
from coliseum.core.rooms import Room
from coliseum.dialects.irc import isupport, refusals
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.client import Client, safe
from coliseum.dialects.irc.command import command
from coliseum.dialects.irc.message import Message
from coliseum.dialects.irc.modes import FLAGS, LISTS, ROLES, USER_MODES, split, user_modes
from coliseum.dialects.irc.render import channel
from coliseum.errors import Refused

_LIST_REPLIES = {
    Setting.BAN: (n.RPL_BANLIST, n.RPL_ENDOFBANLIST),
    Setting.EXCEPTION: (n.RPL_EXCEPTLIST, n.RPL_ENDOFEXCEPTLIST),
    Setting.INVITATION: (n.RPL_INVEXLIST, n.RPL_ENDOFINVEXLIST),
}
_GREATEST_CAPACITY = 1_000_000


@command(
    "MODE",
    use="<room>|<nick> [<modes> [<parameters>]]",
    about="See or change settings of a room, or of oneself.",
    spec="https://modern.ircdocs.horse/#mode-message",
    least=1,
)
def mode(client: Client, message: Message) -> None:
    """Show or change modes."""
    target, *words = message.params
    if not target.startswith("#"):
        _user_mode(client, target, words)
        return
    room = client.room(target)
    if room is None or not may_see(room, client.user):
        raise Refused(NoSuchRoom(safe(target).removeprefix("#")))
    if words:
        _RoomModes(client, room, words[0], words[1:]).run()
    else:
        _show(client, room)


def _show(client: Client, room: Room) -> None:
    inside = client.user in room.members
    letters = [letter for letter, setting in FLAGS.items() if setting in room.flags]
    values = []
    if room.password:
        letters.append("k")
        values.append(room.password if inside else "*")
    if capacity := client.world.capacity(room):
        letters.append("l")
        values.append(str(capacity))
    client.reply(n.RPL_CHANNELMODEIS, channel(room.name), "+" + "".join(sorted(letters)), *values)
    client.reply(n.RPL_CREATIONTIME, channel(room.name), str(room.made // 1_000_000_000))


class _RoomModes:
    """One MODE command for one room."""

    def __init__(self, client: Client, room: Room, modes: str, words: list[str]) -> None:
        self._client = client
        self._room = room
        self._modes = modes
        self._words = iter(words)
        self._changes = Changes(client.world, client.user, room)
        self._refused: set[str] = set()
        self._shown: set[Setting] = set()

    def run(self) -> None:
        """Make all changes that can be made, and tell them together."""
        for on, letter in split([self._modes]):
            try:
                self._one(letter, on=on)
            except Refused as refused:
                # One answer is enough, however many letters somebody tries who may not.
                if refused.why.code not in self._refused or refused.why.code not in {
                    "not-operator",
                    "outside-room",
                }:
                    refusals.answer(self._client, refused.why, "MODE")
                self._refused.add(refused.why.code)
        self._changes.tell()

    def _one(self, letter: str, *, on: bool) -> None:
        if letter in FLAGS:
            self._changes.flag(FLAGS[letter], on=on)
        elif letter in LISTS:
            self._list(letter, LISTS[letter], on=on)
        elif letter in ROLES:
            self._role(letter, on=on)
        elif letter == "k":
            self._key(on=on)
        elif letter == "l":
            self._limit(on=on)
        else:
            self._client.reply(n.ERR_UNKNOWNMODE, safe(letter))

    def _list(self, letter: str, setting: Setting, *, on: bool) -> None:
        word = next(self._words, "")
        if not word:
            if setting not in self._shown:
                self._shown.add(setting)
                _show_list(self._client, self._room, setting)
            return
        mask = parse_mask(word)
        if mask is None:
            self._bad(letter, word, "That is no mask")
        else:
            self._changes.mask(setting, mask, on=on)

    def _role(self, letter: str, *, on: bool) -> None:
        nick = next(self._words, "")
        if nick:
            self._changes.role(ROLES[letter], nick, on=on)
        else:
            self._bad(letter, "", "A nick is needed")

    def _key(self, *, on: bool) -> None:
        key = next(self._words, "")
        if not on:
            self._changes.password("")
        elif not key or len(key.encode()) > isupport.KEY_BYTES or not key.isprintable() or set(key) & set(" ,:"):
            self._bad("k", "", f"A key has up to {isupport.KEY_BYTES} bytes, without spaces, commas and colons")
        else:
            self._changes.password(key)

    def _limit(self, *, on: bool) -> None:
        if not on:
            self._changes.capacity(0)
            return
        word = next(self._words, "")
        number = int(word) if word.isascii() and word.isdecimal() and len(word) < 10 else 0
        if 0 < number <= _GREATEST_CAPACITY:
            self._changes.capacity(number)
        else:
            self._bad("l", word, "A number above 0 is needed")

    def _bad(self, letter: str, word: str, why: str) -> None:
        require_operator(self._room, self._client.user)
        self._client.reply(n.ERR_INVALIDMODEPARAM, channel(self._room.name), letter, safe(word), text=why)


def _show_list(client: Client, room: Room, setting: Setting) -> None:
    row, end = _LIST_REPLIES[setting]
    for entry in room.lists[setting].values():
        client.reply(row, channel(room.name), entry.mask.text, entry.by, str(entry.time // 1_000_000_000))
    client.reply(end, channel(room.name))


# --- users -------------------------------------------------------------------------------------------------


def _user_mode(client: Client, nick: str, words: list[str]) -> None:
    target = client.world.find(nick)
    if target is not client.user:
        client.reply(n.ERR_USERSDONTMATCH)
        return
    if not words:
        client.reply(n.RPL_UMODEIS, user_modes(target.traits))
        return
    if made := "".join(_change_own(client, words[0])):
        client.from_self("MODE", client.nick, _merged(made))


def _change_own(client: Client, modes: str) -> Iterator[str]:
    unknown = False
    for on, letter in split([modes]):
        trait = USER_MODES.get(letter)
        if trait is None:
            unknown = True
        elif trait is Trait.OPERATOR and on:
            pass  # only OPER makes one; nothing is said (RFC 2812 section 3.1.5)
        elif set_trait(client.world, client.user, trait, on=on):
            if trait is Trait.OPERATOR:
                client.session.exempt = False
            yield ("+" if on else "-") + letter
    if unknown:
        client.reply(n.ERR_UMODEUNKNOWNFLAG)


def _merged(modes: str) -> str:
    """Return `+i+w-B` as `+iw-B`."""
    result, sign = "", ""
    for mark, letter in zip(modes[::2], modes[1::2], strict=True):
        result += letter if mark == sign else mark + letter
        sign = mark
    return result
