"""About the server: MOTD, LUSERS, VERSION, TIME, INFO, HELP, ADMIN, STATS, LINKS.

There is one server; who names another as the target is told that it does not exist.
"""

from datetime import UTC, datetime
from functools import wraps

from coliseum.core.kinds import Trait
from coliseum.core.masks import glob
from coliseum.core.names import fold
from coliseum.dialects.irc import isupport
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.client import Client, safe
from coliseum.dialects.irc.command import COMMANDS, Handler, command
from coliseum.dialects.irc.message import Message, pieces

_MODERN = "https://modern.ircdocs.horse/#"
_TEXT_BYTES = 380
"How long the lines of a longer text are."


def here(run: Handler) -> Handler:
    """Let a handler run only when its last parameter names no server, or this one, or somebody on it."""

    @wraps(run)
    def checked(client: Client, message: Message) -> None:
        target = message.params[-1] if message.params else ""
        names = {fold(client.server), *client.world.users}
        if target and fold(target) not in names and not glob(target).fullmatch(fold(client.server)):
            client.reply(n.ERR_NOSUCHSERVER, safe(target))
        else:
            run(client, message)

    return checked


@command("MOTD", use="[<server>]", about="See the message of the day.", spec=_MODERN + "motd-message")
@here
def motd(client: Client, _: Message) -> None:
    """Send the message of the day."""
    policy = client.world.policy
    lines = [line for line in (policy.description, *policy.motd.splitlines()) if line] if policy.motd else []
    if not lines:
        client.reply(n.ERR_NOMOTD)
        return
    client.reply(n.RPL_MOTDSTART, text=f"- {client.server} Message of the day -")
    for line in lines:
        for piece in pieces(line, _TEXT_BYTES):
            client.reply(n.RPL_MOTD, text=f"- {piece}")
    client.reply(n.RPL_ENDOFMOTD)


@command("LUSERS", about="See how many people and rooms there are.", spec=_MODERN + "lusers-message")
def lusers(client: Client, _: Message) -> None:
    """Send the numbers; they are kept, not counted."""
    world = client.world
    total = len(world.users)
    invisible = world.traits[Trait.INVISIBLE]
    client.reply(
        n.RPL_LUSERCLIENT, text=f"There are {total - invisible} users and {invisible} invisible on 1 servers"
    )
    client.reply(n.RPL_LUSEROP, str(world.traits[Trait.OPERATOR]))
    client.reply(n.RPL_LUSERUNKNOWN, str(len(world.door.arriving)))
    lobby = world.rooms[fold(world.policy.lobby)]
    client.reply(n.RPL_LUSERCHANNELS, str(len(world.rooms) - (not lobby.members)))
    client.reply(n.RPL_LUSERME, text=f"I have {total} clients and 1 servers")
    most = world.most_users
    client.reply(n.RPL_LOCALUSERS, str(total), str(most), text=f"Current local users {total}, max {most}")
    client.reply(n.RPL_GLOBALUSERS, str(total), str(most), text=f"Current global users {total}, max {most}")


@command("VERSION", use="[<server>]", about="See what the server runs.", spec=_MODERN + "version-message")
@here
def version(client: Client, _: Message) -> None:
    """Send the version and ISUPPORT."""
    client.reply(n.RPL_VERSION, client.common.version, client.server, text="One core, two engines")
    for tokens in isupport.lines(client.world.policy):
        client.reply(n.RPL_ISUPPORT, *tokens, text="are supported by this server")


@command("TIME", use="[<server>]", about="See the server's time.", spec=_MODERN + "time-message")
@here
def time(client: Client, _: Message) -> None:
    """Send the time, for programs and for people."""
    seconds = client.world.now.wall // 1_000_000_000
    text = datetime.fromtimestamp(seconds, UTC).strftime("%A %d %B %Y, %H:%M:%S UTC")
    client.reply(n.RPL_TIME, client.server, str(seconds), "0", text=text)


@command("INFO", use="[<server>]", about="See what this server is.", spec=_MODERN + "info-message")
@here
def info(client: Client, _: Message) -> None:
    """Say what Coliseum is."""
    lines = [
        f"This is {client.common.version}, a self-hosted chat server:",
        "one core without I/O, which runs on threads or on asyncio.",
        "People on IRC and on the plain dialect meet in the same rooms.",
        client.world.policy.description,
    ]
    for line in filter(None, lines):
        client.reply(n.RPL_INFO, text=line)
    client.reply(n.RPL_ENDOFINFO)


def help_(client: Client, message: Message) -> None:
    """Show one command, or list them all."""
    subject = message.params[0].upper() if message.params and message.params[0] else ""
    if not subject:
        client.reply(n.RPL_HELPSTART, "*", text="HELP COMMAND tells about a command. The commands:")
        for piece in pieces(" ".join(sorted(COMMANDS)), _TEXT_BYTES):
            client.reply(n.RPL_HELPTXT, "*", text=piece)
        client.reply(n.RPL_ENDOFHELP, "*")
        return
    row = COMMANDS.get(subject)
    if row is None:
        client.reply(n.ERR_HELPNOTFOUND, safe(subject))
        return
    client.reply(n.RPL_HELPSTART, subject, text=f"{row.name} {row.use}".strip())
    for piece in pieces(row.about, _TEXT_BYTES):
        client.reply(n.RPL_HELPTXT, subject, text=piece)
    client.reply(n.RPL_HELPTXT, subject, text=row.spec)
    client.reply(n.RPL_ENDOFHELP, subject)


for _name in ("HELP", "HELPOP"):
    command(_name, use="[<command>]", about="See what a command does.", spec=_MODERN + "help-message")(help_)


@command("ADMIN", use="[<server>]", about="See who administers the server.", spec=_MODERN + "admin-message")
@here
def admin(client: Client, _: Message) -> None:
    """Say who administers the server."""
    lines = client.world.policy.admins
    if not lines:
        client.reply(n.ERR_NOADMININFO, client.server)
        return
    client.reply(n.RPL_ADMINME, client.server)
    for number, line in zip((n.RPL_ADMINLOC1, n.RPL_ADMINLOC2, n.RPL_ADMINEMAIL), lines, strict=False):
        client.reply(number, text=line)


@command(
    "STATS", use="u", about="u: see how long the server has been up.", spec=_MODERN + "stats-message", least=1
)
def stats(client: Client, message: Message) -> None:
    """Send a statistic; every letter is answered, most of them with nothing."""
    letter = message.params[0][:1]
    world = client.world
    if letter == "u" and world.began is not None:
        minutes, seconds = divmod(int(world.now.monotonic - world.began.monotonic), 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        client.reply(n.RPL_STATSUPTIME, text=f"Server Up {days} days {hours}:{minutes:02}:{seconds:02}")
    client.reply(n.RPL_ENDOFSTATS, safe(letter))


@command("LINKS", about="See which servers are linked: this one.", spec=_MODERN + "links-message")
def links(client: Client, _: Message) -> None:
    """List the one server."""
    policy = client.world.policy
    client.reply(n.RPL_LINKS, client.server, client.server, text=f"0 {policy.description or policy.network}")
    client.reply(n.RPL_ENDOFLINKS, "*")
