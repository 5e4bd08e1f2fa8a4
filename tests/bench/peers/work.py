"""The work of one event, the same for every peer: keep it, route it, make its rows, notify.

Each step is one statement that does nothing the second time, for queues deliver at least once.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from shared.cases.journey_events import StoredEvent, read_event
from shared.ids import new_id
from shared.playbook.routing.router import route
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.loader import load_playbook
from shared.playbook.types import CustomerView, DealerView, Decision

ADDRESS = os.environ["BENCH_DATABASE"]
CUSTOMER, DEALER = CustomerView(), DealerView("Europe/Lisbon")
TIMERS = {"T-27": timedelta(hours=72), "T-46": timedelta(hours=24)}
"""The clocks Handoff runs for such an event, and how long; both warn at three quarters."""
POLICY = {
    "warnings": [75],
    "calendar": {"zone": "Europe/Lisbon", "week": None},
    "chain": [{"to": ["manager_of_manager"], "after": "PT1H"}, {"to": ["group_mailbox"], "after": "PT1H"}],
    "notice": ["owner", "manager"],
}

STORE = """
    insert into event (event_id, dealer_id, source, id, customer_id, occurred_at, data)
    values ({}, {}, {}, {}, {}, {}, {}) on conflict do nothing
"""
TASKS = """
    with routed as (
        insert into routing (event_id, dealer_id, customer_id, state, occurrences, fired, playbook_version)
        select * from jsonb_to_record({0}) as r (event_id text, dealer_id text, customer_id text, state text,
            occurrences jsonb, fired jsonb, playbook_version text) on conflict do nothing),
    tasks as (
        insert into task (task_id, dealer_id, customer_id, event_id, entry, kind, mode, matter, priority, from_role,
            to_role, status, why, packet, due_at)
        select * from jsonb_to_recordset({1}) as t (task_id text, dealer_id text, customer_id text, event_id text,
            entry text, kind text, mode text, matter text, priority text, from_role text, to_role text, status text,
            why jsonb, packet jsonb, due_at timestamptz) on conflict do nothing),
    timers as (
        insert into timer
        select * from jsonb_to_recordset({2}) as c (timer_id text, dealer_id text, task_id text, rule text, state text,
            started_at timestamptz, due_at timestamptz, owner_role text, policy jsonb) on conflict do nothing)
    insert into timer_due
    select * from jsonb_to_recordset({3}) as d (timer_id text, threshold text, fire_at timestamptz)
    on conflict do nothing
"""
NOTIFY = """
    insert into notification (notification_id, dealer_id, event_id, task_id, message, status)
    values ({}, {}, {}, {}, 'OFFERED', 'delivered') on conflict do nothing
"""

Event = Mapping[str, Any]
"""A CloudEvent as posted, and the `event_id` it was accepted under."""


def accepted(body: Event) -> dict[str, Any]:
    """The event under an id of its own."""
    return {**body, "event_id": new_id()}


def event_values(event: Event) -> tuple[Any, ...]:
    """The values of `STORE`."""
    data = event["data"]
    at = datetime.fromisoformat(event["time"])
    about = (event["event_id"], data["dealer_id"], event["source"], event["id"], data["customer_id"])
    return *about, at, json.dumps(data)


def task_values(event: Event) -> tuple[tuple[str, ...], list[str]]:
    """The values of `TASKS` by the playbook's own routing, and the ids of the tasks."""
    data, book = event["data"], playbook()
    at = datetime.fromisoformat(event["time"])
    stored = StoredEvent(event["event_id"], data["dealer_id"], data["customer_id"], at, "live", data)
    answer = route(read_event(stored), None, CUSTOMER, DEALER, book)
    made = [decision for decision in answer.decisions if decision.record is not None]
    routing = {
        **_about(event),
        "state": "routed",
        "occurrences": answer.occurrences,
        "fired": [decision.entry for decision in made],
        "playbook_version": book.version,
    }
    tasks = [_task(event, decision, at) for decision in made]
    timers = [timer for task in tasks for timer in _timers(task, at)]
    dues = [due for timer in timers for due in _dues(timer, at)]
    return tuple(json.dumps(part) for part in (routing, tasks, timers, dues)), [str(task["task_id"]) for task in tasks]


def notice_values(event: Event, task_id: str) -> tuple[str, ...]:
    """The values of `NOTIFY`."""
    return f"{task_id}:OFFERED", event["data"]["dealer_id"], event["event_id"], task_id


def send(task_id: str) -> None:
    """Send the notification: nowhere."""


@cache
def playbook() -> Playbook:
    """The catalogue Handoff routes by."""
    return load_playbook()


def _about(event: Event) -> dict[str, Any]:
    data = event["data"]
    return {"event_id": event["event_id"], "dealer_id": data["dealer_id"], "customer_id": data["customer_id"]}


def _task(event: Event, decision: Decision, at: datetime) -> dict[str, Any]:
    record = decision.record
    assert record is not None
    return {
        **_about(event),
        "task_id": f"{event['event_id']}:{record.entry}",
        "entry": record.entry,
        "kind": record.kind,
        "mode": record.mode,
        "matter": record.matter,
        "priority": "high",
        "from_role": record.from_role,
        "to_role": record.to_role,
        "status": "offered",
        "why": {"occurrence": decision.occurrence, "source": decision.source},
        "packet": {"topics": event["data"].get("topics"), "facts": event["data"].get("facts")},
        "due_at": (at + TIMERS["T-46"]).isoformat(),
    }


def _timers(task: Mapping[str, Any], at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "timer_id": f"{task['task_id']}:{rule}",
            "dealer_id": task["dealer_id"],
            "task_id": task["task_id"],
            "rule": rule,
            "state": "running",
            "started_at": at.isoformat(),
            "due_at": (at + duration).isoformat(),
            "owner_role": task["to_role"],
            "policy": POLICY,
        }
        for rule, duration in TIMERS.items()
    ]


def _dues(timer: Mapping[str, Any], at: datetime) -> list[dict[str, Any]]:
    """What comes first, as Handoff keeps it."""
    warning = at + TIMERS[timer["rule"]] * 0.75
    return [{"timer_id": timer["timer_id"], "threshold": "warning:75", "fire_at": warning.isoformat()}]
