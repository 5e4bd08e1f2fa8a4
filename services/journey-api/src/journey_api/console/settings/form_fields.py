"""Fields of a form named by their path in a document: `sla[T-03]`, `leave[0][from]`. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from shared.faults import Fault

Kind = Literal["text", "number", "textarea", "select", "checkbox", "checkboxes", "date", "datetime-local", "hidden"]
Typed = Mapping[str, Sequence[str]]
"""What was typed: the values of each field, in the order they came."""

_PART: Final = re.compile(r"[^\[\]]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One control. `values`: what it holds, of several for `checkboxes`; `options`: value and text of each choice.

    `apart`: it looks unlike its neighbours, as a day that is closed. `folded`: only what is chosen is seen until it is
    opened.
    """

    name: str
    label: str
    kind: Kind = "text"
    values: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    error: str | None = None
    required: bool = False
    apart: bool = False
    folded: bool = False

    @property
    def value(self) -> str:
        """What a control with one value holds."""
        return self.values[0] if self.values else ""

    @property
    def shown(self) -> str:
        """What it holds, in the words of its choices."""
        names = dict(self.options)
        return ", ".join(names.get(value, value) for value in self.values if value)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together under a heading.

    `columns`: how many stand in a row where there is room; 0: any. `month`: they are the days of a month. `repeats`:
    so many of them are a row of which there may be more; 0: none is. `ordered`: which of these rows is first matters.
    """

    title: str
    fields: tuple[Field, ...]
    hint: str = ""
    dense: bool = False
    columns: int = 0
    month: bool = False
    repeats: int = 0
    ordered: bool = False


def path_of(name: str) -> list[str]:
    """The members a name leads through: `sla[T-03][calendar]` is sla, T-03, calendar."""
    return _PART.findall(name)


def name_of(path: Sequence[str | int]) -> str:
    """The name of a path."""
    first, *rest = path
    return f"{first}" + "".join(f"[{part}]" for part in rest)


def member(document: Any, path: Iterable[str]) -> Any:
    """What a path leads to; None where it leads nowhere."""
    for part in path:
        document = document.get(part) if isinstance(document, Mapping) else None
    return document


def with_member(document: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """The document with another value at a path; None takes it out, and with it what it leaves empty."""
    changed = deepcopy(dict(document))
    _put(changed, path, value)
    return changed


def _put(document: dict[str, Any], path: Sequence[str], value: Any) -> None:
    first, *rest = path
    if rest:
        inner = document.get(first)
        inner = dict(inner) if isinstance(inner, Mapping) else {}
        _put(inner, rest, value)
        value = inner or None
    if value is None:
        document.pop(first, None)
    else:
        document[first] = value


def text_at(typed: Typed, name: str) -> str:
    """What was typed into a field, without blanks around it; empty where it was not sent."""
    values = typed.get(name) or ("",)
    return values[-1].strip()


def in_order(stored: Iterable[str], given: Sequence[str]) -> list[str]:
    """What was given in the order in which it is stored, new ones behind."""
    kept = [one for one in stored if one in given]
    return kept + [one for one in given if one not in kept]


def with_typed(sections: Iterable[Section], typed: Typed, faults: Iterable[Fault] = ()) -> list[Section]:
    """The sections holding what was typed, each fault at the field whose name begins its path."""
    known = {field.name for section in sections for field in section.fields}
    errors: dict[str, str] = {}
    for fault in faults:
        name = field_at(fault.pointer, known)
        if name is not None:
            errors.setdefault(name, fault.detail)

    def held(field: Field) -> Field:
        values = typed.get(field.name, () if field.kind in ("checkbox", "checkboxes") else field.values)
        if field.kind == "checkboxes":
            values = in_order(field.values, values)
        return replace(field, values=tuple(values), error=errors.get(field.name))

    return [replace(section, fields=tuple(held(field) for field in section.fields)) for section in sections]


def field_at(pointer: str, known: Iterable[str]) -> str | None:
    """The field with the longest path that a JSON pointer goes through or leads to; None: of no field."""
    path = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    fitting = [name for name in known if (own := path_of(name)) == path[: len(own)]]
    return max(fitting, key=lambda name: len(path_of(name)), default=None)


def unplaced(sections: Iterable[Section], faults: Iterable[Fault]) -> list[Fault]:
    """The faults that belong to none of the fields."""
    known = {field.name for section in sections for field in section.fields}
    return [fault for fault in faults if field_at(fault.pointer, known) is None]


def changes(before: Iterable[Section], after: Iterable[Section]) -> list[tuple[str, str, str]]:
    """What differs between two states of the same sections: label, what it held, what it holds."""
    held = {field.name: field for section in before for field in section.fields}
    found = []
    for section in after:
        for field in section.fields:
            old = held.get(field.name)
            if old is not None and list(filter(None, old.values)) != list(filter(None, field.values)):
                label = f"{section.title}: {field.label}" if field.label != section.title else field.label
                found.append((label, old.shown, field.shown))
    return found
