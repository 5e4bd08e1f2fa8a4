"""What happened to a task and its customer so far, newest first, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from journey_api.console.countdown import time_of
from journey_api.console.visit import Visit
from journey_api.reports.notification_list import NotificationFilter, list_notifications
from journey_api.tasks.shown import instant
from shared.commands.change_task import history
from shared.languages.isolation import join_isolated
from shared.lifecycle import Task
from shared.people.staff import Directory

_WEIGHTY: Final = frozenset({"created", "accepted", "completed"})
_MOST_NOTICES: Final = 50


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened, with its time in the dealer's zone; `dated`: on another day."""

    time: str
    dated: bool
    at: str
    text: str
    sub: str
    weighty: bool


async def load_history(
    visit: Visit, task: Task, happenings: Sequence[Mapping[str, Any]], people: Directory
) -> list[HistoryLine]:
    """The changes of the task, who was told, and what its customer said and was seen to do (of the packet)."""
    names = {staff_id: one.name for staff_id, one in people.colleagues.items()}
    changes = await history(visit.connection, task.task_id)
    # that an event or a clock touched the task says nothing to people unless somebody says why
    told_of = [one for one in changes if one["action"] != "updated" or one.get("note")]
    lines = [_change_line(visit, one, names) for one in told_of]
    lines += [_happening_line(visit, one, names) for one in happenings if one["type"] != "note"]
    wanted = NotificationFilter({"dealer_id": [task.dealer_id], "task_id": [task.task_id]})
    told = await list_notifications(visit.connection, wanted, None, _MOST_NOTICES)
    lines += [_told_line(visit, dict(one), names) for one in told]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _change_line(visit: Visit, change: Mapping[str, Any], names: Mapping[str, str]) -> HistoryLine:
    who = names.get(change.get("by") or "", change.get("by") or "")
    text = visit.texts.text(f"task.history.{change['action']}")
    words = (_reason(visit, change.get("reason")), _outcome(visit, change.get("outcome")), change.get("note") or "")
    sub = join_isolated(" · ", (who, *words))
    return _line(visit, change["at"], text, sub, weighty=change["action"] in _WEIGHTY)


def _told_line(visit: Visit, told: Mapping[str, Any], names: Mapping[str, str]) -> HistoryLine:
    channel = visit.texts.name("channels", told["channel"]) if told["channel"] else ""
    status = visit.texts.name("task.told", told["status"])
    if told["staff_id"]:
        text = visit.texts.text("task.history.told", name=names.get(told["staff_id"], told["staff_id"]))
    else:
        text = visit.texts.text("task.history.told_customer")
    return _line(visit, told["created_at"], text, " · ".join(filter(None, (channel, status))), weighty=False)


def _happening_line(visit: Visit, one: Mapping[str, Any], names: Mapping[str, str]) -> HistoryLine:
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    if one["type"] == "contact":
        channel = visit.texts.name("channels", one["channel"])
        text = visit.texts.text(f"task.history.{one['direction']}", channel=channel)
        who = names.get(one.get("staff_id") or "", "")
        sub = join_isolated(" · ", (who, _outcome(visit, one.get("outcome")), one.get("text")))
        return _line(visit, one["at"], text, sub, weighty=one["direction"] == "inbound")
    happened = [texts.text("occurrences", name, language) for name in one["occurrences"]]
    text = ", ".join(happened) or visit.texts.text("task.history.event")
    return _line(visit, one["at"], text, one.get("note") or "", weighty=True)


def _reason(visit: Visit, reason: str | None) -> str:
    key = f"task.reasons.{reason}"
    return visit.texts.text(key) if reason and key in visit.texts else reason or ""


def _outcome(visit: Visit, outcome: str | None) -> str:
    key = f"task.outcomes.{outcome}"
    return visit.texts.text(key) if outcome and key in visit.texts else outcome or ""


def _line(visit: Visit, at: Any, text: str, sub: str, *, weighty: bool) -> HistoryLine:
    moment = instant(at)
    assert moment is not None
    shown = time_of(moment, visit.now, visit.zone, visit.viewer.language)
    return HistoryLine(shown, len(shown) > len("00:00"), moment.isoformat(), text, sub, weighty)
