"""The three modes of CloudEvents over HTTP: structured, batch and binary, each read to the same documents."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal
from urllib.parse import unquote_to_bytes

from pydantic_core import to_json

from journey_api.http.json_bounds import MOST_VALUES_OF_BATCH
from journey_api.http.problems import Problem
from journey_api.http.request_body import MEBIBYTE, media_type, parse_json, refuse_coded, refuse_deep
from journey_api.intake.cloud_events import REQUIRED
from shared.faults import Fault

Headers = Sequence[tuple[bytes, bytes]]
"""As ASGI gives them: names in lower case."""

Mode = Literal["structured", "batch", "binary"]
STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
BINARY: Final = "application/json"
LARGEST_EVENT: Final = MEBIBYTE
LARGEST_BATCH: Final = 8 * MEBIBYTE
LONGEST_BATCH: Final = 1_000
_MODES: Final[dict[str, Mode]] = {STRUCTURED: "structured", BATCH: "batch", BINARY: "binary"}
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReceivedEvents:
    """Documents as posted; `is_batch`: pointers begin with the index.

    `body` is the JSON they came in, if its depth is not known to be fit: a valid event is never deep, so only what is
    refused has to be looked through.
    """

    documents: list[Any]
    is_batch: bool
    body: Any = None

    def prefix(self, index: int) -> str:
        """What the pointers of an event begin with."""
        return f"/{index}" if self.is_batch else ""


def header(headers: Headers, name: bytes) -> str | None:
    """The first header of a name."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return None


def mode_of(headers: Headers) -> Mode:
    """How the event is packed; 415 for another media type, or a compressed body."""
    return _mode(header(headers, b"content-encoding"), header(headers, b"content-type"))


@lru_cache(maxsize=64)
def _mode(coding: str | None, kind: str | None) -> Mode:
    refuse_coded(coding)
    mode = _MODES.get(media_type(kind))
    if mode is None:
        known = ", ".join(_MODES)
        raise Problem(415, f"Send one of {known}.", headers={"Accept": known})
    return mode


def size_limit(mode: Mode) -> int:
    """From how many bytes on a body is too large."""
    return LARGEST_BATCH if mode == "batch" else LARGEST_EVENT


def read_received(mode: Mode, headers: Headers, body: bytes) -> ReceivedEvents:
    """The documents of a request. 400 unreadable, 413 too many or too large, 422 not of the mode's form or of too
    many values.
    """
    if mode == "batch":
        documents = _read_batch(body)
        return ReceivedEvents(documents, is_batch=True, body=documents)
    value = parse_json(body, deep=True)
    document = value if mode == "structured" else _read_attributes(headers) | {"data": value}
    return ReceivedEvents([document], is_batch=False, body=value)


def _read_batch(body: bytes) -> list[Any]:
    documents = parse_json(body, deep=True, most=MOST_VALUES_OF_BATCH)
    if not isinstance(documents, list):
        refuse_deep(documents)
        detail = "A batch is a JSON array of events"
        raise Problem(422, detail, errors=[Fault("", "malformed", detail)])
    if len(documents) > LONGEST_BATCH:
        raise Problem(413, f"A batch holds at most {LONGEST_BATCH} events.")
    if len(body) >= LARGEST_EVENT:
        for index, document in enumerate(documents):
            if len(to_json(document)) >= LARGEST_EVENT:
                raise Problem(413, f"The event at {index} has to be shorter than {LARGEST_EVENT} bytes.")
    return documents


def _read_attributes(headers: Headers) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in headers:
        if key.startswith(b"ce-"):
            name = key[3:].decode("latin-1")
            if name in found or name in ("data", "datacontenttype"):
                detail = "Given twice" if name in found else "Not a header of the binary mode"
                raise Problem(422, detail, errors=[Fault(f"/{name}", "malformed", detail)])
            found[name] = read_header_value(value)
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        faults = [Fault(f"/{name}", "required", f"Required: the header ce-{name}, or {STRUCTURED}") for name in missing]
        raise Problem(422, f"The attribute {missing[0]} is missing (header ce-{missing[0]}).", errors=faults)
    return found


def read_header_value(value: bytes) -> str:
    """The text of an attribute in a header: unquoted once, percent-decoded once, UTF-8 or 400."""
    try:
        text = value.strip().decode()
        if len(text) >= 2 and text[0] == text[-1] == '"':
            text = _ESCAPED.sub(r"\1", text[1:-1])
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise Problem(400, "A ce- header is not readable as UTF-8.") from None
