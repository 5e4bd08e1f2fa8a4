"""The kinds of values records are made of."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from shared.calendar.document import load_zone
from shared.calendar.opening_hours import WEEKDAYS
from shared.calendar.weekly_hours import CalendarError
from shared.people.addresses import NUMBERED
from shared.people.mail_addresses import sendable
from shared.people.telephone_numbers import e164

_WEB: Final = re.compile(r"https?://[^\s/\x00-\x1f\x7f]+(?:/[^\s\x00-\x1f\x7f]*)?")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)

_MAIL_WORDS: Final = "A mail address that can be written to: its part before the @ in ASCII"
_PHONE_WORDS: Final = "A telephone number with its area code, and with its country code unless it is of {region}"
_PHONE_WORDS_ABROAD: Final = "A telephone number with its country code: the dealer's time zone is that of no country"


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
    if sendable(value) is None:
        raise ValueError(_MAIL_WORDS)
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, StringConstraints(max_length=2000)]
Zone = Annotated[str, AfterValidator(_check_zone)]
"""The name of a zone of the IANA database."""

Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
Mail = Annotated[str, StringConstraints(max_length=320), AfterValidator(_check_mail)]
Website = Annotated[str, StringConstraints(max_length=500, pattern=rf"^{_WEB.pattern}$")]
Instant = Annotated[AwareDatetime, BeforeValidator(_check_instant)]
"""An instant as RFC 3339 text with its offset."""

WeekDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class QuietWindow(Record):
    """A time of day on some days; past midnight it belongs to the day it begins."""

    days: Annotated[list[WeekDay], Field(default_factory=lambda: list(WEEKDAYS), min_length=1)]
    begins: Annotated[str, Field(alias="from")]
    ends: Annotated[str, Field(alias="to")]


def check_address(kind: str, address: str, region: str | None) -> str | None:
    """What is wrong with the address of a channel, if anything; a postal one is free text.

    `region` (ISO 3166) is whose national telephone numbers are meant; None: nobody's.
    """
    if kind in NUMBERED and e164(address, region) is None:
        return _PHONE_WORDS.format(region=region) if region else _PHONE_WORDS_ABROAD
    if kind == "email" and sendable(address) is None:
        return _MAIL_WORDS
    if kind == "webhook" and not _WEB.fullmatch(address):
        return "An http or https address"
    return None


def kept_address(kind: str, address: str, region: str | None) -> str:
    """The address of a channel as it is stored: a telephone number as E.164, any other without blanks around it."""
    return (e164(address, region) or address) if kind in NUMBERED else address.strip()
