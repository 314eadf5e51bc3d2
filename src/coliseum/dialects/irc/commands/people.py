"""People: AWAY, SETNAME, WHOIS, WHOWAS, USERHOST, ISON."""

from collections.abc import Callable

from coliseum.core.house_rules import may_see
from coliseum.core.kinds import Trait
from coliseum.core.names import fold
from coliseum.core.presence import set_away, set_realname
from coliseum.core.rooms import Room
from coliseum.core.users import User
from coliseum.dialects.irc import isupport
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.client import Client, safe
from coliseum.dialects.irc.command import When, command
from coliseum.dialects.irc.message import Message, cut
from coliseum.dialects.irc.modes import prefixes
from coliseum.dialects.irc.render import channel, server_time

_MODERN = "https://modern.ircdocs.horse/#"
_MOST_NICKS = 5
"Of one USERHOST (RFC 2812 section 4.8)."


@command(
    "AWAY",
    use="[:<message>]",
    about="Say that one is away; without a message: back.",
    spec=_MODERN + "away-message",
    when=When.ALWAYS,
)
def away(client: Client, message: Message) -> None:
    """Go or come back; before the registration is complete only with draft/pre-away."""
    text = cut(message.params[0], isupport.AWAY_BYTES) if message.params else ""
    if not client.registration.done:
        if not client.has("draft/pre-away"):
            client.reply(n.ERR_NOTREGISTERED)
            return
        client.registration.away = text
    else:
        set_away(client.world, client.user, text)
    client.reply(n.RPL_NOWAWAY if text else n.RPL_UNAWAY)


@command(
    "SETNAME",
    use=":<realname>",
    about="Change one's real name.",
    spec="https://ircv3.net/specs/extensions/setname",
    least=1,
)
def setname(client: Client, message: Message) -> None:
    """Change the real name."""
    realname = message.params[0]
    if not realname.strip() or len(realname.encode()) > isupport.NAME_BYTES:
        client.fail("SETNAME", "INVALID_REALNAME", text=f"A real name has 1 to {isupport.NAME_BYTES} bytes")
    else:
        set_realname(client.world, client.user, realname)


# --- WHOIS -------------------------------------------------------------------------------------------------


@command("WHOIS", use="[<server>] <nick>", about="See who somebody is.", spec=_MODERN + "whois-message")
def whois(client: Client, message: Message) -> None:
    """Tell about one user."""
    words = [word for word in message.params[:2] if word]
    if not words:
        client.reply(n.ERR_NONICKNAMEGIVEN)
        return
    wanted = words[-1].split(",")[0]
    if len(words) == 2 and fold(words[0]) not in {fold(client.server), fold(wanted)}:
        client.reply(n.ERR_NOSUCHSERVER, safe(words[0]))
        return
    user = client.world.users.get(fold(wanted))
    if user is None:
        client.reply(n.ERR_NOSUCHNICK, safe(wanted))
    else:
        _tell_about(client, user)
    client.reply(n.RPL_ENDOFWHOIS, safe(wanted))


def _tell_about(client: Client, user: User) -> None:
    you = user.identity
    own = user is client.user
    client.reply(n.RPL_WHOISUSER, you.nick, you.username, you.host, "*", text=user.realname or you.nick)
    _tell_rooms(client, user)
    client.reply(n.RPL_WHOISSERVER, you.nick, client.server, text=client.world.policy.network)
    if Trait.OPERATOR in user.traits:
        client.reply(n.RPL_WHOISOPERATOR, you.nick)
    if user.away:
        client.reply(n.RPL_AWAY, you.nick, text=user.away)
    if Trait.BOT in user.traits:
        client.reply(n.RPL_WHOISBOT, you.nick)
    if user.sessions and all(session.security for session in user.sessions):
        client.reply(n.RPL_WHOISSECURE, you.nick)
    if own or Trait.OPERATOR in client.user.traits:
        for session in user.sessions:
            address = session.peer.rpartition(":")[0].strip("[]")
            client.reply(n.RPL_WHOISHOST, you.nick, text=f"is connecting from {you.username}@{you.host} {address}")
    idle = int(client.world.now.monotonic - user.last_spoke)
    client.reply(n.RPL_WHOISIDLE, you.nick, str(idle), str(user.since // 1_000_000_000))


def _tell_rooms(client: Client, user: User) -> None:
    """Tell the rooms that the client may see the user in.

    Shared ones, and open ones unless the user is invisible.
    """

    def shown(room: Room) -> bool:
        if user is client.user or client.user in room.members:
            return True
        return may_see(room, client.user) and Trait.INVISIBLE not in user.traits

    every = client.has("multi-prefix")
    words = [
        prefixes(room.members[user], all_of_them=every) + channel(room.name)
        for room in filter(shown, user.rooms.values())
    ]
    client.reply_words(n.RPL_WHOISCHANNELS, user.nick, words=words)


# --- WHOWAS, USERHOST, ISON --------------------------------------------------------------------------------


@command("WHOWAS", use="<nick> [<count>]", about="See who somebody was.", spec=_MODERN + "whowas-message")
def whowas(client: Client, message: Message) -> None:
    """Tell about those who had a nick, the latest first."""
    if not message.params or not message.params[0]:
        client.reply(n.ERR_NONICKNAMEGIVEN)
        return
    nick = message.params[0].split(",")[0]
    count = message.params[1] if len(message.params) > 1 else ""
    found = client.world.memory.find(nick)
    if count.isdecimal() and int(count) > 0:
        found = found[: int(count)]
    for past in found:
        you = past.identity
        client.reply(n.RPL_WHOWASUSER, you.nick, you.username, you.host, "*", text=past.realname or you.nick)
        client.reply(n.RPL_WHOISSERVER, you.nick, client.server, text=server_time(past.time))
    if not found:
        client.reply(n.ERR_WASNOSUCHNICK, safe(nick))
    client.reply(n.RPL_ENDOFWHOWAS, safe(message.params[0]))


@command(
    "USERHOST",
    use="<nick>{ <nick>}",
    about=f"See away status and host of up to {_MOST_NICKS} people.",
    spec=_MODERN + "userhost-message",
    least=1,
)
def userhost(client: Client, message: Message) -> None:
    """Tell about several users in one line."""

    def word(user: User) -> str:
        mark = "*" if Trait.OPERATOR in user.traits else ""
        return f"{user.nick}{mark}={'-' if user.away else '+'}{user.identity.username}@{user.identity.host}"

    _reply_known(client, n.RPL_USERHOST, list(message.params[:_MOST_NICKS]), word)


@command(
    "ISON",
    use="<nick>{ <nick>}",
    about="See which of these people are here.",
    spec=_MODERN + "ison-message",
    least=1,
)
def ison(client: Client, message: Message) -> None:
    """Tell who of several is here."""
    nicks = [nick for word in message.params for nick in word.split(" ") if nick]
    _reply_known(client, n.RPL_ISON, nicks, lambda user: user.nick)


def _reply_known(client: Client, number: str, nicks: list[str], word: Callable[[User], str]) -> None:
    """Answer with a word for each of `nicks` that is here; with an empty line where nobody is."""
    found = [user for nick in nicks if (user := client.world.users.get(fold(nick))) is not None]
    if found:
        client.reply_words(number, words=map(word, found))
    else:
        client.reply(number, text="")
