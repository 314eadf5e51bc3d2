"""The words: every event and refusal as a sentence in one language.

One function per fact, found by its type, so that a missing sentence is an error of the tests and not of a
conversation. `coliseum join` says the same sentences in its user's own language.

What must stay true: pure; a sentence is one line (help and message of the day: several).
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from coliseum.core import refusals as no
from coliseum.core import vocabulary as fact
from coliseum.core.vocabulary import Event, Reason

Translate: TypeAlias = Callable[[str], str]
Phrase: TypeAlias = Callable[[Translate, Any], str]

_PHRASES: dict[type[Event], Phrase] = {}


def sentence(translate: Translate, event: Event) -> str:
    """Return what a person reads about `event`, without a line's end; empty when there is nothing to say."""
    return _PHRASES[type(event)](translate, event)


def _says(kind: type[Event]) -> Callable[[Phrase], Phrase]:
    def register(phrase: Phrase) -> Phrase:
        _PHRASES[kind] = phrase
        return phrase

    return register


def occupancy(_: Translate, members: int, capacity: int) -> str:
    """Return "2 of 3", or just "2" where there is no limit."""
    return _("{members} of {capacity}").format(members=members, capacity=capacity) if capacity else str(members)


# --- what happens in rooms ---------------------------------------------------------------------------------


@_says(fact.Said)
def _said(_: Translate, e: fact.Said) -> str:
    return f"{e.source.nick}: {e.text}"


@_says(fact.Entered)
def _entered(_: Translate, e: fact.Entered) -> str:
    text = _("{nick} entered {room} ({occupancy}).")
    return text.format(nick=e.source.nick, room=e.room, occupancy=occupancy(_, e.members, e.capacity))


@_says(fact.Left)
def _left(_: Translate, e: fact.Left) -> str:
    text = _("{nick} left {room} ({occupancy}).")
    return text.format(nick=e.source.nick, room=e.room, occupancy=occupancy(_, e.members, e.capacity))


@_says(fact.Gone)
def _gone(_: Translate, e: fact.Gone) -> str:
    return _("{nick} is gone ({reason}).").format(nick=e.source.nick, reason=reason_text(_, e.reason))


@_says(fact.Renamed)
def _renamed(_: Translate, e: fact.Renamed) -> str:
    return _("{old} is now called {nick}.").format(old=e.source.nick, nick=e.nick)


@_says(fact.TopicChanged)
def _topic_changed(_: Translate, e: fact.TopicChanged) -> str:
    if not e.topic:
        return _("{nick} removed the topic of {room}.").format(nick=e.source.nick, room=e.room)
    return _("{nick} set the topic of {room}: {topic}").format(nick=e.source.nick, room=e.room, topic=e.topic)


# --- what concerns one user --------------------------------------------------------------------------------


@_says(fact.Welcomed)
def _welcomed(_: Translate, e: fact.Welcomed) -> str:
    lines = [_("Welcome to {server}. You are {nick}, id {id}.")]
    lines += [e.description] if e.description else []
    lines += e.motd.splitlines()
    lines += [_("What you type is said to the others in your room; /help lists the commands.")]
    lines[0] = lines[0].format(server=e.server, nick=e.you.nick, id=e.you.id)
    return "\n".join(lines)


@_says(fact.PasswordWanted)
def _password_wanted(_: Translate, __: fact.PasswordWanted) -> str:
    return _("This server wants a password: type it, or /pass PASSWORD.")


@_says(fact.Echoed)
def _echoed(_: Translate, e: fact.Echoed) -> str:
    return _("Your message was: {text}").format(text=e.text)


@_says(fact.ProofWanted)
def _proof_wanted(_: Translate, e: fact.ProofWanted) -> str:
    return _("To show that this address is yours, type: /yes {word}").format(word=e.word)


@_says(fact.Admitted)
def _admitted(_: Translate, e: fact.Admitted) -> str:
    return _with_topic(_, _("You are in {room} ({occupancy}): {members}"), e.room)


@_says(fact.RoomShown)
def _room_shown(_: Translate, e: fact.RoomShown) -> str:
    return _with_topic(_, _("In {room} ({occupancy}): {members}"), e.room)


@_says(fact.Departed)
def _departed(_: Translate, e: fact.Departed) -> str:
    return _("You left {room}. /join ROOM takes you into another one.").format(room=e.room)


@_says(fact.Named)
def _named(_: Translate, e: fact.Named) -> str:
    return _("You are now called {nick}.").format(nick=e.you.nick)


@_says(fact.Told)
def _told(_: Translate, e: fact.Told) -> str:
    return _("{nick} (in private): {text}").format(nick=e.source.nick, text=e.text)


@_says(fact.Delivered)
def _delivered(_: Translate, e: fact.Delivered) -> str:
    return _("To {nick} (in private): {text}").format(nick=e.nick, text=e.text)


@_says(fact.RoomsListed)
def _rooms_listed(_: Translate, e: fact.RoomsListed) -> str:
    rows = [f"{r.name} ({occupancy(_, r.members, r.capacity)})" for r in e.rooms]
    return _("Rooms: {rooms}").format(rooms=", ".join(rows))


@_says(fact.TopicShown)
def _topic_shown(_: Translate, e: fact.TopicShown) -> str:
    if not e.topic:
        return _("{room} has no topic; /topic TEXT sets one.").format(room=e.room)
    return _("The topic of {room}: {topic}").format(room=e.room, topic=e.topic)


@_says(fact.HelpShown)
def _help(_: Translate, __: fact.HelpShown) -> str:
    rows = [
        (_("/nick NICK"), _("take another nick")),
        (_("/join ROOM"), _("go into a room (it is made if it does not exist)")),
        (_("/leave"), _("go out of the room")),
        (_("/rooms"), _("list the rooms")),
        (_("/who"), _("see who is in the room")),
        (_("/topic [TEXT]"), _("see or set the room's topic (- removes it)")),
        (_("/msg NICK TEXT"), _("tell somebody something in private")),
        (_("/quit"), _("end the connection")),
        ("//…", _("say a line that begins with /")),
    ]
    width = max(len(usage) for usage, _what in rows)
    return "\n".join([_("Commands:"), *(f"  {usage:<{width}}  {what}" for usage, what in rows)])


@_says(fact.Heard)
def _heard(_: Translate, __: fact.Heard) -> str:
    return ""


@_says(fact.Ponged)
def _ponged(_: Translate, e: fact.Ponged) -> str:
    return f"pong {e.token}".rstrip()


@_says(fact.Ended)
def _ended(_: Translate, e: fact.Ended) -> str:
    if e.reason is Reason.QUIT:
        return _("Goodbye.")
    return _("The connection ends: {reason}.").format(reason=reason_text(_, e.reason))


def reason_text(_: Translate, reason: Reason) -> str:
    """Return why a connection ended, to stand behind a colon or in brackets."""
    texts = {
        Reason.QUIT: _("said goodbye"),
        Reason.PEER_CLOSED: _("closed the connection"),
        Reason.CONNECTION_LOST: _("connection lost"),
        Reason.ROOM_FULL: _("the room is full"),
        Reason.SERVER_FULL: _("the server is full"),
        Reason.PASSWORD_FAILED: _("wrong password"),
        Reason.PASSWORD_TIMEOUT: _("no password was given in time"),
        Reason.HANDSHAKE_FAILED: _("the TLS handshake failed"),
        Reason.HANDSHAKE_TIMEOUT: _("the handshake took too long"),
        Reason.NOT_TLS: _("this port speaks TLS only (tls://), and what came was not TLS"),
        Reason.NOT_PLAIN: _("this port speaks without TLS (tcp://), and what came was TLS"),
        Reason.HTTP: _("this is a chat server, not a web server"),
        Reason.ENDLESS_LINE: _("a line without an end"),
        Reason.EXPIRED: _("nothing was heard for too long"),
        Reason.SENDQ_EXCEEDED: _("too much was waiting to be read"),
        Reason.STALLED: _("nothing was read for too long"),
        Reason.SERVER_STOPPING: _("the server is stopping"),
        Reason.INTERNAL_ERROR: _("an error in the server"),
        Reason.OTHER: _("for another reason"),
    }
    return texts[reason]


# --- refusals ----------------------------------------------------------------------------------------------


@_says(no.RoomFull)
def _room_full(_: Translate, e: no.RoomFull) -> str:
    return _("the room is full ({occupancy})").format(occupancy=occupancy(_, e.members, e.capacity))


@_says(no.ServerFull)
def _server_full(_: Translate, e: no.ServerFull) -> str:
    return _("the server is full ({occupancy})").format(occupancy=occupancy(_, e.clients, e.capacity))


@_says(no.AlreadyInside)
def _already_inside(_: Translate, e: no.AlreadyInside) -> str:
    return _("you are in {room} already").format(room=e.room)


@_says(no.NotInside)
def _not_inside(_: Translate, __: no.NotInside) -> str:
    return _("you are in no room, nobody can hear you; /join ROOM takes you into one")


@_says(no.RoomInvalid)
def _room_invalid(_: Translate, e: no.RoomInvalid) -> str:
    return _("{name} cannot be a room's name: {flaw}").format(name=e.room, flaw=_flaw_text(_, e.why, e.limit))


@_says(no.NickInvalid)
def _nick_invalid(_: Translate, e: no.NickInvalid) -> str:
    return _("{name} cannot be a nick: {flaw}").format(name=e.nick, flaw=_flaw_text(_, e.why, e.limit))


@_says(no.NickTaken)
def _nick_taken(_: Translate, e: no.NickTaken) -> str:
    return _("somebody else is called {nick}").format(nick=e.nick)


@_says(no.NoSuchNick)
def _no_such_nick(_: Translate, e: no.NoSuchNick) -> str:
    return _("nobody here is called {nick}").format(nick=e.nick)


@_says(no.UnknownCommand)
def _unknown_command(_: Translate, e: no.UnknownCommand) -> str:
    return _("there is no command /{command}; /help lists them, // says a line that begins with /").format(
        command=e.command
    )


@_says(no.ArgumentMissing)
def _argument_missing(_: Translate, e: no.ArgumentMissing) -> str:
    return _("/{command} needs something more; /help shows what").format(command=e.command)


@_says(no.TopicTooLong)
def _topic_too_long(_: Translate, e: no.TopicTooLong) -> str:
    return _("a topic has at most {limit} characters").format(limit=e.limit)


@_says(no.ControlCharacters)
def _control_characters(_: Translate, __: no.ControlCharacters) -> str:
    return _("that line had control characters; it was not sent")


@_says(no.NotText)
def _not_text(_: Translate, __: no.NotText) -> str:
    return _("that line was not UTF-8 text; it was not sent")


@_says(no.LineTooLong)
def _line_too_long(_: Translate, e: no.LineTooLong) -> str:
    return _("that line was longer than {limit} bytes; it was not sent").format(limit=e.limit)


@_says(no.WrongPassword)
def _wrong_password(_: Translate, e: no.WrongPassword) -> str:
    return _("wrong password ({left} tries left)").format(left=e.left)


@_says(no.NoPasswordWanted)
def _no_password_wanted(_: Translate, __: no.NoPasswordWanted) -> str:
    return _("no password is wanted here")


@_says(no.NoProofWanted)
def _no_proof_wanted(_: Translate, __: no.NoProofWanted) -> str:
    return _("nothing has to be proved here, or no longer so")


@_says(no.TooManyFromHere)
def _too_many_from_here(_: Translate, __: no.TooManyFromHere) -> str:
    return _("too many come from your network address")


@_says(no.EmptyMessage)
def _empty_message(_: Translate, __: no.EmptyMessage) -> str:
    return _("that message was empty")


@_says(no.PasswordFirst)
def _password_first(_: Translate, __: no.PasswordFirst) -> str:
    return _("first the password: type it, or /pass PASSWORD")


def _flaw_text(_: Translate, flaw: str, limit: int) -> str:
    texts = {
        "empty": _("it is empty"),
        "too-long": _("it has more than {limit} characters").format(limit=limit),
        "characters": _("it has a character that names may not have"),
        "first": _("it must begin with a letter or one of _[]{}\\|^`"),
        "scripts": _("it mixes letters of several scripts"),
    }
    return texts.get(flaw, flaw)  # a newer server may know more flaws


def _with_topic(_: Translate, text: str, room: fact.RoomView) -> str:
    line = text.format(
        room=room.name,
        occupancy=occupancy(_, len(room.members), room.capacity),
        members=", ".join(room.members),
    )
    return line + "\n" + _("Topic: {topic}").format(topic=room.topic) if room.topic else line
