"""Dialects: how a session's lines are read and its events written. Text and vocabulary, no I/O."""
