"""Callbacks of the WhatsApp Cloud API: statuses and messages, found wherever a notification holds them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, NoReturn

import structlog

from journey_api.callbacks.ignored import count_ignored
from journey_api.callbacks.provider_events import DeliveryStatus, Incoming, Statement, is_id, storable
from journey_api.http.problems import Problem
from journey_api.http.request_body import refuse_deep
from shared.channels.telephone_numbers import e164
from shared.channels.whatsapp import WHATSAPP
from shared.ids import provider_code

_STATUSES: Final[Mapping[str, DeliveryStatus]] = {
    "sent": "accepted",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "perm_failed",
}
_NOT_WRITTEN_BY_CUSTOMERS: Final = frozenset({"system", "unsupported"})
_CAPTIONED: Final = ("image", "video", "document")

_SECONDS: Final = re.compile(r"\d{9,10}", re.ASCII)

OwnNumbers = Mapping[str, frozenset[str]]
"""By the provider's id of a number of ours, the dealers it is the number of; none: the installation's."""

_log = structlog.get_logger()


def parse_notification(raw: bytes) -> Any:
    """The value of a JSON text; 400 when it is none or nests deeper than 32 levels.

    Its texts may hold what JSON can write and nothing can store: NUL, and halves of surrogate pairs.
    """
    try:
        value = json.loads(raw.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Problem(400, "The body is not readable as JSON in UTF-8.") from None
    refuse_deep(value)
    return value


def read_notification(document: Any, numbers: OwnNumbers = MappingProxyType({})) -> Iterator[Statement | Incoming]:
    """Everything a notification says that we know; what is malformed, or not ours, is logged, counted and passed over.

    `numbers`: the ids of our own numbers; one app may serve others too, whose notifications come here as well. Empty:
    every number is ours. A message is never lost for a character of it that cannot be stored: it comes without that.
    """
    for value in _values(document):
        phone_id = _text(_mapping(value, "metadata"), "phone_number_id")
        if numbers and phone_id is not None and phone_id not in numbers:
            _log.warning("callback_of_another_number", channel=WHATSAPP.name)
            count_ignored(WHATSAPP.name, "another_number")
            continue
        dealers = numbers.get(phone_id or "", frozenset())
        for kind, read in (("statuses", _status), ("messages", _message)):
            for item in _list(value, kind):
                found = read(item) if isinstance(item, Mapping) else None
                if found is None:
                    _log.warning("callback_item_ignored", channel=WHATSAPP.name, kind=kind)
                    count_ignored(WHATSAPP.name, "unreadable")
                elif isinstance(found, Incoming):
                    yield replace(found, dealers=dealers)
                else:
                    yield found


def _values(document: Any) -> Iterator[Any]:
    for entry in _list(document, "entry"):
        for change in _list(entry, "changes"):
            yield _mapping(change, "value")


def _status(item: Mapping[str, Any]) -> Statement | None:
    status = _STATUSES.get(_text(item, "status") or "")
    attempt_id, reference = _text(item, "biz_opaque_callback_data"), _text(item, "id")
    if status is None or not is_id(attempt_id or reference):
        return None
    codes = [provider_code(error.get("code")) for error in _list(item, "errors") if isinstance(error, Mapping)]
    code = next(filter(None, codes), None)
    return Statement(status, attempt_id, reference, code, _number(item, "recipient_id"))


def _message(item: Mapping[str, Any]) -> Incoming | None:
    reference = _text(item, "id")
    number = _number(item, "from")
    if not is_id(reference) or number is None or _text(item, "type") in _NOT_WRITTEN_BY_CUSTOMERS:
        return None
    silent, at = item.get("type") == "reaction", _instant(item)
    return Incoming(WHATSAPP.name, reference, number, _words(item), silent=silent, at=at)


def _instant(item: Mapping[str, Any]) -> datetime | None:
    """The provider's own time: seconds of POSIX, as text; None for what is none of this century."""
    written = item.get("timestamp")
    digits = str(written) if isinstance(written, int | str) else ""
    seconds = int(digits) if _SECONDS.fullmatch(digits) else 0
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _words(item: Mapping[str, Any]) -> str | None:
    """What a message says, be it written, chosen from a list or put under a picture."""
    interactive = _mapping(item, "interactive")
    found = [
        _text(_mapping(item, "text"), "body"),
        _text(_mapping(item, "button"), "text"),
        _text(_mapping(interactive, "button_reply"), "title"),
        _text(_mapping(interactive, "list_reply"), "title"),
        _text(_mapping(item, "reaction"), "emoji"),
        *(_text(_mapping(item, kind), "caption") for kind in _CAPTIONED),
    ]
    return next((words for words in found if words), None)


def _number(item: Mapping[str, Any], name: str) -> str | None:
    return e164("+" + (_text(item, name) or "").removeprefix("+"))


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _text(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    return (storable(found) or None) if isinstance(found, str) else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
