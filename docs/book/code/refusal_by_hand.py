"""A refusal changes nothing: whatever a verb of the world refuses, the world is as it was."""

from by_hand import at, new_session, new_world

from coliseum.core.inbound import Ready
from coliseum.core.world import World


def picture(world: World) -> object:
    """Return who is where, to be compared."""
    rooms = {room.name: ([user.nick for user in room.members], room.topic) for room in world.rooms.values()}
    return sorted(world.users), rooms


world = new_world(room_capacity=3)
people = [new_session(world, name) for name in ("ana", "luis", "eva", "zoe")]
for person in people:
    person.receive([Ready(), f"/nick {person.peer}", "/join garden"], at(1))  # zoe is the fourth in the garden
zoe = people[-1]
before = picture(world)
world.collect()
for line in ("/nick ANA", "/nick two words", "/join garden", "/join lobby", "/msg nobody hello", "/dance"):
    zoe.receive([line], at(2))
    told = [event for burst in zoe.mailbox for event in burst.events]
    others = any(person.mailbox for person in people[:-1])
    world.collect()
    same = picture(world) == before
    print(f"{line:18} {told[0].code:17} the world is the same: {same}; others heard of it: {others}")
