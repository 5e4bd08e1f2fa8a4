"""The facts an event may carry, flat by path: `{"customer.vip": True, "claims": ("warranty",)}`. Absent is unknown."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from shared.conditions import BOOLEAN, DAY, INTEGER, NAMES, TEXT, ValueKind

FactValue = bool | int | str | date | tuple[str, ...]
Facts = Mapping[str, FactValue]
"""Leaf by leaf; a path that is missing is unknown, an empty tuple is known to be empty."""

FACT_KINDS: Final[Mapping[str, ValueKind]] = {
    "customer.vip": BOOLEAN,
    "customer.public_figure": BOOLEAN,
    "customer.existing": BOOLEAN,
    "customer.frequent_service": BOOLEAN,
    "contact.first_receiver": TEXT,
    "feedback.sentiment": TEXT,
    "feedback.about": NAMES,
    "problem.severity": TEXT,
    "order.source": TEXT,
    "order.promised_on": DAY,
    "order.expected_on": DAY,
    "order.delayed": BOOLEAN,
    "deal.needs_consultation": BOOLEAN,
    "deal.trade_in": BOOLEAN,
    "offer.accepted": BOOLEAN,
    "visit.appointment": BOOLEAN,
    "visit.waiting_customers": INTEGER,
    "visit.waits_in_store": BOOLEAN,
    "visit.transferred_by": TEXT,
    "enquiry.first_line_can_answer": BOOLEAN,
    "enquiry.held_by": TEXT,
    "inspection.specific_problem": BOOLEAN,
    "mobility.option": TEXT,
    "claims": NAMES,
    "invoice.special_operations": BOOLEAN,
    "payment.settled_at_reception": BOOLEAN,
    "absent_roles": NAMES,
}
"""Every declared path and what its value is."""


def flatten_facts(nested: Mapping[str, Any]) -> dict[str, FactValue]:
    """The leaves of a facts document by path, nulls left out.

    Also reads a document that is flat already, so what `facts_document` wrote comes back the same.
    An undeclared path raises `KeyError` naming it.
    """
    flat: dict[str, FactValue] = {}
    for name, value in nested.items():
        leaves = (
            {f"{name}.{leaf}": inner for leaf, inner in value.items()} if isinstance(value, Mapping) else {name: value}
        )
        flat.update({path: _leaf(path, inner) for path, inner in leaves.items() if inner is not None})
    return flat


def nest_facts(flat: Facts) -> dict[str, Any]:
    """The facts document of flat facts, ready for JSON: dates as ISO text, names as lists."""
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        group, _, leaf = path.partition(".")
        if leaf:
            nested.setdefault(group, {})[leaf] = as_json(value)
        else:
            nested[group] = as_json(value)
    return nested


def facts_document(flat: Facts) -> dict[str, Any]:
    """The same flat facts, ready for JSON."""
    return {path: as_json(value) for path, value in flat.items()}


def as_json(value: FactValue | None) -> Any:
    """One value ready for JSON."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _leaf(path: str, value: Any) -> FactValue:
    kind = FACT_KINDS[path]
    if kind == NAMES:
        return tuple(value)
    if kind == DAY and isinstance(value, str):
        return date.fromisoformat(value)
    leaf: FactValue = value
    return leaf
