"""The words: every event and refusal as a sentence in one language.

One function per fact, found by its type, so that a missing sentence is an error of the tests and not of a
conversation. `coliseum join` says the same sentences in its user's own language.

What must stay true: pure; a sentence is one line (a room's topic and each line of the message of the day have
their own, so has each changed setting), and how many lines there are depends on nothing that people wrote. No
sentence has a character that could harm a terminal: what goes into one is cleaned before (cleaning.py).

Not here: the refusals and the settings of rooms (refusal_phrases.py, setting_phrases.py).
"""

from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Kind, Reason, Setting
from coliseum.core.vocabulary import Event
from coliseum.dialects.plain.cleaning import cleaned
from coliseum.dialects.plain.phrasebook import Phrasebook, as_typed, occupancy
from coliseum.dialects.plain.refusal_phrases import REFUSALS
from coliseum.dialects.plain.setting_phrases import SETTINGS
from coliseum.dialects.reasons import Translate, reason_text

__all__ = ["occupancy", "sentence"]

_FACTS = Phrasebook()
_says = _FACTS.says


def sentence(translate: Translate, event: Event) -> str:
    """Return what a person reads about `event`, without a line's end; empty when there is nothing to say."""
    phrase = _BOOK[type(event)]
    text = phrase(translate, event)
    # What a sentence shows it shows as it is: one that can be printed has no field that needs cleaning.
    return text if text.isprintable() else phrase(translate, cleaned(event))


# --- what people say ---------------------------------------------------------------------------------------

# `ana: hello`, `ana (in private): hello`; an action is `~ ana waves ~`, `(in private) ~ ana waves ~`. Nobody can
# imitate any of that, because a nick holds no space and none of `:(~`: who is named first has said or done the
# rest; no message begins with `~ ` or `(`; and what stands in brackets before the colon, or before the first `~`,
# is the server's. For the same reason an action is not `* ana waves`, as elsewhere: `* ` is the server's.


@_says(fact.Said)
def _said(_: Translate, e: fact.Said) -> str:
    notes = {Setting.OPERATOR: _("to operators"), Setting.VOICE: _("to operators and those with a voice")}
    return _spoken(_, e, "" if e.only is None else notes.get(e.only, e.only))


@_says(fact.Told)
def _told(_: Translate, e: fact.Told) -> str:
    return _spoken(_, e, _("in private"))


def _spoken(_: Translate, e: fact.Said | fact.Told, to: str) -> str:
    """Return a message with whom it is meant for (empty: everybody)."""
    match e.kind:
        case Kind.ACTION:
            text = f"~ {e.source.nick} {e.text} ~"
            return f"({to}) {text}" if to else text
        case Kind.MESSAGE | Kind.NOTICE:
            notes = ", ".join(filter(None, [_("notice") if e.kind is Kind.NOTICE else "", to]))
            return f"{e.source.nick} ({notes}): {e.text}" if notes else f"{e.source.nick}: {e.text}"
        case _:
            return ""  # clients among themselves


@_says(fact.Delivered)
def _delivered(_: Translate, e: fact.Delivered) -> str:
    return _("To {nick} (in private): {text}").format(nick=e.nick, text=e.text)


@_says(fact.Echoed)
def _echoed(_: Translate, e: fact.Echoed) -> str:
    return _("Your message was: {text}").format(text=e.text)


@_says(fact.Announced)
def _announced(_: Translate, e: fact.Announced) -> str:
    return _("{nick} announces: {text}").format(nick=e.source.nick, text=e.text)


# --- what happens in rooms ---------------------------------------------------------------------------------


@_says(fact.Entered)
def _entered(_: Translate, e: fact.Entered) -> str:
    text = _("{nick} entered {room} ({occupancy}).")
    return text.format(nick=e.source.nick, room=e.room, occupancy=occupancy(_, e.members, e.capacity))


@_says(fact.Left)
def _left(_: Translate, e: fact.Left) -> str:
    text = (
        _("{nick} left {room} ({occupancy}): {message}") if e.message else _("{nick} left {room} ({occupancy}).")
    )
    places = occupancy(_, e.members, e.capacity)
    return text.format(nick=e.source.nick, room=e.room, occupancy=places, message=e.message)


@_says(fact.Gone)
def _gone(_: Translate, e: fact.Gone) -> str:
    text = _("{nick} is gone ({reason}): {message}") if e.message else _("{nick} is gone ({reason}).")
    return text.format(nick=e.source.nick, reason=reason_text(_, e.reason), message=e.message)


@_says(fact.Kicked)
def _kicked(_: Translate, e: fact.Kicked) -> str:
    text = (
        _("{nick} put {target} out of {room} ({reason}).")
        if e.message
        else _("{nick} put {target} out of {room}.")
    )
    return text.format(nick=e.source.nick, target=e.target.nick, room=e.room, reason=e.message)


@_says(fact.InviteSeen)
def _invite_seen(_: Translate, e: fact.InviteSeen) -> str:
    return _("{nick} invited {target} into {room}.").format(nick=e.source.nick, target=e.nick, room=e.room)


@_says(fact.Renamed)
def _renamed(_: Translate, e: fact.Renamed) -> str:
    return _("{old} is now called {nick}.").format(old=e.source.nick, nick=e.nick)


@_says(fact.TopicChanged)
def _topic_changed(_: Translate, e: fact.TopicChanged) -> str:
    if not e.topic:
        return _("{nick} removed the topic of {room}.").format(nick=e.source.nick, room=e.room)
    return _("{nick} set the topic of {room}: {topic}").format(nick=e.source.nick, room=e.room, topic=e.topic)


# --- who is here -------------------------------------------------------------------------------------------


@_says(fact.AwayChanged, fact.WatchedAway)
def _away_changed(_: Translate, e: fact.AwayChanged | fact.WatchedAway) -> str:
    text = _("{nick} is away: {message}") if e.message else _("{nick} is back.")
    return text.format(nick=e.source.nick, message=e.message)


@_says(fact.RealnameChanged, fact.WatchedRealname)
def _realname_changed(_: Translate, e: fact.RealnameChanged | fact.WatchedRealname) -> str:
    return _("{nick} has another real name now: {realname}").format(nick=e.source.nick, realname=e.realname)


@_says(fact.CameOnline)
def _came_online(_: Translate, e: fact.CameOnline) -> str:
    return _("{nick} is here now.").format(nick=e.source.nick)


@_says(fact.WentOffline)
def _went_offline(_: Translate, e: fact.WentOffline) -> str:
    return _("{nick} is no longer here.").format(nick=e.nick)


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


@_says(fact.Invited)
def _invited(_: Translate, e: fact.Invited) -> str:
    text = _("{nick} invites you into {room}; /join {typed} takes you there.")
    return text.format(nick=e.source.nick, room=e.room, typed=as_typed(e.room))


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
        (_("/join ROOM [PASSWORD]"), _("go into a room (it is made if it does not exist)")),
        (_("/leave"), _("go out of the room")),
        (_("/rooms"), _("list the rooms")),
        (_("/who"), _("see who is in the room")),
        (_("/topic [TEXT]"), _("see or set the room's topic (- removes it)")),
        (_("/msg NICK TEXT"), _("tell somebody something in private")),
        (_("/me TEXT"), _("say what you do: /me waves")),
        (_("/away [TEXT]"), _("say that you are away; without a text: that you are back")),
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
    text = _("The connection ends: {reason} ({message}).") if e.message else _("The connection ends: {reason}.")
    return text.format(reason=reason_text(_, e.reason), message=e.message)


def _with_topic(_: Translate, text: str, room: fact.RoomView) -> str:
    line = text.format(
        room=room.name,
        occupancy=occupancy(_, len(room.members), room.capacity),
        members=", ".join(room.members),
    )
    return line + "\n" + _("Topic: {topic}").format(topic=room.topic) if room.topic else line


_BOOK = _FACTS | SETTINGS | REFUSALS
