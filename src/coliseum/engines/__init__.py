"""The engines: two ways of waiting for bytes. Read `threads/` and `aio/` side by side, file by file."""
