"""The kinds of values records are made of."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from shared.calendar.document import load_zone
from shared.calendar.opening_hours import WEEKDAYS
from shared.calendar.weekly_hours import CalendarError
from shared.channels.address_forms import MAIL_ADDRESS
from shared.channels.registry import kind_of
from shared.languages.registry import is_written, language_codes

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Record(BaseModel):
    """A record or part of one: unknown fields are refused, absent is null or the default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _check_zone(value: str) -> str:
    try:
        load_zone(value)
    except CalendarError as error:
        raise ValueError(error.detail) from None
    return value


def _check_instant(value: Any) -> Any:
    if value is not None and not (isinstance(value, str) and _INSTANT.fullmatch(value)):
        raise ValueError("A time of RFC 3339 with its offset")
    return value


def _check_mail(value: str) -> str:
    if fault := MAIL_ADDRESS.fault(value):
        raise ValueError(fault)
    return value


def _check_written(value: str) -> str:
    if not is_written(value):
        raise ValueError(f"A language with texts: {', '.join(language_codes())}")
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, StringConstraints(max_length=2000)]
Zone = Annotated[str, AfterValidator(_check_zone)]
"""The name of a zone of the IANA database."""

Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
WrittenLocale = Annotated[Locale, AfterValidator(_check_written)]
"""A locale of a language we write."""

Mail = Annotated[str, StringConstraints(max_length=320), AfterValidator(_check_mail)]
Instant = Annotated[AwareDatetime, BeforeValidator(_check_instant)]
"""An instant as RFC 3339 text with its offset."""

WeekDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class QuietWindow(Record):
    """A time of day on some days; past midnight it belongs to the day it begins."""

    days: Annotated[list[WeekDay], Field(default_factory=lambda: list(WEEKDAYS), min_length=1)]
    begins: Annotated[str, Field(alias="from")]
    ends: Annotated[str, Field(alias="to")]


def check_address(kind: str, address: str) -> str | None:
    """What is wrong with the address of a channel, if anything."""
    return kind_of(kind).address.fault(address)
