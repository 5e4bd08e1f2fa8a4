"""The table of `handoff tasks`."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from handoff_local.cli.clock_states import STATES, ClockReader
from handoff_local.client import Client
from handoff_local.errors import Refused

_COLOURS: Final = {"breached": "red", "at risk": "yellow", "running": "cyan", "paused": "dim", "met": "green"}


def clock_reader(client: Client, tasks: Sequence[dict[str, Any]], dealer_id: str | None) -> ClockReader:
    """What is needed to judge the clocks of these tasks, as far as the key may see it."""
    now = datetime.fromisoformat(client.get("/v1/clock")["now"])
    dealers = {each: client.get(f"/v1/dealers/{each}") for each in {task["dealer_id"] for task in tasks}}
    try:
        running = client.items("/v1/sla/timers", most=2000, dealer_id=dealer_id, state="running")
        starts = {timer["timer_id"]: datetime.fromisoformat(timer["started_at"]) for timer in running}
    except Refused:
        starts = {}
    return ClockReader(now, starts, dealers)


def task_table(tasks: Sequence[dict[str, Any]], clocks: ClockReader) -> Table:
    """One row a task: what, for whom, who has it, and how its clocks stand."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("task", "customer", "entry", "what", "with", "status", "clocks"):
        table.add_column(name, overflow="fold" if name in ("task", "what", "clocks") else "ellipsis")
    for task in tasks:
        table.add_row(
            task["task_id"],
            str(task.get("customer_id") or "-"),
            task["entry"],
            str(task.get("title") or ""),
            _holder(task),
            task["status"] + ("" if task["priority"] == "normal" else f" ({task['priority']})"),
            _clocks(task, clocks),
        )
    return table


def clock_counts(tasks: Sequence[dict[str, Any]], clocks: ClockReader) -> str:
    """How many clocks of these tasks are met, running, at risk, breached; each clock once."""
    found = {timer["timer_id"]: (timer, task["dealer_id"]) for task in tasks for timer in task.get("timers") or []}
    counts = Counter(clocks.state(timer, dealer_id) for timer, dealer_id in found.values())
    return " · ".join(f"{state} {counts[state]}" for state in STATES if counts[state])


def _holder(task: dict[str, Any]) -> str:
    if task.get("assignee_id"):
        return f"{task['assignee_id']} ({task['to_role']})"
    offered = f", offered to {task['offered_to']}" if task.get("offered_to") else ""
    return f"{task['to_role']}{offered}"


def _clocks(task: dict[str, Any], clocks: ClockReader) -> Text:
    words = Text()
    for timer in task.get("timers") or []:
        state = clocks.state(timer, task["dealer_id"])
        if state == "cancelled":
            continue
        rest = f" {clocks.left(timer, task['dealer_id'])}" if timer["state"] == "running" else ""
        words.append(f"{', ' if words else ''}{timer['rule']} ", style="default")
        words.append(f"{state}{rest}", style=_COLOURS.get(state, "default"))
    return words
