"""Rooms: going in and out, looking around."""

from coliseum.core.house_rules import may_see
from coliseum.core.names import room_name
from coliseum.core.refusals import NotInside
from coliseum.core.requests import Join, Leave, ListRooms, Topic, Who
from coliseum.core.rooms import Room
from coliseum.core.session import Session
from coliseum.core.users import User
from coliseum.core.vocabulary import RoomShown, RoomsListed, TopicShown
from coliseum.errors import Refused


def current_room(user: User) -> Room:
    """Return the room that `user` entered last and is still in. Raises Refused(NotInside)."""
    room = _last_room(user)
    if room is None:
        raise Refused(NotInside())
    return room


def join(session: Session, user: User, request: Join) -> None:
    """Go into another room; where there is no place, stay where one is."""
    session.world.move(user, _last_room(user), room_name(request.room), request.password)


def leave(session: Session, user: User, _: Leave) -> None:
    """Go out of the room one is in."""
    session.world.leave(user, current_room(user))


def list_rooms(session: Session, user: User, _: ListRooms) -> None:
    """See all rooms that one may know of."""
    world = session.world
    rooms = [room for room in world.list_rooms() if may_see(room, user)]
    session.post(RoomsListed(tuple(room.summary(world.capacity(room)) for room in rooms)))


def who(session: Session, user: User, _: Who) -> None:
    """See who is here."""
    session.post(RoomShown(session.world.view(current_room(user))))


def topic(session: Session, user: User, request: Topic) -> None:
    """See or change the topic."""
    room = current_room(user)
    if request.text is None:
        session.post(TopicShown(room.name, room.topic))
    else:
        session.world.set_topic(user, room, request.text)


def _last_room(user: User) -> Room | None:
    return next(reversed(user.rooms.values()), None)
