"""An effect: the core does not check a password, it asks somebody else to, and others go on meanwhile."""

from by_hand import at, flush, new_session, new_world

from coliseum.core.inbound import Ready

world = new_world(password="sesame", room_capacity=1)
ana, luis = new_session(world, "ana"), new_session(world, "luis")
for session in (ana, luis):
    session.receive([Ready()], at(1))
world.collect()  # "This server wants a password", thrown away

print("ana sends her password and a message at once; luis sends his password:")
for_ana = ana.receive(["sesame", "am I in?"], at(2))
for_luis = luis.receive(["sesame"], at(2))
print("   the core asks:", for_ana, "for ana and", for_luis, "for luis")
flush(world)  # nothing comes: the answers may take as long as they like

print("luis' answer comes first:")
luis.resume(True, at(3))
flush(world)
print("then ana's; the script looks again after its yield:")
ana.resume(True, at(4))
flush(world)
