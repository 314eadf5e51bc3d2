"""Coverage-guided fuzzing of whatever reads what strangers write (atheris, which is libFuzzer for Python).

`make test` runs every target for a moment (test_targets.py), `make fuzz` for a minute each. Hypothesis tests
beside the code try what their authors thought of; this finds what nobody thought of, because it sees which inputs
reach new code.

Reading order: target.py, then parsers.py, wires.py, sessions.py, clients.py (what is fuzzed), __main__.py (how).
"""
