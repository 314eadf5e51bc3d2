"""Rooms: JOIN, PART, TOPIC, KICK, INVITE.

What must stay true: where a command names several rooms or people, each is dealt with as if it had been named
alone.
"""

from collections.abc import Callable, Iterable

from coliseum.core import moderation
from coliseum.core.house_rules import may_see, require_inside
from coliseum.core.refusals import AlreadyInside, NoSuchRoom, RoomInvalid
from coliseum.core.rooms import Room
from coliseum.dialects.irc import isupport, refusals
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.client import Client, safe
from coliseum.dialects.irc.command import command
from coliseum.dialects.irc.commands.listing import send_names
from coliseum.dialects.irc.message import Message, cut
from coliseum.dialects.irc.render import channel
from coliseum.errors import Refused

_MODERN = "https://modern.ircdocs.horse/#"


def each(client: Client, name: str, things: Iterable[str], act: Callable[[str], None]) -> None:
    """Do `act` for each thing; a refusal of one is answered and does not keep the others from being done."""
    for thing in things:
        try:
            act(thing)
        except Refused as refused:
            refusals.answer(client, refused.why, name)


def require_room(client: Client, written: str) -> Room:
    """Return the room that is written so. Raises Refused(NoSuchRoom): none, or a secret one."""
    room = client.room(written)
    if room is None or not may_see(room, client.user):
        raise Refused(NoSuchRoom(safe(written).removeprefix("#")))
    return room


# --- going in and out --------------------------------------------------------------------------------------


@command(
    "JOIN",
    use="<room>{,<room>} [<key>{,<key>}] | 0",
    about="Go into rooms; 0 leaves all.",
    spec=_MODERN + "join-message",
    least=1,
)
def join(client: Client, message: Message) -> None:
    """Enter rooms; a room that does not exist is made."""
    names = message.params[0].split(",")
    if names == ["0"]:
        for room in list(client.user.rooms.values()):
            client.world.leave(client.user, room)
        return
    keys = iter(message.params[1].split(",") if len(message.params) > 1 else ())
    passwords = {name: next(keys, "") for name in names if name}
    each(client, "JOIN", passwords, lambda name: _join(client, name, passwords[name]))


def _join(client: Client, written: str, password: str) -> None:
    if not written.startswith("#"):
        client.reply(n.ERR_NOSUCHCHANNEL, safe(written))
        return
    try:
        room = client.world.enter(client.user, written[1:], password)
    except Refused as refused:
        if isinstance(refused.why, AlreadyInside):
            return  # nothing is said to who is inside already
        if isinstance(refused.why, RoomInvalid):
            client.reply(n.ERR_NOSUCHCHANNEL, safe(written))  # as it was written: clients look for it
            return
        raise
    if room.topic:
        send_topic(client, room)
    if not client.has("no-implicit-names"):
        send_names(client, room)


@command(
    "PART", use="<room>{,<room>} [:<reason>]", about="Go out of rooms.", spec=_MODERN + "part-message", least=1
)
def part(client: Client, message: Message) -> None:
    """Leave rooms."""
    reason = cut(message.params[1], isupport.KICK_BYTES) if len(message.params) > 1 else ""

    def leave(written: str) -> None:
        room = require_room(client, written)
        require_inside(room, client.user)
        client.world.leave(client.user, room, reason)

    each(client, "PART", filter(None, message.params[0].split(",")), leave)


# --- what a room is about ----------------------------------------------------------------------------------


@command(
    "TOPIC",
    use="<room> [:<topic>]",
    about="See or set what a room is about.",
    spec=_MODERN + "topic-message",
    least=1,
)
def topic(client: Client, message: Message) -> None:
    """See a room's topic, or set it; an empty one is taken away."""
    room = require_room(client, message.params[0])
    if len(message.params) > 1:
        client.world.set_topic(client.user, room, cut(message.params[1], client.world.policy.topic_length))
    elif room.topic:
        send_topic(client, room)
    else:
        client.reply(n.RPL_NOTOPIC, channel(room.name))


def send_topic(client: Client, room: Room) -> None:
    """Tell the topic, who set it and when."""
    client.reply(n.RPL_TOPIC, channel(room.name), text=room.topic)
    client.reply(n.RPL_TOPICWHOTIME, channel(room.name), room.topic_by, str(room.topic_time // 1_000_000_000))


# --- who may be there --------------------------------------------------------------------------------------


@command(
    "KICK",
    use="<room> <nick>{,<nick>} [:<reason>]",
    about="Put people out of a room (operators of the room).",
    spec=_MODERN + "kick-message",
    least=2,
)
def kick(client: Client, message: Message) -> None:
    """Put people out of one room, or of as many rooms as people are named (RFC 2812 section 3.2.8)."""
    rooms, nicks = message.params[0].split(","), message.params[1].split(",")
    reason = cut(message.params[2], isupport.KICK_BYTES) if len(message.params) > 2 else ""
    if len(rooms) not in {1, len(nicks)}:
        client.reply(n.ERR_NEEDMOREPARAMS, "KICK")
        return
    pairs = list(zip(rooms * len(nicks) if len(rooms) == 1 else rooms, nicks, strict=False))
    for written, nick in pairs:
        each(
            client,
            "KICK",
            [nick],
            lambda who, written=written: moderation.kick(  # type: ignore[misc]
                client.world, client.user, require_room(client, written), who, reason
            ),
        )


@command(
    "INVITE",
    use="[<nick> <room>]",
    about="Ask somebody into a room; without parameters: see where one is asked to.",
    spec=_MODERN + "invite-message",
)
def invite(client: Client, message: Message) -> None:
    """Invite somebody, or list one's own invitations."""
    if not message.params:
        _list_invitations(client)
        return
    if len(message.params) < 2:
        client.reply(n.ERR_NEEDMOREPARAMS, "INVITE")
        return
    nick, written = message.params[:2]
    client.world.find(nick)
    room = require_room(client, written)
    target = moderation.invite(client.world, client.user, room, nick)
    client.reply(n.RPL_INVITING, target.nick, channel(room.name))
    if target.away:
        client.reply(n.RPL_AWAY, target.nick, text=target.away)


def _list_invitations(client: Client) -> None:
    for key, room in client.user.invitations.items():
        if client.world.rooms.get(key) is room:  # it may have ended since
            client.reply(n.RPL_INVITELIST, channel(room.name))
    client.reply(n.RPL_ENDOFINVITELIST)
