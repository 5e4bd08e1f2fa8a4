"""A mapping: a YAML file that says how the rows of a file become events."""

from collections.abc import Mapping as Document
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from handoff_local.errors import CommandFailed
from handoff_local.file_import.values import Value, read_template, read_value, values_in
from shared.faults import Fault
from shared.json_pointer import json_pointer

_BOOL: Final = "tag:yaml.org,2002:bool"
_READ: Final = (_BOOL, *(f"tag:yaml.org,2002:{kind}" for kind in ("null", "int", "float", "merge")))
_KNOWN: Final = ("source", "zone", "encoding", "separator", "each", "skip", "event")
_ATTRIBUTES: Final = ("id", "time", "subject", "data")
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


def _read(document: dict[str, Any], faults: list[Fault]) -> Mapping | None:
    for name in document.keys() - set(_KNOWN):
        faults.append(Fault(json_pointer([name]), "unknown_field", f"Unknown; there are {', '.join(_KNOWN)}"))
    event = document.get("event")
    if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
        faults.append(Fault("/event", "malformed", "An object with `data`, which is an object"))
        return None
    for name in event.keys() - set(_ATTRIBUTES):
        faults.append(
            Fault("/event" + json_pointer([name]), "unknown_field", f"Unknown; there are {', '.join(_ATTRIBUTES)}")
        )
    source = document.get("source")
    if not isinstance(source, str) or not source:
        faults.append(Fault("/source", "required", "Which system the events come from, a URI reference"))
    separator = document.get("separator")
    if separator is not None and separator not in _SEPARATORS:
        faults.append(Fault("/separator", "unknown_id", "comma, semicolon or tab"))
    return Mapping(
        source=str(source),
        zone=_zone(document.get("zone", "UTC"), faults),
        event=read_template(event, "/event", faults),
        skip=_skips(document.get("skip") or [], faults),
        encoding=_encoding(document.get("encoding"), faults),
        separator=_SEPARATORS.get(separator or ""),
        each=str(document.get("each") or ""),
    )


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


def _skips(given: Any, faults: list[Fault]) -> tuple[Skip, ...]:
    if not isinstance(given, list) or not all(isinstance(one, dict) and "is" in one for one in given):
        faults.append(Fault("/skip", "malformed", "A list of `column` (or `pointer`) and `is`"))
        return ()
    found = []
    for index, one in enumerate(given):
        rest = {name: value for name, value in one.items() if name != "is"}
        among = one["is"] if isinstance(one["is"], list) else [one["is"]]
        texts = ("" if text is None else str(text) for text in among)
        value = read_value(rest, f"/skip/{index}", faults)
        found.append(Skip(value, frozenset(" ".join(text.split()).casefold() for text in texts)))
    return tuple(found)
