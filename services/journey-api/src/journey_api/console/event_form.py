"""The form that describes an event, built from the vocabulary; and the event that a filled one stands for. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from journey_api.intake.event_facts import Facts
from shared.conditions import BOOLEAN, INTEGER, NAMES, TEXT
from shared.playbook.fact_types import FACT_KINDS
from shared.vocabulary import EVENT_CHANNELS, OCCURRENCES, ROLES, STEPS, TOPICS

_ROLES_OF_FACTS: Final = ("visit.transferred_by", "enquiry.held_by")
_EVENT_TYPE: Final = "handoff.journey.step.v1"
_SOURCE: Final = "/console/explain"
_YES: Final = {"yes": True, "no": False}

Fields = Sequence[tuple[str, str]]


@cache
def fact_choices() -> Mapping[str, tuple[str, ...]]:
    """The values of the facts that have a closed list, as intake accepts them, by path."""
    schema = Facts.model_json_schema()
    found = {path: _listed(schema, path) for path in FACT_KINDS if FACT_KINDS[path] == TEXT}
    return {path: values or ROLES for path, values in found.items() if values or path in _ROLES_OF_FACTS}


def _listed(schema: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """The enumeration of a field, looked up through the references of the schema."""
    node: Mapping[str, Any] = schema
    for name in path.split("."):
        node = _resolved(schema, _resolved(schema, node)["properties"][name])
    return tuple(node.get("enum", ()))


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    choice = next((one for one in node.get("anyOf", ()) if one.get("type") != "null"), node)
    name = choice.get("$ref", "").rpartition("/")[2]
    return schema["$defs"][name] if name else choice


def form_choices() -> dict[str, Sequence[Any]]:
    """What the selects of the form offer."""
    return {
        "roles": ROLES,
        "steps": tuple(STEPS),
        "occurrences": OCCURRENCES,
        "topics": TOPICS,
        "channels": EVENT_CHANNELS,
        "facts": tuple(FACT_KINDS),
    }


def kind_of_fact(path: str) -> str:
    """How a fact is asked for: `yes_no`, `choice`, `number`, `names` or `text`."""
    kind = FACT_KINDS[path]
    if kind == BOOLEAN:
        return "yes_no"
    if path in fact_choices():
        return "choice"
    return "number" if kind == INTEGER else "names" if kind == NAMES else "text"


def event_of(fields: Fields, staff_id: str | None, now: datetime) -> dict[str, Any]:
    """The event of a filled form; what is empty is left out. `staff_id`: the person whose key it is."""
    one = {name: value.strip() for name, value in fields if value.strip()}
    many = {name: [value for key, value in fields if key == name and value] for name in ("occurrences", "topics")}
    observer = {"role": one.get("role"), **({"staff_id": staff_id} if staff_id else {})}
    data: dict[str, Any] = {"dealer_id": one.get("dealer_id"), "observed_by": observer}
    data |= {name: one[name] for name in ("customer_id", "channel") if name in one}
    data |= {name: values for name, values in many.items() if values}
    if "step" in one:
        data["step"] = _number(one["step"])
    facts = _facts(one)
    if facts:
        data["facts"] = facts
    return {
        "specversion": "1.0",
        "type": _EVENT_TYPE,
        "source": _SOURCE,
        "id": now.isoformat(),
        "time": now.isoformat(),
        "data": data,
    }


def _facts(one: Mapping[str, str]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path in FACT_KINDS:
        typed = one.get(f"facts.{path}")
        if typed is None:
            continue
        group, _, leaf = path.partition(".")
        value = _value(kind_of_fact(path), typed)
        if leaf:
            nested.setdefault(group, {})[leaf] = value
        else:
            nested[group] = value
    return nested


def _value(kind: str, typed: str) -> Any:
    if kind == "yes_no":
        return _YES.get(typed, typed)
    if kind == "number":
        return _number(typed)
    return [part.strip() for part in typed.split(",") if part.strip()] if kind == "names" else typed


def _number(typed: str) -> int | str:
    """The number that was typed; what is none stays, for the check of events to refuse it where it stands."""
    return int(typed) if typed.isdecimal() and len(typed) < 10 else typed
