"""Reads CloudEvents from a file: one, a batch, or one a line."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from handoff_local.errors import CommandFailed

BATCH_EVENTS: Final = 1000
BATCH_BYTES: Final = 7_500_000


def read_events(name: str) -> list[dict[str, Any]]:
    """The events of a file, `-` for standard input. Raises CommandFailed and says where it is unreadable."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from None
    events = _parse(text, name)
    for number, event in enumerate(events, 1):
        if not isinstance(event, dict):
            raise CommandFailed(f"{name}: event {number} is not a JSON object")
    if not events:
        raise CommandFailed(f"{name}: there is no event in it")
    return events


def batches(events: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The events in order, in batches the API takes."""
    batch: list[dict[str, Any]] = []
    size = 0
    for event in events:
        length = len(json.dumps(event).encode())
        if batch and (len(batch) == BATCH_EVENTS or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += length
    if batch:
        yield batch


def _parse(text: str, name: str) -> list[Any]:
    try:
        document = json.loads(text)
    except RecursionError:
        raise CommandFailed(f"{name}: the JSON is nested too deeply") from None
    except ValueError as error:
        return _parse_lines(text, name, error)
    return document if isinstance(document, list) else [document]


def _parse_lines(text: str, name: str, whole: ValueError) -> list[Any]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    events = []
    for number, line in lines:
        try:
            events.append(json.loads(line))
        except ValueError as error:
            if not events:
                raise CommandFailed(f"{name}: not JSON: {whole}") from None
            raise CommandFailed(f"{name}, line {number}: not JSON: {error}") from None
    return events
