"""Records as rows of a table (RFC 4180): UTF-8, a header line, cells that a spreadsheet takes for text. Pure."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic_core import from_json, to_json

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""


def header(columns: Sequence[str]) -> str:
    """The first line."""
    return _lines([columns])


def lines_of(columns: Sequence[str], documents: Sequence[Mapping[str, Any]]) -> str:
    """A line for each document, its values by dotted column (`owner.role`; `key.0` the first of a list).

    A list, or what holds names of its own, is JSON; what a document lacks or has as null is an empty cell.
    """
    # as JSON has them: instants, durations and dates are text
    plain: list[Any] = from_json(to_json(documents))
    return _lines([_cell(_value(document, column.split("."))) for column in columns] for document in plain)


def _value(document: Any, path: Sequence[str]) -> Any:
    for name in path:
        if isinstance(document, list):
            document = document[int(name)]
        else:
            document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULAS) else value
    return to_json(value).decode()


def _lines(rows: Iterable[Sequence[str]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()
