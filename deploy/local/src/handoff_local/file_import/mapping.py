"""A mapping: a YAML file that says how the rows of a file become events."""

from collections.abc import Iterator
from collections.abc import Mapping as Document
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from handoff_local.errors import CommandFailed
from handoff_local.file_import.event_fields import EVENT
from handoff_local.file_import.values import Value, folded, read_template, read_value, unknown_names, values_in
from shared.faults import Fault

_BOOL: Final = "tag:yaml.org,2002:bool"
_READ: Final = (_BOOL, *(f"tag:yaml.org,2002:{kind}" for kind in ("null", "int", "float", "merge")))
_KNOWN: Final = ("source", "zone", "encoding", "separator", "each", "skip", "event")
_SEPARATORS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", ",": ",", ";": ";", "\t": "\t"}


@dataclass(frozen=True, slots=True)
class Skip:
    """Rows that are no events: those whose value is one of these, compared without case and blanks around."""

    value: Value
    among: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mapping:
    """How rows become events. `zone` is where local times of the file are meant.

    `encoding` and `separator`: None to find out. `each`: where in a JSON document the objects are that are rows.
    """

    source: str
    zone: ZoneInfo
    event: Document[str, Any]
    skip: tuple[Skip, ...] = ()
    encoding: str | None = None
    separator: str | None = None
    each: str = ""

    def values(self) -> list[tuple[str, Value]]:
        """Every value with its place: in the event, or in the mapping for rows that are skipped."""
        skipped = [(f"/skip/{index}", one.value) for index, one in enumerate(self.skip)]
        return values_in(self.event) + skipped


class _PlainWords(yaml.SafeLoader):
    """YAML in which `No`, `on` and `2024-05-01` are texts: columns are called so, and cells hold them."""


_PlainWords.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag in _READ and not (tag == _BOOL and first in "yYnNoO")]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_mapping(path: Path) -> Mapping:
    """The mapping of a file. Raises CommandFailed with everything that is wrong with it."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _PlainWords)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CommandFailed(f"cannot read the mapping {path}: {error}") from None
    faults: list[Fault] = []
    mapping = _read(document, faults) if isinstance(document, dict) else None
    if mapping is None or faults:
        lines = [f"  {fault.pointer or '/'}: {fault.detail}" for fault in faults] or [
            "  an object with source and event"
        ]
        raise CommandFailed("\n".join([f"the mapping {path} cannot be used", *lines]))
    return mapping


def _read(document: dict[str, Any], faults: list[Fault]) -> Mapping:
    faults += unknown_names(document, _KNOWN, "")
    source = document.get("source")
    if not isinstance(source, str) or not source:
        faults.append(Fault("/source", "required", "Which system the events come from, a URI reference"))
    each = document.get("each") or ""
    if not isinstance(each, str) or (each and not each.startswith("/")):
        faults.append(Fault("/each", "malformed", "A JSON pointer, as /items"))
    return Mapping(
        source=str(source),
        zone=_zone(document.get("zone", "UTC"), faults),
        event=_event(document.get("event"), faults),
        skip=tuple(_skips(document.get("skip") or [], faults)),
        encoding=_encoding(document.get("encoding"), faults),
        separator=_separator(document.get("separator"), faults),
        each=str(each),
    )


def _event(given: Any, faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(given, dict) or not isinstance(given.get("data"), dict):
        faults.append(Fault("/event", "malformed", "An object with `data`, which is an object"))
    read = read_template(given, EVENT, "/event", faults)
    return read if isinstance(read, dict) else {}


def _separator(given: Any, faults: list[Fault]) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str) or given not in _SEPARATORS:
        faults.append(Fault("/separator", "unknown_id", "comma, semicolon or tab"))
    return _SEPARATORS.get(str(given))


def _zone(name: Any, faults: list[Fault]) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        faults.append(Fault("/zone", "unknown_zone", f"{name!r} is no zone of the IANA database"))
        return ZoneInfo("UTC")


def _encoding(name: Any, faults: list[Fault]) -> str | None:
    if name is None:
        return None
    try:
        "".encode(str(name))
    except LookupError:
        faults.append(Fault("/encoding", "unknown_id", f"{name!r} is no encoding, as utf-8 or cp1252 are"))
    return str(name)


def _skips(given: Any, faults: list[Fault]) -> Iterator[Skip]:
    if not isinstance(given, list):
        faults.append(Fault("/skip", "malformed", "A list of `column` (or `pointer`) and `is`"))
        return
    for index, one in enumerate(given):
        if not isinstance(one, dict) or "is" not in one:
            faults.append(Fault(f"/skip/{index}", "malformed", "A `column` (or `pointer`) and `is`"))
            continue
        rest = {name: value for name, value in one.items() if name != "is"}
        among = one["is"] if isinstance(one["is"], list) else [one["is"]]
        texts = ("" if text is None else str(text) for text in among)
        yield Skip(read_value(rest, f"/skip/{index}", faults), frozenset(folded(text) for text in texts))
