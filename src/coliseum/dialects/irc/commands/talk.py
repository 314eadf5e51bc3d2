"""Talking: PRIVMSG, NOTICE, TAGMSG, to rooms, to their operators, to people.

What must stay true: a NOTICE is never answered with an error (RFC 2812 section 3.3.2); only client-only tags
(`+…`) are passed on.
"""

from collections.abc import Collection

from coliseum.core.kinds import Kind, Setting
from coliseum.core.names import NICK_LENGTH, fold
from coliseum.core.vocabulary import Event, Said, Tags
from coliseum.dialects.irc import isupport, refusals
from coliseum.dialects.irc import numerics as n
from coliseum.dialects.irc.client import Client, safe
from coliseum.dialects.irc.command import command
from coliseum.dialects.irc.commands.rooms import require_room
from coliseum.dialects.irc.message import Message, cut, size
from coliseum.dialects.irc.modes import PREFIXES
from coliseum.dialects.irc.render import CONTENT_BYTES
from coliseum.errors import Refused

_MODERN = "https://modern.ircdocs.horse/#"
_ROLES = {sign: role for role, sign in PREFIXES.items()}
_CTCP = "\x01"
SURELY_FITS = CONTENT_BYTES - len(":!@  :") - 2 * NICK_LENGTH - isupport.USER_BYTES - isupport.HOST_BYTES
"Bytes of command, target and text that fit into a line behind any source."


@command(
    "PRIVMSG",
    use="<target>{,<target>} :<text>",
    about="Say something to a room, to its operators (@#room) or to somebody.",
    spec=_MODERN + "privmsg-message",
)
def privmsg(client: Client, message: Message) -> None:
    """Send a message."""
    if _has_text(client, message, "PRIVMSG"):
        _send(client, message, Kind.MESSAGE, message.params[1], "PRIVMSG")


@command(
    "NOTICE",
    use="<target>{,<target>} :<text>",
    about="The same for programs: nothing ever answers it by itself.",
    spec=_MODERN + "notice-message",
)
def notice(client: Client, message: Message) -> None:
    """Send a notice; silent about everything that goes wrong."""
    if len(message.params) > 1 and message.params[0] and message.params[1]:
        _send(client, message, Kind.NOTICE, message.params[1], "NOTICE")


@command(
    "TAGMSG",
    use="<target>{,<target>}",
    about="Send tags without a text, for programs.",
    spec="https://ircv3.net/specs/extensions/message-tags",
)
def tagmsg(client: Client, message: Message) -> None:
    """Send tags."""
    if not client.has("message-tags"):
        client.reply(n.ERR_UNKNOWNCOMMAND, "TAGMSG")
    elif not message.params or not message.params[0]:
        client.reply(n.ERR_NORECIPIENT, text="No recipient given (TAGMSG)")
    else:
        _send(client, message, Kind.SIGNAL, "", "TAGMSG")


def go_on(client: Client, head: str, text: str) -> bool:
    """Say `text` after a line with the same `head` (`client.speech`), or return False: it needs a closer look.

    What the beginning means was settled with the line before. Whether it is allowed is asked again, unless nothing
    can have changed since (`World.say_on`). Raises Refused, also where the target is no room.
    """
    if not text or text[0] == _CTCP or "\r" in text or "\0" in text:
        return False
    if len(head) + len(text) > SURELY_FITS or not (text.isascii() and head.isascii()):
        return False
    world = client.world
    if world.say_on(client.session, text):
        return True
    if client.has("echo-message"):
        return False
    name, _, target = head.partition(" ")
    kind = Kind.MESSAGE if name == "PRIVMSG" else Kind.NOTICE
    world.say(client.session, client.user, require_room(client, target), text, kind)
    return True


def _has_text(client: Client, message: Message, name: str) -> bool:
    if not message.params or not message.params[0]:
        client.reply(n.ERR_NORECIPIENT, text=f"No recipient given ({name})")
    elif len(message.params) < 2 or not message.params[1]:
        client.reply(n.ERR_NOTEXTTOSEND)
    else:
        return True
    return False


def _meaning(text: str, plain: Kind) -> tuple[Kind, str]:
    """Return what a text is: CTCP requests and answers are wrapped in 0x01 (modern.ircdocs.horse, CTCP)."""
    if text[0:1] != _CTCP or not text.strip(_CTCP):
        return plain, text
    inner = text[1:].removesuffix(_CTCP)
    if plain is Kind.NOTICE:
        return Kind.ANSWER, inner
    if inner[:7].upper() == "ACTION ":
        return Kind.ACTION, inner[7:]
    return Kind.REQUEST, inner


def _send(client: Client, message: Message, plain: Kind, written: str, name: str) -> None:
    tags: Tags = ()
    if message.tags and client.has("message-tags"):
        tags = tuple((tag, value) for tag, value in message.tags.items() if tag.startswith("+"))
    targets: Collection[str] = message.params[:1]
    if "," in message.params[0]:
        targets = {fold(target): target for target in message.params[0].split(",") if target}.values()
    if len(targets) > isupport.TARGETS:
        if name != "NOTICE":
            client.reply(n.ERR_TOOMANYTARGETS, safe(message.params[0]))
        return
    for target in targets:
        try:
            _send_to(client, target, plain, written, tags, name)
        except Refused as refused:
            refusals.answer(client, refused.why, name)


def _send_to(client: Client, target: str, plain: Kind, written: str, tags: Tags, name: str) -> None:
    """Send to one target. Raises Refused."""
    fitting = _fitting(f":{client.user.identity.full_name} {name} {target} :", written)
    kind, text = _meaning(fitting, plain)
    event = _to_room(client, target, kind, text, tags) or _to_user(client, target, kind, text, tags)
    simple = isinstance(event, Said) and kind is plain and kind is not Kind.SIGNAL and not tags
    client.speech = f"{name} {target}" if simple else None
    if client.has("echo-message"):
        client.post(event)
    if fitting is not written and name != "NOTICE":
        _tell_that_it_was_cut(client, name, target)


def _fitting(head: str, text: str) -> str:
    """Return as much of `text` as fits into a line behind its `head`; `text` itself when all of it does.

    Clients know their own source and make their lines short enough; so it mostly does. What is cut is cut for
    everybody, at the end of a character, because everybody shall read the same.
    """
    # The end of a CTCP may be missing; it is written in any case.
    end = _CTCP if text.startswith(_CTCP) and not text.endswith(_CTCP) else ""
    if size(head + text + end) <= CONTENT_BYTES:
        return text
    room = CONTENT_BYTES - size(head)
    if not text.startswith(_CTCP):
        return cut(text, room)
    return cut(text.removesuffix(_CTCP), room - 1) + _CTCP * text.endswith(_CTCP)


def _tell_that_it_was_cut(client: Client, name: str, target: str) -> None:
    """Tell the sender; who gets echoes sees it there."""
    if client.has("standard-replies") or not client.has("echo-message"):
        words = "Your message was too long, its end was cut off"
        client.warn(name, "MESSAGE_CUT", safe(target), text=words)


def _to_room(client: Client, target: str, kind: Kind, text: str, tags: Tags) -> Event | None:
    only: Setting | None = None
    written = target
    while written[:1] in _ROLES:
        only = only if only is Setting.VOICE else _ROLES[written[0]]
        written = written[1:]
    if not written.startswith("#"):
        return None
    return client.world.say(client.session, client.user, require_room(client, written), text, kind, tags, only)


def _to_user(client: Client, target: str, kind: Kind, text: str, tags: Tags) -> Event:
    user, event = client.world.tell(client.user, target, text, kind, tags)
    if user.away and kind in {Kind.MESSAGE, Kind.ACTION}:
        client.reply(n.RPL_AWAY, user.nick, text=user.away)
    return event
