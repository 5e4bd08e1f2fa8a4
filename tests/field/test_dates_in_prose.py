"""Dates and times as a person of the language would write them into a sentence."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.languages.dates import format_moment

LISBON = ZoneInfo("Europe/Lisbon")
MONDAY = datetime(2026, 11, 30, 13, 44, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tag", "hours", "words"),
    [
        ("pt-PT", 0, "segunda-feira, 30 de novembro de 2026, às 13:44"),
        ("pt-PT", 1, "segunda-feira, 30 de novembro de 2026, às 14:44"),
        ("pt-PT", 12, "terça-feira, 1 de dezembro de 2026, à 01:44"),
        ("en-GB", 2, "Monday, 30 November 2026 at 15:44"),
        ("en-US", 2, "Monday, November 30, 2026 at 3:44\u202fPM"),
        ("es-ES", 3, "lunes, 30 de noviembre de 2026, 16:44 h"),
        ("ru", 1, "понедельник, 30 ноября 2026\u00a0года в 14:44"),
        ("de", 1, "Monday, 30 November 2026 at 14:44"),
    ],
)
def test_a_moment(tag: str, hours: int, words: str) -> None:
    assert format_moment((MONDAY + timedelta(hours=hours)).astimezone(LISBON), tag) == words


@pytest.mark.parametrize("tag", ["pt-PT", "en", "es", "de", "zh", "ru"])
@pytest.mark.parametrize("sign", ["T", "+00:00", "Z", "{", "'"])
def test_no_sign_of_a_machine(tag: str, sign: str) -> None:
    assert sign + "0" not in format_moment(MONDAY.astimezone(LISBON), tag)
