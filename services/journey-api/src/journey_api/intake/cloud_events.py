"""A journey event as a CloudEvent 1.0: its attributes, checked, and the content that makes two events the same."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import to_json

from journey_api.http.instants import parse_time
from journey_api.http.json_bounds import MOST_VALUES, fault_of_most
from journey_api.http.validation_errors import MOST_FAULTS, faults_of
from journey_api.intake.event_models import EventData, customer_faults
from shared.faults import Fault
from shared.json_pointer import json_pointer

TYPE: Final = "handoff.journey.step.v1"
REQUIRED: Final = ("specversion", "type", "source", "id")
"""The attributes no event is without, in the order they are asked for."""

AHEAD: Final = timedelta(minutes=5)
"""How far before the domain clock an event may claim to have happened."""

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""The earliest an event can have happened, history too."""

OWN_SOURCES: Final = "/handoff/"
"""What the sources of the events begin with that Handoff itself makes; nobody else's may."""

_EXTENSION: Final = re.compile(r"[a-z0-9]{1,20}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INT32: Final = range(-(2**31), 2**31)
_URI_PART: Final = r"(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
_URI: Final = rf"{_URI_PART}+(?:\[[0-9A-Fa-f:.]+\]{_URI_PART}*)?"

URI_REFERENCE: Final = rf"^{_URI}$"
"""What the source of an event looks like."""

_PLAIN: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
_Line = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=_PLAIN)]
_EventId = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=_PLAIN)]
_Reference = Annotated[str, StringConstraints(pattern=URI_REFERENCE, max_length=1024)]
_AbsoluteUri = Annotated[str, StringConstraints(pattern=rf"^[A-Za-z][A-Za-z0-9+.-]*:{_URI}$", max_length=1024)]
_JsonType = Annotated[str, StringConstraints(pattern=r"(?i)^[\w.+-]+/([\w.+-]+\+)?json *(;.*)?$", max_length=200)]


class _Envelope(BaseModel):
    """An event in the JSON form of CloudEvents; extensions are the extra fields."""

    model_config = ConfigDict(extra="allow")

    specversion: Literal["1.0"]
    type: Literal["handoff.journey.step.v1"]
    source: _Reference
    id: _EventId
    time: Any = None
    subject: _Line | None = None
    dataschema: _AbsoluteUri | None = None
    datacontenttype: _JsonType | None = None
    data_base64: None = None
    data: EventData


_ATTRIBUTES: Final = frozenset(_Envelope.model_fields)


class InvalidEvent(ValueError):
    """An event that is refused, with every fault found; pointers lead into the event."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))
        self.faults = faults


class Event(NamedTuple):
    """A checked event. `time` is UTC; `extensions` are the attributes beyond the required ones, as they were sent.

    `document` is the data as stored, `words` its personal words, both JSON. `content_hash` is the same for the same
    content in whatever mode, spelling or order it came.
    """

    source: str
    id: str
    time: datetime
    data: EventData
    extensions: Mapping[str, Any]
    document: bytes
    words: bytes | None
    content_hash: bytes


def read_event(document: Any, now: datetime, most: int = MOST_FAULTS) -> Event:
    """Check an event in the JSON form of CloudEvents, received at `now`. Raises InvalidEvent with every fault.

    Of those of its form it names at most so many.
    """
    if not isinstance(document, dict):
        raise InvalidEvent([Fault("", "malformed", "An event is a JSON object")])
    if len(document) > MOST_VALUES:
        raise InvalidEvent([fault_of_most(document)])
    time, faults = _read_time(document.get("time"), now)
    envelope = _read_envelope(document, faults, most)
    faults += _source_faults(document.get("source"))
    faults += customer_faults(document.get("data"))
    faults += _extension_faults(document)
    if faults or envelope is None:
        raise InvalidEvent(faults)
    return _checked(envelope, time, given=document.get("time") is not None)


def _read_envelope(document: dict[str, Any], faults: list[Fault], most: int) -> _Envelope | None:
    try:
        envelope = _Envelope.model_validate(document)
    except ValidationError as error:
        if error.error_count() > MOST_VALUES:
            raise InvalidEvent([fault_of_most(document)]) from None
        faults[:0] = faults_of(error.errors(include_url=False), document, most=most)
        return None
    return envelope


def of_customer(event: Event, customer_id: str) -> Event:
    """The event of a lead with the customer it turned out to be of; its content stays what was posted."""
    data = event.data.model_copy(update={"customer_id": customer_id, "lead": None})
    return event._replace(data=data, document=data.stored_json())


def _checked(envelope: _Envelope, time: datetime, *, given: bool) -> Event:
    data = envelope.data
    document, words = data.stored_json(), data.words_json()
    extensions = _extensions(envelope)
    parts = [document, words or b"", time.isoformat().encode() if given else b"", _as_headers(extensions)]
    if data.lead is not None:
        parts.append(to_json(data.lead, exclude_none=True))
    content_hash = hashlib.sha256(b"\0".join(parts)).digest()
    return Event(envelope.source, envelope.id, time, data, extensions, document, words, content_hash)


def _extensions(envelope: _Envelope) -> Mapping[str, Any]:
    extra = envelope.__pydantic_extra__
    if not extra and envelope.subject is None and envelope.dataschema is None:
        return {}
    found = {"subject": envelope.subject, "dataschema": envelope.dataschema} | (extra or {})
    return {name: value for name, value in found.items() if value is not None}


def _as_headers(extensions: Mapping[str, Any]) -> bytes:
    """Extensions as the texts they are in headers, so that every mode is one content."""
    if not extensions:
        return b""
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in extensions.items()}
    return to_json(sorted(texts.items()))


def _extension_faults(document: dict[str, Any]) -> list[Fault]:
    names = document.keys() - _ATTRIBUTES
    if not names:
        return []
    found = ((name, _extension_fault(name, document[name])) for name in sorted(names))
    return [Fault(json_pointer([name]), "malformed", wrong) for name, wrong in found if wrong]


def _extension_fault(name: str, value: Any) -> str | None:
    if not _EXTENSION.fullmatch(name):
        return "Unknown attribute; an extension has 1 to 20 lower-case letters and digits"
    if value is None or isinstance(value, bool) or (type(value) is int and value in _INT32):
        return None
    if not isinstance(value, str):
        return "A text, a boolean or a 32-bit integer"
    return "Control characters are not allowed" if _CONTROL.search(value) else None


def _source_faults(source: Any) -> list[Fault]:
    if not (isinstance(source, str) and f"{source}/".startswith(OWN_SOURCES)):
        return []
    return [Fault("/source", "own_source", f"Sources under {OWN_SOURCES} are of the events Handoff makes itself")]


def _read_time(value: Any, now: datetime) -> tuple[datetime, list[Fault]]:
    if value is None:
        return now, []
    time = parse_time(value)
    if time is None:
        return now, [Fault("/time", "not_an_instant", "A time of RFC 3339 with its offset")]
    if time < EARLIEST:
        return now, [Fault("/time", "too_old", f"Before {EARLIEST.date()}, which is as far as history reaches back")]
    return time, [Fault("/time", "ahead_of_clock", "More than 5 minutes ahead")] if time > now + AHEAD else []
