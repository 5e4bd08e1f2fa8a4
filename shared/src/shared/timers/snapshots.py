"""The policy a timer keeps, as the JSON it is stored as."""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from pydantic_core import from_json, to_json

from shared.sla.calendar import Calendar
from shared.sla.calendar_document import calendar_document, read_calendar
from shared.sla.durations import format_duration, format_target, parse_duration, parse_target
from shared.sla.values import Chain, Snapshot, Step, WarningAt


def snapshot_document(policy: Snapshot) -> dict[str, Any]:
    """The snapshot ready for JSON, as `read_snapshot` takes it."""
    return {
        "target": format_target(policy.target),
        "calendar": calendar_document(policy.calendar) if policy.calendar else None,
        "warnings": [_warning_document(warning) for warning in policy.warnings],
        "chain": {
            "notice": list(policy.chain.notice),
            "steps": [_step_document(step) for step in policy.chain.steps],
            "given": policy.chain.given,
        },
        "rearm_after": format_duration(policy.rearm_after),
        "version": policy.version,
    }


def read_snapshot(document: Mapping[str, Any]) -> Snapshot:
    """The snapshot of a stored document. Equal calendars are one value, so that their days are worked out once."""
    chain = document["chain"]
    calendar = document["calendar"]
    return Snapshot(
        target=parse_target(document["target"]),
        calendar=_calendar(to_json(calendar)) if calendar else None,
        warnings=tuple(_read_warning(warning) for warning in document["warnings"]),
        chain=Chain(tuple(chain["notice"]), tuple(_read_step(step) for step in chain["steps"]), chain["given"]),
        rearm_after=parse_duration(document["rearm_after"]).time,
        version=document["version"],
    )


@lru_cache(maxsize=256)
def _calendar(document: bytes) -> Calendar:
    return read_calendar(from_json(document))


def _warning_document(warning: WarningAt) -> dict[str, Any]:
    if warning.lead is not None:
        return {"lead": format_duration(warning.lead)}
    return {"percent": warning.percent}


def _read_warning(document: Mapping[str, Any]) -> WarningAt:
    lead = document.get("lead")
    return WarningAt(document.get("percent"), parse_duration(lead).time if lead else None)


def _step_document(step: Step) -> dict[str, Any]:
    return {
        "after": format_duration(step.after),
        "to": list(step.to),
        "channel_class": step.channel_class,
        "repeat": step.repeat,
    }


def _read_step(document: Mapping[str, Any]) -> Step:
    after: timedelta = parse_duration(document["after"]).time
    return Step(after, tuple(document["to"]), document["channel_class"], document["repeat"])
