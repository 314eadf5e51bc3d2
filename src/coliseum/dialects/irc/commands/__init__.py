"""The commands of IRC, one file per family; importing this package fills the table in `command.COMMANDS`."""

from coliseum.dialects.irc.commands import (
    listing,
    modes,
    monitor,
    opers,
    people,
    registration,
    rooms,
    server,
    talk,
    who,
)

__all__ = ["listing", "modes", "monitor", "opers", "people", "registration", "rooms", "server", "talk", "who"]
