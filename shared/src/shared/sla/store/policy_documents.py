"""A timer's policy as the JSON of a row of `sla_policy`, and back; the row is named by what the JSON says."""

import json
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from pydantic_core import from_json, to_json

from shared.calendar.document import calendar_document, read_calendar
from shared.calendar.durations import format_duration, format_target, parse_duration, parse_target
from shared.calendar.opening_hours import Calendar
from shared.sla.types import Chain, Snapshot, Step, WarningAt

_DIGITS: Final = 32


def policy_row(policy: Snapshot) -> dict[str, Any]:
    """`policy_id` and `document` of the policy's row; worked out once for all who share it."""
    if not policy.known_row:
        document = snapshot_document(policy)
        policy.known_row.update(policy_id=policy_id_of(document), document=document)
    return policy.known_row


def policy_id_of(document: Mapping[str, Any]) -> str:
    """The id of a policy: 128 bits of the SHA-256 of its document, whatever the order of its members."""
    return sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def snapshot_document(policy: Snapshot) -> dict[str, Any]:
    """A policy snapshot as JSON."""
    full = {} if policy.full is None else {"full": format_target(policy.full)}
    return full | {
        "duration": format_target(policy.target),
        "calendar": calendar_document(policy.calendar) if policy.calendar else None,
        "thresholds": [
            {"percent": warning.percent} if warning.lead is None else {"lead": format_duration(warning.lead)}
            for warning in policy.warnings
        ],
        "chain": _chain_document(policy.chain),
        "rearm_after": format_duration(policy.rearm_after),
        "version": policy.version,
    }


def read_snapshot(document: Mapping[str, Any]) -> Snapshot:
    """The snapshot of its JSON."""
    calendar = document["calendar"]
    return Snapshot(
        target=parse_target(document["duration"]),
        calendar=_calendar(to_json(calendar)) if calendar else None,
        warnings=tuple(
            WarningAt(lead=parse_duration(entry["lead"]).time) if "lead" in entry else WarningAt(entry["percent"])
            for entry in document["thresholds"]
        ),
        chain=_read_chain(document["chain"]),
        rearm_after=parse_duration(document["rearm_after"]).time,
        version=document["version"],
        full=parse_target(document["full"]) if "full" in document else None,
    )


@lru_cache(maxsize=256)
def _calendar(document: bytes) -> Calendar:
    """Equal calendars are one value, so that their days are worked out once."""
    return read_calendar(from_json(document))


def _chain_document(chain: Chain) -> dict[str, Any]:
    steps = [
        {
            "after": format_duration(step.after),
            "to": list(step.to),
            "channel_class": step.channel_class,
            "repeat": step.repeat,
        }
        for step in chain.steps
    ]
    return {"notice": list(chain.notice), "steps": steps, "given": chain.given}


def _read_chain(document: Mapping[str, Any]) -> Chain:
    steps = (
        Step(parse_duration(step["after"]).time, tuple(step["to"]), step["channel_class"], step["repeat"])
        for step in document["steps"]
    )
    return Chain(tuple(document["notice"]), tuple(steps), document["given"])
