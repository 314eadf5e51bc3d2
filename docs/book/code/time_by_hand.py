"""Time is an argument: ten seconds pass in a microsecond, because we say so."""

from by_hand import at, flush, new_session, new_world

world = new_world(handshake_timeout=10.0)
ana = new_session(world, "ana", seconds=100.0)  # she connects, and then says nothing: no handshake, no greeting
print("the world wants to be woken at", world.deadline())
for seconds in (105.0, 109.999, 110.0):
    print(f"it is {seconds}:")
    world.tick(at(seconds))
    flush(world)
