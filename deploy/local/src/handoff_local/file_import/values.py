"""How a mapping says where a value comes from and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

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


def read_template(document: Any, pointer: str, faults: list[Fault]) -> Any:
    """What a part of a mapping says: an object of parts, a list of parts, or a value."""
    if isinstance(document, Mapping):
        if any(name in document for name in _SOURCES):
            return read_value(document, pointer, faults)
        return {name: read_template(one, pointer + json_pointer([name]), faults) for name, one in document.items()}
    if isinstance(document, list):
        return [read_template(one, f"{pointer}/{index}", faults) for index, one in enumerate(document)]
    return Value(constant=document)


def read_value(document: Mapping[str, Any], pointer: str, faults: list[Fault]) -> Value:
    """A value; what is wrong with it is added to the faults."""
    given = [name for name in _SOURCES if name in document]
    if len(given) != 1:
        faults.append(Fault(pointer, "required", f"One of {', '.join(_SOURCES)}"))
    for name in document.keys() - {*_SOURCES, *_OPTIONS}:
        faults.append(
            Fault(
                pointer + json_pointer([name]),
                "unknown_field",
                f"Unknown; there are {', '.join((*_SOURCES, *_OPTIONS))}",
            )
        )
    kind = document.get("type", "text")
    if kind not in _KINDS:
        faults.append(Fault(f"{pointer}/type", "unknown_id", f"One of {', '.join(_KINDS)}"))
    values = document.get("values")
    if values is not None and not isinstance(values, Mapping):
        faults.append(Fault(f"{pointer}/values", "malformed", "An object: what stands in the file, and what it means"))
        values = None
    return Value(
        names=_names(document.get("column", document.get("pointer")), pointer, faults),
        constant=document.get("constant"),
        values=None if values is None else {folded(str(key)): one for key, one in values.items()},
        otherwise=document.get("otherwise"),
        has_otherwise="otherwise" in document,
        split=_text(document.get("split"), f"{pointer}/split", faults),
        kind=kind,
        format=_text(document.get("format"), f"{pointer}/format", faults) or "iso",
        required=document.get("required") is True,
    )


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
