"""Reads a trace (coliseum trace --json -): in how many rows are steps of the world, and are two ever at once?"""

import json
import sys
from collections import defaultdict
from itertools import pairwise

names: dict[int, str] = {}
slices: dict[int, list[dict]] = defaultdict(list)
for event in json.load(sys.stdin)["traceEvents"]:
    if event["name"] == "process_name":
        names[event["pid"]] = event["args"]["name"]
    elif event["ph"] == "X":
        slices[event["pid"]].append(event)

for process, name in names.items():
    steps = sorted((each for each in slices[process] if each["cat"] == "step"), key=lambda each: each["ts"])
    rows = {step["tid"] for step in steps}
    together = sum(two["ts"] < one["ts"] + one["dur"] for one, two in pairwise(steps))
    waits = sum(each["cat"] == "wait" for each in slices[process])
    print(f"{name}: {len(steps)} steps in {len(rows)} rows, two at once: {together}; waits for a lock: {waits}")
