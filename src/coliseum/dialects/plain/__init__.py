"""The plain dialect: what you type is said; lines that begin with `/` are commands.

parser (line to request), phrases (event to sentence), render (events to bytes), json_lines (the same for
programs), dialect (one session of it).
"""

from coliseum.dialects.plain.dialect import DatagramDialect, PlainDialect, Voice

__all__ = ["DatagramDialect", "PlainDialect", "Voice"]
