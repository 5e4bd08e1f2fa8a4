"""Logs as JSON lines without personal data, and the metrics of all services."""

import json
import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from importlib.metadata import version
from typing import Any, Final, TextIO

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, Info, generate_latest

from shared.process.error_text import reason_of

PERSONAL: Final = frozenset(
    {
        "address",
        "addresses",
        "attributes",
        "authorization",
        "birthday",
        "body",
        "channels",
        "comment",
        "email",
        "intake",
        "name",
        "note",
        "params",
        "password",
        "phone",
        "plate",
        "secret",
        "situation",
        "subject",
        "telephone",
        "text",
        "token",
    }
)
"""Keys of people and of secrets that never reach a log line, however deep they lie."""

_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, default=repr).encode
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})

_CONTAINING_ADDRESSES: Final = ("httpx", "httpcore")
"""Libraries that below a warning tell whole addresses and headers: numbers of customers, secrets of providers."""

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)

events_received_total = Counter("handoff_events_received_total", "Events posted.", ["type", "outcome"])
sla_breaches_total = Counter("handoff_sla_breaches_total", "Due times that passed.", ["dealer", "policy", "severity"])
sla_timer_skew_seconds = Histogram(
    "handoff_sla_timer_skew_seconds", "How late a due timer was fired, real time.", buckets=_SECONDS
)
forced_completions_total = Counter(
    "handoff_forced_completions_total", "Repairs completed without the customer's authorisation of additional work."
)
telephone_answer_seconds = Histogram(
    "handoff_telephone_answer_seconds",
    "From `phone_ringing` to `phone_answered`, and whether that was in time (T-01).",
    ["in_time"],
    buckets=(1, 2.5, 5, 10, 15, 20, 30, 60, 120),
)
notifications_total = Counter(
    "handoff_notifications_total", "Messages by what became of them.", ["dealer", "channel", "result"]
)
consumer_lag_seconds = Gauge(
    "handoff_consumer_lag_seconds", "Age of the oldest record of the newest batch; 0 when there is none.", ["consumer"]
)
consumer_batch_size = Histogram(
    "handoff_consumer_batch_size",
    "Records handled together.",
    ["consumer"],
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500),
)
consumer_records_total = Counter(
    "handoff_consumer_records_total",
    "Records handled, repeated, dead, replayed or unreadable.",
    ["consumer", "outcome"],
)
callbacks_ignored_total = Counter(
    "handoff_callbacks_ignored_total",
    "What providers said that is not ours, not readable, or of nobody we know.",
    ["channel", "reason"],
)
attachments_ignored_total = Counter(
    "handoff_attachments_ignored_total", "Attachments of customers' mails; none is kept."
)
relay_lag_seconds = Gauge(
    "handoff_relay_lag_seconds",
    "Age of the oldest record of the newest batch passed on to Kafka; 0 when there is none.",
)
relay_records_total = Counter("handoff_relay_records_total", "Records relayed, or too large for Kafka.", ["outcome"])
build_info = Info("handoff_build", "The version that runs.")


def exposition() -> tuple[bytes, str]:
    """All metrics as Prometheus reads them, and their media type."""
    return generate_latest(), CONTENT_TYPE_LATEST


def start_telemetry(service: str, level: str) -> None:
    """Write every log line of the process, the libraries' too, to stdout as JSON with the service's name."""
    build_info.info({"service": service, "version": version("shared")})
    shared_steps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_service(service),
        render_exception,
        redact,
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_steps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for library in _CONTAINING_ADDRESSES:
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLogger().level))
    # our own lines go around `logging`, which takes three times as long: each request is one
    structlog.configure(
        processors=[*shared_steps, _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLogger().level),
        logger_factory=lambda *_names: _Lines(sys.stdout),
        cache_logger_on_first_use=True,
    )


class _Lines:
    """Writes each line whole; one that cannot be written stops nobody, as with the libraries' lines."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def msg(self, line: str) -> None:
        """Write a line."""
        with suppress(OSError, ValueError):
            self._file.write(line + "\n")
            self._file.flush()

    debug = info = warning = error = critical = msg


def _name_service(service: str) -> structlog.typing.Processor:
    def add(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line["service"] = service
        return line

    return add


def _as_json(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> str:
    try:
        return _writable(_ENCODE(line))
    except Exception as error:  # whoever tells of something goes on, as with the libraries' lines
        plain = {key: value for key, value in line.items() if type(value) in _PLAIN}
        return _writable(_ENCODE({**plain, "unreadable": type(error).__name__}))


def _writable(line: str) -> str:
    """The line, with everything escaped where it holds half of a surrogate pair, which no file takes."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(json.loads(line))
    return line


def redact(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Drop what could tell of a person."""
    return {key: _without_personal(value) for key, value in line.items() if key not in PERSONAL}


def _without_personal(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Mapping):
        return {key: _without_personal(part) for key, part in value.items() if key not in PERSONAL}
    if isinstance(value, list | tuple):
        return [_without_personal(part) for part in value]
    return value


def render_exception(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put an exception's kind, first line and places; further lines may hold what a statement was given."""
    given = line.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given is True else None
    if isinstance(given, tuple):
        error = given[1]
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        line["error"] = reason_of(error)
        line["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    return line
