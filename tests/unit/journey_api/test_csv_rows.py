"""Records as rows of a CSV file: RFC 4180, and nothing a spreadsheet would compute."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from journey_api.access.csv_export import prefers_csv
from journey_api.http.csv_rows import header, lines_of


def read(columns: tuple[str, ...], *documents: dict[str, Any]) -> list[list[str]]:
    """The cells of the lines, as a reader of CSV finds them."""
    return list(csv.reader(io.StringIO(lines_of(columns, documents), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+351912345678", "-2", "@home", "\tx", "\rx", '="a",b\r\nc'])
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(text: str) -> None:
    assert read(("a",), {"a": text}) == [[f"'{text}"]]


@pytest.mark.parametrize("text", ["a=b", "1+1", "'=x", " =x", "", 'say "x", y', "two\r\nlines", "ação 客户"])
def test_any_other_text_comes_back_as_it_was(text: str) -> None:
    assert read(("a",), {"a": text}) == [[text]]


def test_numbers_are_no_text() -> None:
    assert read(("a", "b"), {"a": -2, "b": 0.5}) == [["-2", "0.5"]]


def test_columns_are_paths_and_lists_are_json() -> None:
    document = {
        "owner": {"role": "warranty", "staff_id": None},
        "key": ["day", None],
        "topics": ["a", "b"],
        "at": datetime(2026, 11, 20, 12, tzinfo=UTC),
        "took": timedelta(minutes=20),
        "late": True,
    }
    columns = ("owner.role", "owner.staff_id", "owner", "key.0", "key.1", "topics", "at", "took", "late", "no.such")
    assert read(columns, document) == [
        [
            "warranty",
            "",
            '{"role":"warranty","staff_id":null}',
            "day",
            "",
            '["a","b"]',
            "2026-11-20T12:00:00Z",
            "PT20M",
            "true",
            "",
        ]
    ]


def test_lines_end_as_the_standard_says_and_nothing_stands_before_the_header() -> None:
    assert header(("a.b", "c")) == "a.b,c\r\n"
    assert lines_of(("a",), [{"a": 'x"y'}, {}]) == '"x""y"\r\n""\r\n'
    assert lines_of(("a",), []) == ""


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/csv", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("application/json;q=0.5, text/csv", True),
        ("text/csv;q=0.9, application/json", False),
        ("text/csv, application/json", False),
        ("text/csv;q=0", False),
        ("text/csv;q=much", False),
        ("*/*", False),
        ("text/*", False),
        ("", False),
    ],
)
def test_who_asks_for_csv(accept: str, wanted: bool) -> None:
    assert prefers_csv(accept) is wanted
