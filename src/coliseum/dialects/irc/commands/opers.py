"""Server operators: OPER, KILL, WALLOPS, REHASH.

What must stay true: whether a name exists is not told by how long the answer takes: a password is always compared.
"""

from coliseum.core.effects import ReadConfiguration, Script, VerifyPassword
from coliseum.core.kinds import Reason, Trait
from coliseum.core.presence import announce, set_trait
from coliseum.dialects.irc import isupport
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.client import Client
from coliseum.dialects.irc.command import command
from coliseum.dialects.irc.message import Message, cut

_MODERN = "https://modern.ircdocs.horse/#"


@command(
    "OPER", use="<name> <password>", about="Become a server operator.", spec=_MODERN + "oper-message", least=2
)
def oper(client: Client, message: Message) -> Script | None:
    """Check name and password."""
    name, given = message.params[:2]
    opers = dict(client.world.policy.opers)
    if not opers:
        client.reply(n.ERR_PASSWDMISMATCH)
        return None
    return _check(client, name, given, opers)


def _check(client: Client, name: str, given: str, opers: dict[str, str]) -> Script:
    expected = opers.get(name, next(iter(opers.values())))
    right = yield VerifyPassword(given, expected)
    if right and name in opers:
        client.world.note("oper", session=client.session.id, name=name)
        client.session.exempt = True
        client.oper_tries = client.world.policy.password_tries
        changed = [
            letter
            for letter, trait in (("o", Trait.OPERATOR), ("w", Trait.LISTENER))
            if set_trait(client.world, client.user, trait, on=True)
        ]
        client.reply(n.RPL_YOUREOPER)
        if changed:
            client.from_self("MODE", client.nick, "+" + "".join(changed))
        return
    client.world.note("oper.refused", session=client.session.id)
    client.reply(n.ERR_PASSWDMISMATCH)
    client.oper_tries -= 1
    if client.oper_tries == 0:
        client.session.close(Reason.PASSWORD_FAILED)


def _is_oper(client: Client) -> bool:
    if Trait.OPERATOR in client.user.traits:
        return True
    client.reply(n.ERR_NOPRIVILEGES)
    return False


@command(
    "KILL",
    use="<nick> [:<reason>]",
    about="End somebody's connection (server operators).",
    spec=_MODERN + "kill-message",
    least=1,
)
def kill(client: Client, message: Message) -> None:
    """End all sessions of a user."""
    if not _is_oper(client):
        return
    target = client.world.find(message.params[0])
    reason = cut(message.params[1], isupport.KICK_BYTES) if len(message.params) > 1 else ""
    text = f"{client.nick} ({reason or client.nick})"
    client.world.note("killed", session=client.session.id, user=target.id)
    for session in list(target.sessions):
        session.close(Reason.KILLED, message=text)


@command(
    "WALLOPS",
    use=":<text>",
    about="Tell everybody who listens (+w) something (server operators).",
    spec=_MODERN + "wallops-message",
    least=1,
)
def wallops(client: Client, message: Message) -> None:
    """Announce something."""
    if _is_oper(client):
        announce(client.world, client.user, message.params[0])


@command(
    "REHASH",
    about="Read the configuration again (server operators).",
    spec=_MODERN + "rehash-message",
)
def rehash(client: Client, _: Message) -> Script | None:
    """Put the configuration file in force, as SIGHUP does; a file that is not usable changes nothing."""
    return _reread(client) if _is_oper(client) else None


def _reread(client: Client) -> Script:
    client.reply(n.RPL_REHASHING, "coliseum.toml")
    change = yield ReadConfiguration()
    if isinstance(change, str):
        client.fail("REHASH", "CANNOT_REHASH", text=change)
    else:
        change()
