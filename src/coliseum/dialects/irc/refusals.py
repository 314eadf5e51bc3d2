"""Refusals in the words of IRC: which numeric each `no` of the core is.

What must stay true: every refusal that a verb can raise has a row (the tests go through the classes); a numeric's
parameters are those of modern.ircdocs.horse "Numerics".
"""

from collections.abc import Callable, Sequence
from typing import Any

from coliseum.core import refusals as no
from coliseum.core.kinds import Setting
from coliseum.core.refusals import Refusal
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.client import Client, safe
from coliseum.dialects.irc.message import cut
from coliseum.dialects.irc.modes import LETTERS
from coliseum.dialects.irc.render import channel

_NICKS_BYTES = 300
"Of those that a list had no place for."
_TALK = {
    Setting.MODERATED: "Cannot send to channel (+m)",
    Setting.MEMBERS_ONLY: "Cannot send to channel (+n)",
    Setting.NO_REQUESTS: "Cannot send CTCP to channel (+C)",
    Setting.BAN: "Cannot send to channel (+b)",
}


def answer(client: Client, why: Refusal, command: str) -> None:
    """Tell the client no, and the log that it was told; a NOTICE is never answered (RFC 2812 section 3.3.2)."""
    client.world.note("refused", session=client.session.id, code=why.code)
    if command == "NOTICE":
        return
    match why:
        case no.NotText():
            client.fail(command or "*", "INVALID_UTF8", text="Message rejected, it is not valid UTF-8")
        case no.ControlCharacters():
            client.reply(n.ERR_UNKNOWNERROR, safe(command), text="CR and NUL are not allowed")
        case no.CannotSpeak(room, setting):
            client.reply(n.ERR_CANNOTSENDTOCHAN, channel(room), text=_TALK[Setting(setting)])
        case no.NickLooksTaken(nick, other):
            client.reply(n.ERR_NICKNAMEINUSE, nick, text=f"Nickname looks like {other}, which is in use")
        case no.RoomLooksTaken(room, other):
            like = channel(other) if other else "another channel"
            client.reply(n.ERR_NOSUCHCHANNEL, channel(room), text=f"Channel name looks like {like}")
        case _ if type(why) in _NUMERICS:
            number, params = _NUMERICS[type(why)]
            client.reply(number, *params(why))
        case _:
            client.reply(n.ERR_UNKNOWNERROR, command or "*", text=why.code)


def _room(why: Any) -> tuple[str, ...]:
    return (channel(safe(why.room)),)


def _some(nicks: Sequence[str]) -> str:
    """Return as many of `nicks` as surely fit into the answer."""
    shown = cut(",".join(map(safe, nicks)), _NICKS_BYTES)
    return (
        shown
        if len(nicks) == shown.count(",") + 1 and shown.endswith(safe(nicks[-1]))
        else shown.rpartition(",")[0]
    )


_NUMERICS: dict[type[Refusal], tuple[str, Callable[[Any], tuple[str, ...]]]] = {
    no.RoomFull: (n.ERR_CHANNELISFULL, _room),
    no.RoomPasswordWrong: (n.ERR_BADCHANNELKEY, _room),
    no.InviteOnly: (n.ERR_INVITEONLYCHAN, _room),
    no.Banned: (n.ERR_BANNEDFROMCHAN, _room),
    no.TooManyRooms: (n.ERR_TOOMANYCHANNELS, _room),
    no.RoomInvalid: (n.ERR_NOSUCHCHANNEL, _room),
    no.NoSuchRoom: (n.ERR_NOSUCHCHANNEL, _room),
    no.OutsideRoom: (n.ERR_NOTONCHANNEL, _room),
    no.NotOperator: (n.ERR_CHANOPRIVSNEEDED, _room),
    no.NotMember: (n.ERR_USERNOTINCHANNEL, lambda why: (safe(why.nick), channel(why.room))),
    no.AlreadyMember: (n.ERR_USERONCHANNEL, lambda why: (why.nick, channel(why.room))),
    no.ListFull: (n.ERR_BANLISTFULL, lambda why: (channel(why.room), LETTERS[Setting(why.setting)])),
    no.WatchListFull: (n.ERR_MONLISTFULL, lambda why: (str(why.limit), _some(why.nicks))),
    no.NickInvalid: (n.ERR_ERRONEUSNICKNAME, lambda why: (safe(why.nick),)),
    no.NickTaken: (n.ERR_NICKNAMEINUSE, lambda why: (why.nick,)),
    no.NoSuchNick: (n.ERR_NOSUCHNICK, lambda why: (safe(why.nick),)),
    no.NoRequests: (n.ERR_CANNOTSENDTOUSER, lambda why: (why.nick,)),
    no.TopicTooLong: (n.ERR_INPUTTOOLONG, lambda _: ()),
    no.LineTooLong: (n.ERR_INPUTTOOLONG, lambda _: ()),
}
