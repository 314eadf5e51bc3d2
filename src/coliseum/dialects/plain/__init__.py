"""The plain dialect: what you type is said; lines that begin with `/` are commands.

parser (line to request); phrases, with setting_phrases and refusal_phrases (event to sentence), cleaning (what may
come to a terminal); render (events to bytes); json_lines (the same for programs); dialect (one session of it).
"""

from coliseum.dialects.plain.dialect import DatagramDialect, PlainDialect, Voice

__all__ = ["DatagramDialect", "PlainDialect", "Voice"]
