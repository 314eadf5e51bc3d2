"""MONITOR: being told when somebody comes or goes (IRCv3 Monitor; its limit is in ISUPPORT)."""

from coliseum.core.names import fold, nick_flaw
from coliseum.core.presence import WATCH_LENGTH
from coliseum.core.refusals import WatchListFull
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc import refusals
from coliseum.dialects.irc.client import Client
from coliseum.dialects.irc.command import command
from coliseum.dialects.irc.message import Message


@command(
    "MONITOR",
    use="+ <nick>{,<nick>} | - <nick>{,<nick>} | C | L | S",
    about="Be told when people come and go.",
    spec="https://ircv3.net/specs/extensions/monitor",
    least=1,
)
def monitor(client: Client, message: Message) -> None:
    """Change or show the list of those one watches."""
    word = message.params[0].upper()
    nicks = [nick for nick in message.params[1].split(",") if nick] if len(message.params) > 1 else []
    watchers, session = client.world.watchers, client.session
    match word:
        case "+":
            _add(client, nicks)
        case "-":
            for nick in nicks:
                watchers.remove(session, nick)
        case "C":
            watchers.forget(session)
        case "L":
            client.reply_words(n.RPL_MONLIST, words=watchers.watched_by(session), separator=",")
            client.reply(n.RPL_ENDOFMONLIST)
        case "S":
            _tell(client, watchers.watched_by(session))
        case _:
            client.reply(n.ERR_UNKNOWNERROR, "MONITOR", text="Unknown subcommand")


def _add(client: Client, nicks: list[str]) -> None:
    for position, nick in enumerate(nicks):
        if nick_flaw(nick):
            continue  # nobody can be called so
        if not client.world.watchers.add(client.session, nick):
            _tell(client, [name for name in nicks[:position] if not nick_flaw(name)])
            refusals.answer(client, WatchListFull(tuple(nicks[position:]), WATCH_LENGTH), "MONITOR")
            return
    _tell(client, [nick for nick in nicks if not nick_flaw(nick)])


def _tell(client: Client, nicks: list[str]) -> None:
    """Tell who of `nicks` is here and who is not."""
    users = client.world.users
    online = [users[fold(nick)].identity.full_name for nick in nicks if fold(nick) in users]
    offline = [nick for nick in nicks if fold(nick) not in users]
    client.reply_words(n.RPL_MONONLINE, words=online, separator=",")
    client.reply_words(n.RPL_MONOFFLINE, words=offline, separator=",")
