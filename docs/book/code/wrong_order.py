"""A thread takes two locks in the wrong order. No other thread is there, so nothing can happen; or can it?"""

from coliseum.engines.ranks import RankError, ranked_lock

world_lock = ranked_lock("the world", 1)
link_lock = ranked_lock("a link", 2)

with world_lock, link_lock:
    print("the world, then a link: fine")
try:
    with link_lock, world_lock:
        print("a link, then the world: nobody noticed, this time")
except RankError as error:
    print("a link, then the world:", error)
