"""The pure core: rooms, users, sessions and the rules between them.

No clock, no randomness, no I/O, no locks, no async: time and identifiers are arguments, and whoever calls
makes sure that one caller at a time is inside (threads: the world's lock; asyncio: the loop).
Read in this order: vocabulary, refusals, names, rooms, users, world, session, commands, delivery.
"""
