"""How a mapping says where a value comes from and what becomes of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal

from handoff_local.file_import.event_fields import Fields
from shared.faults import Fault
from shared.json_pointer import json_pointer

Kind = Literal["text", "integer", "boolean", "id", "time", "date"]

_SOURCES: Final = ("column", "pointer", "constant")
_OPTIONS: Final = ("values", "otherwise", "split", "type", "format", "required")
_KINDS: Final = ("text", "integer", "boolean", "id", "time", "date")


@dataclass(frozen=True, slots=True)
class Value:
    """A place of an event and what goes there.

    `names` are columns, or pointers into a JSON object; several are joined by a blank. `values` are compared without
    case and blanks around; without `otherwise`, a value that is not among them refuses the row. `split`: a list, cut
    at this text. `format`: of times and dates, as `strptime` has it, or `iso`.
    """

    names: tuple[str, ...] = ()
    constant: Any = None
    values: Mapping[str, Any] | None = None
    otherwise: Any = None
    has_otherwise: bool = False
    split: str | None = None
    kind: Kind = "text"
    format: str = "iso"
    required: bool = False


def folded(text: str) -> str:
    """A text as values are compared."""
    return " ".join(text.split()).casefold()


def unknown_names(given: Iterable[object], known: Iterable[str], pointer: str) -> list[Fault]:
    """A fault for each name that is none of the known, with those nearest to it."""
    names = tuple(known)
    strange = (str(name) for name in given if name not in names)
    return [Fault(pointer + json_pointer([name]), "unknown_field", _instead(name, names)) for name in strange]


def _instead(name: str, known: Sequence[str]) -> str:
    nearest = get_close_matches(name, known)
    return f"Unknown; near: {', '.join(nearest)}" if nearest else f"Unknown; there are {', '.join(known)}"


def read_template(document: Any, fields: Fields | None, pointer: str, faults: list[Fault]) -> Any:
    """What a part of a mapping says: an object of these fields, a list of parts, or a value."""
    if isinstance(document, Mapping):
        if fields is None or any(name in document for name in _SOURCES):
            return read_value(document, pointer, faults)
        faults += unknown_names(document, fields, pointer)
        return {
            name: read_template(one, fields.get(name), pointer + json_pointer([name]), faults)
            for name, one in document.items()
        }
    if isinstance(document, list):
        return [read_template(one, fields, f"{pointer}/{index}", faults) for index, one in enumerate(document)]
    return Value(constant=_json(document, pointer, faults))


def read_value(document: Mapping[str, Any], pointer: str, faults: list[Fault]) -> Value:
    """A value; what is wrong with it is added to the faults."""
    faults += unknown_names(document, (*_SOURCES, *_OPTIONS), pointer)
    given = [name for name in _SOURCES if name in document]
    if len(given) != 1:
        faults.append(Fault(pointer, "required", f"One of {', '.join(_SOURCES)}"))
    kind = document.get("type", "text")
    if kind not in _KINDS:
        faults.append(Fault(f"{pointer}/type", "unknown_id", f"One of {', '.join(_KINDS)}"))
    required = document.get("required", False)
    if not isinstance(required, bool):
        faults.append(Fault(f"{pointer}/required", "malformed", "true or false"))
    return Value(
        names=_names(document.get("column", document.get("pointer")), pointer, faults),
        constant=_json(document.get("constant"), f"{pointer}/constant", faults),
        values=_values(document.get("values"), f"{pointer}/values", faults),
        otherwise=_json(document.get("otherwise"), f"{pointer}/otherwise", faults),
        has_otherwise="otherwise" in document,
        split=_text(document.get("split"), f"{pointer}/split", faults),
        kind=kind,
        format=_text(document.get("format"), f"{pointer}/format", faults) or "iso",
        required=required is True,
    )


def _values(given: Any, pointer: str, faults: list[Fault]) -> Mapping[str, Any] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        faults.append(Fault(pointer, "malformed", "An object: what stands in the file, and what it means"))
        return None
    return {folded(str(key)): _json(one, pointer + json_pointer([key]), faults) for key, one in given.items()}


def _json(given: Any, pointer: str, faults: list[Fault]) -> Any:
    """What goes into events as it is."""
    try:
        json.dumps(given, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError):
        faults.append(Fault(pointer, "malformed", "No value that JSON has"))
        return None
    return given


def _names(given: Any, pointer: str, faults: list[Fault]) -> tuple[str, ...]:
    names = given if isinstance(given, list) else [] if given is None else [given]
    if not all(isinstance(name, str) for name in names):
        faults.append(Fault(pointer, "malformed", "A name, or a list of names"))
        return ()
    return tuple(names)


def _text(given: Any, pointer: str, faults: list[Fault]) -> str | None:
    if given is not None and (not isinstance(given, str) or not given):
        faults.append(Fault(pointer, "malformed", "A text"))
        return None
    return given


def values_in(template: Any, pointer: str = "") -> list[tuple[str, Value]]:
    """Every value of a template with its place in the event."""
    if isinstance(template, Value):
        return [(pointer, template)]
    parts = template.items() if isinstance(template, Mapping) else enumerate(template)
    return [found for name, one in parts for found in values_in(one, pointer + json_pointer([name]))]
