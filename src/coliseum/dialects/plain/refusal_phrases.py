"""The sentences of the refusals: why the world, or the dialect, said no; each stands behind `! `.

What must stay true: a sentence says what to do about it where something can be done; it is one line, begins with a
small letter and has no full stop.
"""

from coliseum.core import refusals as no
from coliseum.core.kinds import Setting
from coliseum.dialects.plain.phrasebook import Phrasebook, as_typed, occupancy
from coliseum.dialects.reasons import Translate

REFUSALS = Phrasebook()
_says = REFUSALS.says

# --- rooms: coming in --------------------------------------------------------------------------------------


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


@_says(no.RoomLooksTaken)
def _room_looks_taken(_: Translate, e: no.RoomLooksTaken) -> str:
    if not e.other:
        return _("{room} looks like the name of another room").format(room=e.room)
    return _("{room} looks like {other}, which is another room").format(room=e.room, other=e.other)


@_says(no.RoomPasswordWrong)
def _room_password_wrong(_: Translate, e: no.RoomPasswordWrong) -> str:
    text = _("{room} has a password, and that was not it: /join {typed} PASSWORD")
    return text.format(room=e.room, typed=as_typed(e.room))


@_says(no.InviteOnly)
def _invite_only(_: Translate, e: no.InviteOnly) -> str:
    return _("only who was invited comes into {room}").format(room=e.room)


@_says(no.Banned)
def _banned(_: Translate, e: no.Banned) -> str:
    return _("the operators of {room} do not let you in").format(room=e.room)


@_says(no.TooManyRooms)
def _too_many_rooms(_: Translate, e: no.TooManyRooms) -> str:
    return _("you are in {limit} rooms already, and that is the limit; {room} has to wait").format(
        limit=e.limit, room=e.room
    )


@_says(no.NoSuchRoom)
def _no_such_room(_: Translate, e: no.NoSuchRoom) -> str:
    return _("there is no room {room}; /rooms lists them").format(room=e.room)


# --- rooms: what is allowed inside -------------------------------------------------------------------------


@_says(no.OutsideRoom)
def _outside_room(_: Translate, e: no.OutsideRoom) -> str:
    return _("you are not in {room}").format(room=e.room)


@_says(no.CannotSpeak)
def _cannot_speak(_: Translate, e: no.CannotSpeak) -> str:
    texts = {
        Setting.MODERATED: _("only operators and those with a voice are heard"),
        Setting.MEMBERS_ONLY: _("only who is inside is heard"),
        Setting.NO_REQUESTS: _("clients send no requests there"),
        Setting.BAN: _("its operators have silenced you"),
    }
    why = texts.get(e.why, e.why)  # type: ignore[call-overload]  # a newer server may know more
    return _("{room} does not hear you: {why}").format(room=e.room, why=why)


@_says(no.NotOperator)
def _not_operator(_: Translate, e: no.NotOperator) -> str:
    return _("only operators of {room} may do that").format(room=e.room)


@_says(no.NotMember)
def _not_member(_: Translate, e: no.NotMember) -> str:
    return _("{nick} is not in {room}").format(nick=e.nick, room=e.room)


@_says(no.AlreadyMember)
def _already_member(_: Translate, e: no.AlreadyMember) -> str:
    return _("{nick} is in {room} already").format(nick=e.nick, room=e.room)


@_says(no.ListFull)
def _list_full(_: Translate, e: no.ListFull) -> str:
    return _("the lists of {room} have {limit} entries, and that is the limit; {mask} was not added").format(
        room=e.room, limit=e.limit, mask=e.mask
    )


# --- people ------------------------------------------------------------------------------------------------


@_says(no.NickInvalid)
def _nick_invalid(_: Translate, e: no.NickInvalid) -> str:
    return _("{name} cannot be a nick: {flaw}").format(name=e.nick, flaw=_flaw_text(_, e.why, e.limit))


@_says(no.NickTaken)
def _nick_taken(_: Translate, e: no.NickTaken) -> str:
    return _("somebody else is called {nick}").format(nick=e.nick)


@_says(no.NickLooksTaken)
def _nick_looks_taken(_: Translate, e: no.NickLooksTaken) -> str:
    return _("{nick} looks like {other}, and somebody else is called so").format(nick=e.nick, other=e.other)


@_says(no.NoSuchNick)
def _no_such_nick(_: Translate, e: no.NoSuchNick) -> str:
    return _("nobody here is called {nick}").format(nick=e.nick)


@_says(no.NoRequests)
def _no_requests(_: Translate, e: no.NoRequests) -> str:
    return _("{nick} does not want requests of clients").format(nick=e.nick)


@_says(no.WatchListFull)
def _watch_list_full(_: Translate, e: no.WatchListFull) -> str:
    return _("you watch {limit} nicks already, and that is the limit; not added: {nicks}").format(
        limit=e.limit, nicks=", ".join(e.nicks)
    )


# --- lines and commands ------------------------------------------------------------------------------------


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
    return _("a topic has at most {limit} characters, fewer in some scripts").format(limit=e.limit)


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
        "too-long": _("it is too long: at most {limit} characters, fewer in some scripts").format(limit=limit),
        "characters": _("it has a character that names may not have"),
        "first": _("it must begin with a letter or one of _[]{}\\|^`"),
        "scripts": _("it mixes letters of several scripts"),
    }
    return texts.get(flaw, flaw)  # a newer server may know more flaws
