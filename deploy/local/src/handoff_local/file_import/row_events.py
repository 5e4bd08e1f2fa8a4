"""What becomes of a row: an event, a skipped row, or a refused one with the columns to blame."""

import json
from collections.abc import Mapping as Document
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from handoff_local.file_import.conversion import Unreadable, convert
from handoff_local.file_import.input_rows import Row, find
from handoff_local.file_import.mapping import Mapping
from handoff_local.file_import.values import Value, folded
from shared.json_pointer import json_pointer

TYPE: Final = "handoff.journey.step.v1"
_LARGEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Blame:
    """Why a row is refused, and the column (or pointer) it is about."""

    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class MappedRow:
    """A row as the mapping reads it: an event, or why it is none."""

    row: Row
    event: dict[str, Any] | None = None
    skipped: str | None = None
    refused: tuple[Blame, ...] = ()


def map_row(mapping: Mapping, row: Row) -> MappedRow:
    """Read a row; every fault of it is found at once."""
    if row.wrong is not None:
        return MappedRow(row, refused=(Blame("", row.wrong),))
    for skip in mapping.skip:
        text = _text_of(skip.value, row.cells)
        if folded(text) in skip.among:
            return MappedRow(row, skipped=f"{' '.join(skip.value.names)} is {text.strip() or 'empty'}")
    blames: list[Blame] = []
    event = _build(mapping.event, row.cells, mapping, blames)
    if blames:
        return MappedRow(row, refused=tuple(blames))
    attributes = {"specversion": "1.0", "type": TYPE, "source": mapping.source}
    whole = {**attributes, "id": _digest(row), **(event or {})}
    wrong = _unsendable(whole)
    return MappedRow(row, refused=(Blame("", wrong),)) if wrong else MappedRow(row, whole)


def as_json(document: Any) -> bytes:
    """JSON as it is posted. Raises UnicodeEncodeError for half surrogates."""
    return json.dumps(document, ensure_ascii=False).encode()


def columns_of(mapping: Mapping, pointer: str) -> str:
    """The columns behind the place of an event, or the place itself where it has none."""
    template: Any = mapping.event
    for part in pointer.split("/")[1:]:
        if isinstance(template, Value):
            break
        if isinstance(template, list):
            template = template[int(part)] if part.isdecimal() and int(part) < len(template) else None
        else:
            template = template.get(part) if isinstance(template, Document) else None
    return " ".join(template.names) if isinstance(template, Value) and template.names else pointer


def _build(template: Any, cells: Document[str, Any], mapping: Mapping, blames: list[Blame], place: str = "") -> Any:
    """The value of a part of the template; None where the row says nothing."""
    if isinstance(template, Value):
        return _value(template, cells, mapping, blames, place)
    if isinstance(template, list):
        parts = [_build(one, cells, mapping, blames, f"{place}/{index}") for index, one in enumerate(template)]
        flat = [one for part in parts for one in (part if isinstance(part, list) else [part]) if one is not None]
        return list(dict.fromkeys(flat)) if all(isinstance(one, str) for one in flat) else flat
    built = {name: _build(one, cells, mapping, blames, place + json_pointer([name])) for name, one in template.items()}
    return {name: value for name, value in built.items() if value is not None} or None


def _value(value: Value, cells: Document[str, Any], mapping: Mapping, blames: list[Blame], place: str) -> Any:
    if not value.names:
        return value.constant
    try:
        found = _converted(value, cells, mapping)
    except Unreadable as unreadable:
        blames.append(Blame(" ".join(value.names), str(unreadable)))
        return None
    if found is None and value.required:
        blames.append(Blame(" ".join(value.names), f"empty, and {place} is required"))
    return found


def _converted(value: Value, cells: Document[str, Any], mapping: Mapping) -> Any:
    """What the row says; of a JSON list, what each of its members means."""
    one = _look_up(cells, value.names[0]) if len(value.names) == 1 else None
    if not isinstance(one, list):
        return convert(value, _text_of(value, cells), mapping.zone)
    members = (convert(value, _as_text(member), mapping.zone) for member in one)
    return [member for member in members if member is not None] or None


def _text_of(value: Value, cells: Document[str, Any]) -> str:
    """The texts of the columns, or of what pointers lead to, joined by a blank."""
    found = (_as_text(_look_up(cells, name)) for name in value.names)
    return " ".join(text for text in found if text)


def _look_up(cells: Document[str, Any], name: str) -> Any:
    return find(cells, name) if name.startswith("/") and name not in cells else cells.get(name)


def _as_text(found: Any) -> str:
    if found is None:
        return ""
    return found.strip() if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _unsendable(event: dict[str, Any]) -> str | None:
    """Why an event cannot be posted, whatever it says."""
    try:
        size = len(as_json(event))
    except UnicodeEncodeError:
        return "characters that are no text"
    return "more than 1 MiB" if size > _LARGEST else None


def _digest(row: Row) -> str:
    """The id of a row without one: the same content is the same event."""
    text = json.dumps(row.cells, sort_keys=True)
    return f"row-{sha256(text.encode()).hexdigest()[:32]}"
