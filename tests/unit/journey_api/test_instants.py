"""Instants as callers write them."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from journey_api.http.instants import InstantText, parse_time

READER: TypeAdapter[datetime] = TypeAdapter(InstantText)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-31T23:59:60Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-06-30T23:59:60.25+02:00", datetime(2026, 6, 30, 22, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-11-23t10:00:60z", datetime(2026, 11, 23, 10, 1, tzinfo=UTC)),
    ],
)
def test_second_sixty_is_the_next_second(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected
    assert READER.validate_python(text) == expected


@pytest.mark.parametrize(
    "value", ["2026-11-23T10:00:61Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:00", 1764000000, ""]
)
def test_what_is_no_instant(value: object) -> None:
    with pytest.raises(ValidationError):
        READER.validate_python(value)
