"""The table of `handoff tasks`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from handoff_local.client import Client
from handoff_local.clocks import STATES, clock_state, left
from handoff_local.failures import Refused

_COLOURS: Final = {"breached": "red", "at risk": "yellow", "running": "cyan", "paused": "dim", "met": "green"}


def domain_now(client: Client) -> datetime:
    """The present instant of domain time."""
    return datetime.fromisoformat(client.get("/v1/clock")["now"])


def starts_of_timers(client: Client, dealer_id: str | None) -> dict[str, datetime]:
    """When each running clock began, as far as the key may see clocks."""
    try:
        running = client.items("/v1/sla/timers", most=2000, dealer_id=dealer_id, state="running")
        return {timer["timer_id"]: datetime.fromisoformat(timer["started_at"]) for timer in running}
    except Refused:
        return {}


def task_table(tasks: Sequence[dict[str, Any]], now: datetime, starts: Mapping[str, datetime]) -> Table:
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
            _clocks(task, now, starts),
        )
    return table


def clock_counts(tasks: Sequence[dict[str, Any]], now: datetime, starts: Mapping[str, datetime]) -> str:
    """How many clocks of these tasks are met, running, at risk, breached; each clock once."""
    timers = {timer["timer_id"]: timer for task in tasks for timer in task.get("timers") or []}
    counts = Counter(clock_state(timer, now, starts.get(timer["timer_id"])) for timer in timers.values())
    return " · ".join(f"{state} {counts[state]}" for state in reversed(STATES) if counts[state])


def _holder(task: dict[str, Any]) -> str:
    if task.get("assignee_id"):
        return f"{task['assignee_id']} ({task['to_role']})"
    offered = f", offered to {task['offered_to']}" if task.get("offered_to") else ""
    return f"{task['to_role']}{offered}"


def _clocks(task: dict[str, Any], now: datetime, starts: Mapping[str, datetime]) -> Text:
    words = Text()
    for timer in task.get("timers") or []:
        state = clock_state(timer, now, starts.get(timer["timer_id"]))
        if state == "cancelled":
            continue
        rest = f" {left(timer, now)}" if timer["state"] == "running" else ""
        words.append(f"{', ' if words else ''}{timer['rule']} ", style="default")
        words.append(f"{state}{rest}", style=_COLOURS.get(state, "default"))
    return words
