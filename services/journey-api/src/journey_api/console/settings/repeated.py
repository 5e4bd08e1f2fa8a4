"""Rows of a form that repeat: `leave[0][from]`, `leave[1][from]`, with empty ones below those there are. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from journey_api.console.settings.form_fields import Typed, text_at

_ROW: Final = re.compile(r"(\w+(?:\[[a-z_]+\])*)\[(\d{1,5})\](\[.*\])", re.ASCII)
_SPARE: Final = 2
"""Empty rows below those there are."""


def with_spare(
    stored: Iterable[Mapping[str, Any]] | None, typed: Typed, name: str
) -> list[tuple[int, Mapping[str, Any]]]:
    """The rows there are, with their positions, room for those that were typed beside them, and the empty ones."""
    rows = list(stored or ())
    typed_rows = {
        int(found[2])
        for one, values in typed.items()
        if (found := _ROW.fullmatch(one)) and found[1] == name and any(value.strip() for value in values)
    }
    more = max(0, max(typed_rows, default=-1) + 1 - len(rows)) + _SPARE
    return list(enumerate([*rows, *({} for _ in range(more))]))


def packed(typed: Typed) -> dict[str, Sequence[str]]:
    """The fields with the empty rows of each group behind the others: a row has the place it gets in the document."""
    filled: dict[str, dict[str, bool]] = defaultdict(dict)
    parts = {name: found.groups() for name in typed if (found := _ROW.fullmatch(name))}
    for name, (group, number, _) in parts.items():
        filled[group][number] = filled[group].get(number, False) or any(value.strip() for value in typed[name])
    places = {
        group: {number: at for at, number in enumerate(sorted(rows, key=lambda one: (not rows[one], int(one))))}
        for group, rows in filled.items()
    }
    return {
        f"{part[0]}[{places[part[0]][part[1]]}]{part[2]}" if (part := parts.get(name)) else name: values
        for name, values in typed.items()
    }


def read_rows(typed: Typed, name: str, members: Sequence[str]) -> Iterable[tuple[int, dict[str, str]]]:
    """The rows in which something was typed, with their positions; `members`: the first is of every row."""
    count = sum(1 for one in typed if one.startswith(f"{name}[") and one.endswith(f"[{members[0]}]"))
    for at in range(count):
        row = {one: text_at(typed, f"{name}[{at}][{one}]") for one in members}
        if any(row.values()):
            yield at, {one: value for one, value in row.items() if value}
