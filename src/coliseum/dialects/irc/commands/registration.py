"""Who one is, and whether one is still there: CAP, PASS, NICK, USER, PING, PONG, QUIT, ERROR.

The state machine is in dialects/irc/registration.py; here is what is said about it.
"""

import re

from coliseum.core.effects import Script, VerifyPassword
from coliseum.core.kinds import Reason
from coliseum.core.presence import set_away
from coliseum.core.refusals import ServerFull
from coliseum.core.vocabulary import Identity
from coliseum.dialects.irc import isupport
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.capabilities import CAPABILITIES, listed, requested
from coliseum.dialects.irc.client import Client, safe
from coliseum.dialects.irc.command import When, command
from coliseum.dialects.irc.commands import server
from coliseum.dialects.irc.message import Message, cut
from coliseum.dialects.irc.modes import ROOM_MODES, USER_MODES, user_modes
from coliseum.dialects.irc.registration import Stage
from coliseum.errors import Refused

_MODERN = "https://modern.ircdocs.horse/#"
_ODD = re.compile(r"[^A-Za-z0-9._\-]")


# --- capabilities ------------------------------------------------------------------------------------------


@command(
    "CAP",
    use="LS [302] | LIST | REQ :<capabilities> | END",
    about="Ask what the server can do differently, and for it.",
    spec="https://ircv3.net/specs/extensions/capability-negotiation",
    least=1,
    when=When.ALWAYS,
)
def cap(client: Client, message: Message) -> Script | None:
    """Negotiate capabilities."""
    word, *rest = message.params
    match word.upper():
        case "LS":
            _open(client)
            version = int(rest[0]) if rest and rest[0].isdecimal() and rest[0].isascii() else 0
            client.registration.version = max(client.registration.version, version)
            if version >= 302:
                implied = {capability.name for capability in CAPABILITIES if capability.implied}
                client.use(client.capabilities | implied)
            _list(client, "LS", [capability.name for capability in CAPABILITIES])
        case "LIST":
            _list(client, "LIST", sorted(client.capabilities))
        case "REQ":
            _open(client)
            _request(client, rest[0] if rest else "")
        case "END":
            client.registration.negotiating = False
            return advance(client)
        case _:
            client.reply(n.ERR_INVALIDCAPCMD, safe(word))
    return None


def _open(client: Client) -> None:
    if not client.registration.done:
        client.registration.negotiating = True


def _list(client: Client, word: str, names: list[str]) -> None:
    lines = listed(names)
    if client.registration.version < 302:
        lines = [" ".join(names)]
    for line in lines[:-1]:
        client.say("CAP", client.nick, word, "*", text=line)
    client.say("CAP", client.nick, word, text=lines[-1])


def _request(client: Client, wish: str) -> None:
    result = requested(wish, client.capabilities, client.registration.version)
    if result is None:
        client.say("CAP", client.nick, "NAK", text=wish)
    else:
        client.say("CAP", client.nick, "ACK", text=wish)
        client.use(result)


# --- who one is --------------------------------------------------------------------------------------------


@command(
    "PASS",
    use="<password>",
    about="Give the server's password.",
    spec=_MODERN + "pass-message",
    least=1,
    when=When.UNREGISTERED,
)
def password(client: Client, message: Message) -> None:
    """Keep the password until registration is complete."""
    client.registration.password = message.params[0]


@command("NICK", use="<nick>", about="Say what to be called.", spec=_MODERN + "nick-message", when=When.ALWAYS)
def nick(client: Client, message: Message) -> Script | None:
    """Take a nick, or another one."""
    if not message.params or not message.params[0]:
        client.reply(n.ERR_NONICKNAMEGIVEN)
        return None
    wanted = message.params[0]
    if client.registration.done:
        client.world.rename(client.user, wanted)
        return None
    client.world.require_free(wanted)
    client.registration.nick = wanted
    return advance(client)


@command(
    "USER",
    use="<username> 0 * :<realname>",
    about="Say who one is.",
    spec=_MODERN + "user-message",
    least=4,
    when=When.UNREGISTERED,
)
def user(client: Client, message: Message) -> Script | None:
    """Take username and real name."""
    username, _, _, realname = message.params[:4]
    clean = _ODD.sub("", username) or "user"  # a client may take it from a name in another script
    if not username or not realname:
        client.reply(n.ERR_NEEDMOREPARAMS, "USER")
        return None
    # The tilde says, as everywhere, that nobody has checked the name.
    client.registration.username = "~" + clean[: isupport.USER_BYTES - 1]
    client.registration.realname = cut(realname, isupport.NAME_BYTES)
    return advance(client)


def advance(client: Client) -> Script | None:
    """Go on with the registration if everything is there."""
    registration = client.registration
    if not registration.complete:
        return None
    registration.become(Stage.CHECKING)
    if client.world.policy.password:
        return _check_password(client)
    _enter(client)
    return None


def _check_password(client: Client) -> Script:
    given = client.registration.password
    right = bool(given) and (yield VerifyPassword(given, client.world.policy.password))
    if right:
        _enter(client)
    else:
        client.reply(n.ERR_PASSWDMISMATCH)
        client.session.close(Reason.PASSWORD_FAILED)


def _enter(client: Client) -> None:
    registration, world = client.registration, client.world
    you = Identity("", registration.nick, registration.username, client.session.host)
    try:
        user = world.attach(client.session, you, registration.realname)
    except Refused as refused:
        registration.become(Stage.OPEN)
        if isinstance(refused.why, ServerFull):
            client.session.close(Reason.SERVER_FULL)
            return
        registration.nick = ""  # somebody was faster: another one is awaited
        raise
    registration.become(Stage.REGISTERED)
    registration.password = ""
    client.session.satisfied()
    _welcome(client)
    if registration.away:
        set_away(world, user, registration.away)


def _welcome(client: Client) -> None:
    policy, common = client.world.policy, client.common
    client.reply(n.RPL_WELCOME, text=f"Welcome to the {policy.network} Network, {client.nick}")
    client.reply(n.RPL_YOURHOST, text=f"Your host is {client.server}, running version {common.version}")
    client.reply(n.RPL_CREATED, text=f"This server was started {common.began}")
    letters = "".join(sorted(ROOM_MODES, key=lambda letter: (letter.lower(), letter)))
    with_value = "".join(letter for letter in letters if letter in "Ibeklov")
    client.reply(n.RPL_MYINFO, client.server, common.version, "".join(sorted(USER_MODES)), letters, with_value)
    for tokens in isupport.lines(policy):
        client.reply(n.RPL_ISUPPORT, *tokens, text="are supported by this server")
    server.lusers(client, Message("LUSERS"))
    server.motd(client, Message("MOTD"))
    client.reply(n.RPL_UMODEIS, user_modes(client.user.traits))


# --- signs of life, and the end ----------------------------------------------------------------------------


@command("PING", use="<token>", about="Ask for a sign of life.", spec=_MODERN + "ping-message", when=When.ALWAYS)
def ping(client: Client, message: Message) -> None:
    """Answer a sign of life."""
    if message.params:
        client.say("PONG", client.server, text=message.params[0])
    else:
        client.reply(n.ERR_NOORIGIN)


@command("PONG", use="<token>", about="Answer the server's PING.", spec=_MODERN + "pong-message", when=When.ALWAYS)
def pong(_: Client, __: Message) -> None:
    """Hear that the client is there: the line itself was the sign."""


@command(
    "ERROR",
    use=":<reason>",
    about="What servers say to each other; ignored.",
    spec=_MODERN + "error-message",
    when=When.ALWAYS,
)
def error(_: Client, __: Message) -> None:
    """Ignore what only servers may say."""


@command("QUIT", use="[:<reason>]", about="End the connection.", spec=_MODERN + "quit-message", when=When.ALWAYS)
def quit_(client: Client, message: Message) -> None:
    """End the session."""
    text = message.params[0] if message.params else ""
    client.session.close(Reason.QUIT, message=cut(text, isupport.KICK_BYTES))
