"""The house rules: who may come into a room, who is heard there, who may change it.

The idea: each rule is a pure question about a room and a user, answered by the refusal or by None. The verbs ask
and act in one step, so nothing can come between the answer and the deed.

What must stay true: nobody enters a full room. The server's limit counts until operators of the room set another;
theirs, and only theirs, gives way to their own invitation. An operator of the room is always heard there.

Source for what the settings mean: modern.ircdocs.horse "Channel Modes", RFC 2811 section 4.
"""

from coliseum.core.kinds import ROLES, Kind, Setting, Trait
from coliseum.core.masks import Mask
from coliseum.core.refusals import (
    Banned,
    CannotSpeak,
    InviteOnly,
    NotOperator,
    OutsideRoom,
    Refusal,
    RoomFull,
    RoomPasswordWrong,
)
from coliseum.core.rooms import Room
from coliseum.core.users import User
from coliseum.errors import Refused


def place_refusal(room: Room | None, capacity: int) -> Refusal | None:
    """Say whether the room (None: a room that does not exist yet) has no place left."""
    if room is not None and capacity and len(room.members) >= capacity:
        return RoomFull(room.name, len(room.members), capacity)
    return None


def entry_refusal(room: Room, user: User, capacity: int, password: str) -> Refusal | None:
    """Say what keeps `user` from coming in; an operator's invitation overrules what operators have set."""
    invited = user.id in room.invited
    if not (invited and room.capacity is not None) and (full := place_refusal(room, capacity)):
        return full
    if room.password and password != room.password:
        return RoomPasswordWrong(room.name)
    if invited:
        return None
    if Setting.INVITE_ONLY in room.flags and not _on_list(room, Setting.INVITATION, user):
        return InviteOnly(room.name)
    if is_banned(room, user, silenced=False):
        return Banned(room.name)
    return None


def speech_refusal(room: Room, user: User, kind: Kind) -> Refusal | None:
    """Say what keeps `user`, inside or outside, from being heard in the room."""
    roles = room.members.get(user)
    if roles is None and Setting.MEMBERS_ONLY in room.flags:
        return CannotSpeak(room.name, Setting.MEMBERS_ONLY)
    if kind is Kind.REQUEST and Setting.NO_REQUESTS in room.flags:
        return CannotSpeak(room.name, Setting.NO_REQUESTS)
    if roles is not None and (roles & ROLES or is_operator(room, user)):
        return None
    if Setting.MODERATED in room.flags:
        return CannotSpeak(room.name, Setting.MODERATED)
    if is_banned(room, user, silenced=True):
        return CannotSpeak(room.name, Setting.BAN)
    return None


def is_banned(room: Room, user: User, *, silenced: bool) -> bool:
    """Say whether a ban meets `user`; `silenced`: bans that only silence count too."""

    def counts(mask: Mask) -> bool:
        return silenced or not mask.silences

    bans = room.lists[Setting.BAN]
    if not bans or not any(counts(e.mask) and e.mask.matches(user.identity) for e in bans.values()):
        return False
    return not any(
        counts(e.mask) and e.mask.matches(user.identity) for e in room.lists[Setting.EXCEPTION].values()
    )


def may_see(room: Room, user: User) -> bool:
    """Say whether `user` may know that the room exists."""
    return user in room.members or Setting.SECRET not in room.flags


def require_inside(room: Room, user: User) -> None:
    """Raise Refused(OutsideRoom) when `user` is not in the room."""
    if user not in room.members:
        raise Refused(OutsideRoom(room.name))


def require_operator(room: Room, user: User) -> None:
    """Raise Refused: OutsideRoom, or NotOperator when `user` is inside and not an operator of the room.

    A permanent room was made by nobody: there, whoever administers the server counts as an operator.
    """
    require_inside(room, user)
    if not is_operator(room, user):
        raise Refused(NotOperator(room.name))


def is_operator(room: Room, user: User) -> bool:
    """Say whether `user`, who is inside, is an operator of the room, or counts as one."""
    return Setting.OPERATOR in room.members[user] or (room.permanent and Trait.OPERATOR in user.traits)


def _on_list(room: Room, kind: Setting, user: User) -> bool:
    return any(entry.mask.matches(user.identity) for entry in room.lists[kind].values())
