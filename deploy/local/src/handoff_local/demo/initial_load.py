"""Loads the demo dealership once per data folder: records, history, and the last three open hours live."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from handoff_local.client import Client
from handoff_local.demo.calls import act, event, post_events, taker, wait_routed
from handoff_local.demo.offsets import open_time_before
from handoff_local.demo.stories import Demo, Happening
from handoff_local.errors import CommandFailed
from shared.channels.registry import reply_channels

_log = logging.getLogger(__name__)

LIVE_HOURS: Final = timedelta(hours=3)
_ACKNOWLEDGED_AFTER: Final = timedelta(minutes=2)
_BATCH: Final = 100
_KINDS: Final = ("staff", "customers", "vehicles", "orders", "appointments")

Advance = Callable[[int], None]
"""Hears how many more pieces are done."""


@dataclass(frozen=True)
class InitialLoad:
    """One load, as of `now`: begun again with the same `now`, what is already there is found to be the same."""

    client: Client
    demo: Demo
    now: datetime
    advance: Advance = lambda _: None

    @property
    def size(self) -> int:
        """How many pieces there are to load."""
        records = sum(len(self.demo.dealership[kind]) for kind in _KINDS)
        return 1 + records + len(self.demo.past)

    def run(self) -> None:
        """Load everything. Raises CommandFailed."""
        self._load_records()
        past = [(self.demo.time_of(happening, self.now), happening) for happening in self.demo.past]
        past.sort(key=lambda pair: pair[0])
        self._load_history([(at, happening) for at, happening in past if not self._is_live(at, happening)])
        self._load_live([(at, happening) for at, happening in past if self._is_live(at, happening)])

    def _is_live(self, at: datetime, happening: Happening) -> bool:
        """Whether it lies in the last three open hours of who saw it."""
        calendar = self.demo.calendar(self.now, self.demo.role_of(happening))
        return at >= open_time_before(calendar, self.now, LIVE_HOURS)

    def _load_records(self) -> None:
        root = f"/v1/dealers/{self.demo.dealer_id}"
        self.client.put(root, self.demo.dealer_record(self.now))
        self.advance(1)
        for kind in _KINDS:
            for record_id, record in self.demo.records(kind, self.now):
                self.client.put(f"{root}/{kind}/{record_id}", record)
                self.advance(1)

    def _load_history(self, dated: list[tuple[datetime, Happening]]) -> None:
        for start in range(0, len(dated), _BATCH):
            part = dated[start : start + _BATCH]
            events = [event(self.demo, happening, f"demo-{happening.name}", at, "history") for at, happening in part]
            post_events(self.client, events)
            self.advance(len(part))
        for at, happening in dated:
            for step in happening.then:
                self._contact(happening, step, at, None)

    def _load_live(self, dated: list[tuple[datetime, Happening]]) -> None:
        """All events first, so that they are routed while we wait; then what people did about each."""
        events = [event(self.demo, happening, f"demo-{happening.name}", at) for at, happening in dated]
        ids = post_events(self.client, events) if events else []
        for event_id, (at, happening) in zip(ids, dated, strict=True):
            try:
                routed = wait_routed(self.client, event_id)
                self._acknowledge(happening, at, routed.get("case_id"))
                for step in happening.then:
                    self._follow(happening, step, at, routed)
            except CommandFailed as failed:
                _log.warning("%s", failed)
            self.advance(1)

    def _acknowledge(self, happening: Happening, at: datetime, case_id: str | None) -> None:
        """What was written before the demo began was acknowledged then, as it would have been."""
        channel = happening.fields.get("channel", "")
        if not reply_channels(channel) or case_id is None or happening.customer_id is None:
            return
        said = {"dealer_id": self.demo.dealer_id, "customer_id": happening.customer_id, "case_id": case_id}
        said |= {"direction": "outbound", "channel": channel, "kind": "acknowledgement"}
        said |= {"at": min(at + _ACKNOWLEDGED_AFTER, self.now).isoformat(), "staff_id": happening.fields["by"]}
        self.client.post("/v1/contacts", said, once=f"demo-{happening.name}-acknowledged")

    def _follow(self, happening: Happening, step: Mapping[str, Any], at: datetime, routed: Mapping[str, Any]) -> None:
        if "contact" in step:
            self._contact(happening, step, at, routed.get("case_id"))
            return
        wanted = step.get("accept") or step["complete"]
        for task in routed["tasks"]:
            if task["entry"] != wanted:
                continue
            whole = self.client.get(f"/v1/tasks/{task['task_id']}")
            self._work(whole, step)

    def _work(self, task: Mapping[str, Any], step: Mapping[str, Any]) -> None:
        person = task.get("assignee_id") or taker(self.demo, task)
        if person is None:
            return
        begin = "acknowledge" if task["kind"] == "interact" else "accept"
        act(self.client, task["task_id"], begin, person)
        if "complete" in step:
            act(self.client, task["task_id"], "complete", person, outcome=step.get("outcome", "done"))

    def _contact(self, happening: Happening, step: Mapping[str, Any], at: datetime, case_id: str | None) -> None:
        """What somebody said to the customer, `after` so many minutes; what has not happened yet is left out."""
        said_at = at + timedelta(minutes=step["after"])
        if "contact" not in step or said_at > self.now or happening.customer_id is None:
            return
        said = {name: step[name] for name in ("channel", "outcome", "text") if name in step}
        said |= {"dealer_id": self.demo.dealer_id, "customer_id": happening.customer_id, "direction": "outbound"}
        said |= {"kind": step["contact"], "at": said_at.isoformat()}
        said |= {"staff_id": step.get("by") or happening.fields["by"]} | ({"case_id": case_id} if case_id else {})
        self.client.post("/v1/contacts", said, once=f"demo-{happening.name}-{happening.then.index(step)}")
