"""Batches of mapped rows posted, and the lines of the report that come of them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from handoff_local.client import Client, fault_in_words
from handoff_local.errors import Refused
from handoff_local.file_import.mapping import Mapping
from handoff_local.file_import.row_events import MappedRow, as_json, columns_of
from handoff_local.file_import.row_report import Line

AT_ONCE: Final = 500
"""Rows of a batch."""

BATCH_BYTES: Final = 7_500_000
"""Bytes of a batch, of 8 MiB that the API takes."""

_BUSY: Final = frozenset({429, 503})
_OF_BODY: Final = frozenset({400, 413, 422})
"""Of a body that the API does not read, for what is wrong with one event of it."""
_TRIES: Final = 20
_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts rows through a client. `dry`: everything is checked and nothing stored."""

    client: Client
    mapping: Mapping
    dry: bool = False

    def post(self, rows: Sequence[tuple[int, MappedRow]]) -> list[Line]:
        """Post the events of numbered rows; the lines of all of them, in order. Raises CommandFailed."""
        events = [one.event for _, one in rows if one.event is not None]
        receipts = iter(self._receipts(events))
        return [line for number, one in rows for line in self._lines(number, one, receipts)]

    def _receipts(self, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """A receipt for each event. A batch that is refused whole is halved until that is said of single events."""
        if not events:
            return []
        try:
            return self._posted(events)
        except Refused as refused:
            if refused.status not in _OF_BODY:
                raise
            if len(events) == 1:
                return [_refusal(refused)]
        half = len(events) // 2
        return self._receipts(events[:half]) + self._receipts(events[half:])

    def _posted(self, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        query = {"partial": "true", **({"dry_run": "true"} if self.dry else {})}
        headers = {"Content-Type": "application/cloudevents-batch+json"}
        body = as_json(events)
        for _ in range(_TRIES - 1):
            try:
                return self._call(query, headers, body)
            except Refused as refused:
                if refused.status not in _BUSY:
                    raise
                time.sleep(_PAUSE)
        return self._call(query, headers, body)

    def _call(self, query: dict[str, str], headers: dict[str, str], body: bytes) -> list[dict[str, Any]]:
        answer = self.client.call("POST", "/v1/events", params=query, content=body, headers=headers)
        return list(answer["events"])

    def _lines(self, number: int, one: MappedRow, receipts: Iterator[dict[str, Any]]) -> list[Line]:
        line = one.row.line
        if one.skipped is not None:
            return [Line(number, line, "skipped", reason=one.skipped)]
        if one.event is None:
            return [Line(number, line, "refused", column=blame.column, reason=blame.reason) for blame in one.refused]
        receipt = next(receipts)
        about = (receipt["status"], receipt["event_id"] or "", one.event["id"])
        said = receipt.get("errors") or receipt["warnings"]
        return [
            Line(number, line, *about, column=self._column(fault["pointer"]), reason=fault_in_words(fault))
            for fault in said
        ] or [Line(number, line, *about)]

    def _column(self, pointer: str) -> str:
        """The columns behind a pointer that begins with the place of the event in the batch."""
        _, _, place = pointer.removeprefix("/").partition("/")
        return columns_of(self.mapping, f"/{place}") if place else ""


def _refusal(refused: Refused) -> dict[str, Any]:
    """The receipt of an event that the API did not read."""
    whole = {"pointer": "", "detail": refused.problem.get("detail") or str(refused)}
    return {"status": "refused", "event_id": None, "errors": refused.problem.get("errors") or [whole]}
