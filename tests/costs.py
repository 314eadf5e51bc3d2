"""What something costs, counted, not timed: bytecode instructions of Python. The same on every machine and every
day; another version of Python has other instructions, so bounds leave some room."""

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

_TOOL = 4
"A number that no known tool uses (sys.monitoring, Registering and using tools)."


def instructions(act: Callable[[], object]) -> int:
    """Return how many bytecode instructions are executed while `act` runs."""
    return _monitored(act) if sys.version_info >= (3, 12) else _traced(act)


def _traced(act: Callable[[], object]) -> int:
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        if event == "opcode":
            count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


def _monitored(act: Callable[[], object]) -> int:
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
    count = 0

    def instruction(_: CodeType, __: int) -> None:
        nonlocal count
        count += 1

    monitoring.use_tool_id(_TOOL, "costs")
    monitoring.register_callback(_TOOL, monitoring.events.INSTRUCTION, instruction)
    monitoring.set_events(_TOOL, monitoring.events.INSTRUCTION)
    try:
        act()
    finally:
        monitoring.set_events(_TOOL, monitoring.events.NO_EVENTS)
        monitoring.free_tool_id(_TOOL)
    return count
