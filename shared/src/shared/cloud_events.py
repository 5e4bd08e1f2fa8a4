"""A journey event as a CloudEvent 1.0: its attributes, checked, and the content that makes two events the same."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from shared.events import EventData, read_data
from shared.pointers import Fault, escape, faults_of

TYPE: Final = "handoff.journey.step.v1"
REQUIRED: Final = ("specversion", "type", "source", "id")
"""The attributes no event is without, in the order they are asked for."""

AHEAD: Final = timedelta(minutes=5)
"""How far before the domain clock an event may claim to have happened."""

_OPTIONAL: Final = ("subject", "dataschema", "datacontenttype")
_KNOWN: Final = frozenset((*REQUIRED, *_OPTIONAL, "time", "data", "data_base64"))
_EXTENSION: Final = re.compile(r"[a-z0-9]{1,20}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_URI: Final = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_JSON: Final = re.compile(r"\s*[\w.+-]+/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE | re.ASCII | re.DOTALL)
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_LONGEST: Final = {"source": 1024, "id": 256, "subject": 1024, "dataschema": 1024}
_INT32: Final = range(-(2**31), 2**31)
_canonical: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


class InvalidEvent(ValueError):
    """An event that is refused, with every fault found; pointers lead into the event."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Event:
    """A checked event. `time` is UTC; `extensions` are the attributes beyond the required ones, as they were sent.

    `content_hash` is the same for the same content in whatever mode, spelling or order it came.
    """

    source: str
    id: str
    time: datetime
    data: EventData
    extensions: Mapping[str, Any]
    content_hash: bytes


def read_event(document: Any, now: datetime) -> Event:
    """Check an event in the JSON form of CloudEvents, received at `now`. Raises InvalidEvent with every fault."""
    if not isinstance(document, dict):
        raise InvalidEvent([Fault("", "An event is a JSON object")])
    faults = _attribute_faults(document)
    time = _read_time(document.get("time"), now, faults)
    data = _read_data(document, faults)
    if faults or data is None:
        raise InvalidEvent(faults)
    extensions = {name: value for name, value in document.items() if name not in _NOT_KEPT and value is not None}
    given = time if document.get("time") is not None else None
    return Event(document["source"], document["id"], time, data, extensions, _hash(document, given, extensions))


_NOT_KEPT: Final = frozenset((*REQUIRED, "time", "data", "datacontenttype"))


def _attribute_faults(document: dict[str, Any]) -> list[Fault]:
    faults = [Fault(f"/{name}", "Required") for name in REQUIRED if document.get(name) is None]
    if document.get("specversion") not in (None, "1.0"):
        faults.append(Fault("/specversion", "Only 1.0 is spoken here"))
    if document.get("type") not in (None, TYPE):
        faults.append(Fault("/type", f"Only {TYPE} is taken here"))
    for name in ("source", "id", *_OPTIONAL):
        if (value := document.get(name)) is not None and (wrong := _text_fault(name, value)):
            faults.append(Fault(f"/{name}", wrong))
    if document.get("data_base64") is not None:
        faults.append(Fault("/data_base64", "Send the JSON itself as data"))
    for name in document.keys() - _KNOWN:
        if wrong := _extension_fault(name, document[name]):
            faults.append(Fault("/" + escape(name), wrong))
    return faults


def _text_fault(name: str, value: Any) -> str | None:
    if not isinstance(value, str) or not value:
        return "A text that is not empty"
    if len(value) > _LONGEST.get(name, 1024):
        return f"At most {_LONGEST[name]} characters"
    if _CONTROL.search(value):
        return "Control characters are not allowed"
    if name in ("source", "dataschema") and not _is_uri(value, absolute=name == "dataschema"):
        return "An absolute URI" if name == "dataschema" else "A URI reference"
    if name == "datacontenttype" and not _JSON.fullmatch(value):
        return "The data is JSON"
    return None


def _is_uri(value: str, *, absolute: bool) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return _URI.fullmatch(value) is not None and (bool(parts.scheme) or not absolute)


def _extension_fault(name: str, value: Any) -> str | None:
    if not _EXTENSION.fullmatch(name):
        return "Unknown attribute; an extension has 1 to 20 lower-case letters and digits"
    if value is None or isinstance(value, bool) or (type(value) is int and value in _INT32):
        return None
    if not isinstance(value, str):
        return "A text, a boolean or a 32-bit integer"
    return "Control characters are not allowed" if _CONTROL.search(value) else None


def _read_time(value: Any, now: datetime, faults: list[Fault]) -> datetime:
    if value is None:
        return now
    time = parse_time(value)
    if time is None:
        faults.append(Fault("/time", "A time of RFC 3339 with its offset"))
        return now
    if time > now + AHEAD:
        faults.append(Fault("/time", "More than 5 minutes ahead"))
    return time


def parse_time(value: Any) -> datetime | None:
    """The instant of an RFC 3339 text, in UTC; None when it is none."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    day, clock, fraction, offset = match.groups()
    try:
        read = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{offset.upper()}")
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_data(document: dict[str, Any], faults: list[Fault]) -> EventData | None:
    raw = document.get("data")
    if not isinstance(raw, dict):
        faults.append(Fault("/data", "Required" if raw is None else "An object"))
        return None
    try:
        data = read_data(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        faults += faults_of(found, raw, "/data")
        return None
    if data.customer_id is not None and data.step is None:
        faults.append(Fault("/data/step", "Required with customer_id"))
    return data


def _hash(document: dict[str, Any], time: datetime | None, extensions: Mapping[str, Any]) -> bytes:
    """Extensions count as the texts they are in headers, null attributes as absent: every mode is one content."""
    attributes = {name: _as_header(value) for name, value in extensions.items()}
    content = [document["type"], time.isoformat() if time else None, attributes, document["data"]]
    return hashlib.sha256(_canonical(content).encode()).digest()


def _as_header(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
