"""The names that schemas of records leave open: those of the playbook, its facts, and the time rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.messaging.field_types import NAMES_OF
from shared.playbook.ruleset.conditions import READABLE
from shared.playbook.ruleset.entries import Playbook
from shared.sla.policy.rules import PROMISE, load_rules


def with_names(schema: Any, playbook: Playbook) -> Any:
    """The schema with the names of each kind as an `enum`. Raises KeyError for a kind that does not exist."""
    return _filled(schema, _names(playbook))


def _names(playbook: Playbook) -> Mapping[str, Sequence[str]]:
    return {
        "rules": [*load_rules(), PROMISE],
        "entries": list(playbook.entries),
        "modes": sorted({entry.mode for entry in playbook.entries.values() if entry.mode}),
        "conditions": list(playbook.conditions),
        "facts": list(READABLE),
    }


def _filled(schema: Any, names: Mapping[str, Sequence[str]]) -> Any:
    if isinstance(schema, list):
        return [_filled(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    filled = {key: _filled(part, names) for key, part in schema.items() if key != NAMES_OF}
    return filled | {"enum": list(names[schema[NAMES_OF]])} if NAMES_OF in schema else filled
