"""The kinds of values records are made of."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StrictInt,
    StringConstraints,
    TypeAdapter,
)
from pydantic_core import CoreSchema

from journey_api.http.instants import InstantText
from shared.calendar.document import load_zone
from shared.calendar.durations import parse_duration
from shared.calendar.opening_hours import WEEKDAYS
from shared.channels.address_forms import MAIL_ADDRESS, WEB_PATTERN
from shared.channels.registry import kind_of
from shared.faults import Unknown, Wrong, WrongValue
from shared.languages.registry import is_written, language_codes


class Record(BaseModel):
    """A record or part of one: unknown fields are refused, absent is null or the default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DescribedAs:
    """Says for OpenAPI that a value which is checked elsewhere, or not at all, looks like a type."""

    def __init__(self, shape: Any) -> None:
        self._shape = shape

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(handler(TypeAdapter(list[self._shape]).core_schema)["items"])  # type: ignore[name-defined]


def answered(words: str) -> Any:
    """A field that answers add: accepted, and not part of what is stored."""
    return Field(exclude=True, description=f"Added by answers; {words}.")


IGNORED: Final = answered("ignored")
"""For what is not even looked at."""


class Answered(Record):
    """A record as it is sent: what answers add may be sent back."""

    dealer_id: Annotated[str | None, answered("another dealer's is a conflict")] = None
    version: Annotated[StrictInt | None, answered("counts as `If-Match`")] = None
    created_at: Annotated[Any, DescribedAs(datetime | None), IGNORED] = None
    updated_at: Annotated[Any, DescribedAs(datetime | None), IGNORED] = None


def _check_zone(value: str) -> str:
    load_zone(value)
    return value


def _check_mail(value: str) -> str:
    if fault := MAIL_ADDRESS.fault(value):
        raise WrongValue(fault)
    return value


def _check_wait(value: str) -> str:
    wait = parse_duration(value)
    if wait.days or wait.months or not timedelta(minutes=1) <= wait.time <= timedelta(hours=24):
        raise WrongValue(Wrong("wait_out_of_range", "A duration of one minute to 24 hours, such as PT10M"))
    return value


def _check_written(value: str) -> str:
    if not is_written(value):
        codes = language_codes()
        words = f"A language with texts: {', '.join(codes)}"
        raise WrongValue(Wrong("unknown_language", words, unknown=Unknown.of(value, codes)))
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, StringConstraints(max_length=2000)]
Zone = Annotated[str, AfterValidator(_check_zone)]
"""The name of a zone of the IANA database."""

Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
WrittenLocale = Annotated[Locale, AfterValidator(_check_written)]
"""A locale of a language we write."""

Wait = Annotated[str, AfterValidator(_check_wait)]
"""A duration of one minute to 24 hours, such as `PT10M`."""

Mail = Annotated[str, StringConstraints(max_length=320), AfterValidator(_check_mail)]
Website = Annotated[str, StringConstraints(max_length=500, pattern=rf"^{WEB_PATTERN}$")]
Instant = InstantText
"""An instant as RFC 3339 text with its offset."""

WeekDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MINUTES: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"


def described(pattern: str, words: str) -> Any:
    """The description of a text whose form is checked elsewhere, for all at once."""
    return Field(json_schema_extra={"pattern": f"^(?:{pattern})$"}, description=words)


Opening = Annotated[str, described(MINUTES, "A local time as `HH:MM`.")]
Closing = Annotated[str, described(f"{MINUTES}|24:00", "A local time as `HH:MM`, or `24:00`.")]


class QuietWindow(Record):
    """A time of day on some days; past midnight it belongs to the day it begins."""

    days: Annotated[list[WeekDay], Field(default_factory=lambda: list(WEEKDAYS), min_length=1)]
    begins: Annotated[Opening, Field(alias="from")]
    ends: Annotated[Closing, Field(alias="to")]


def check_address(kind: str, address: str, region: str | None) -> Wrong | None:
    """What is wrong with the address of a channel, if anything.

    `region` (ISO 3166) is whose national telephone numbers are meant; None: nobody's.
    """
    return kind_of(kind).address.fault(address, region)


def kept_address(kind: str, address: str, region: str | None) -> str:
    """The address of a channel as it is stored: a telephone number as E.164, any other as it reads."""
    return kind_of(kind).address.kept(address, region)
