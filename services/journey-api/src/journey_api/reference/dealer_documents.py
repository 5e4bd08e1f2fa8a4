"""What a dealer's documents of hours, clocks and tables look like, for OpenAPI.

What is wrong with one is said by who reads it (`journey_api.reference.dealer_times` and beside), all faults at once
with pointers; these types say beforehand what that accepts. What depends on other fields or on lists of others, as the
zones of the IANA database, is in words.
"""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, Literal, NotRequired

from pydantic import ConfigDict, Field, WithJsonSchema
from typing_extensions import TypedDict

from journey_api.http.field_types import FeedbackSubject, Role, Topic
from journey_api.http.instants import InstantText
from journey_api.http.schema_rules import all_of, needs
from journey_api.reference.value_types import MINUTES, Closing, Opening, WeekDay, described
from shared.calendar.reporting_lines import GROUP_MAILBOX
from shared.messaging.field_types import OneOf
from shared.playbook.ruleset.dealer_settings import INSPECTORS, MOST_DAYS, SEVERITIES
from shared.sla.policy.rules import load_rules
from shared.sla.types import Metric, OnChange
from shared.vocabulary import ROLES

_CLOSED: Final = ConfigDict(extra="forbid")
_PART: Final = "[0-9]+(?:[.,][0-9]+(?=[HMS]$))?"
_TIME: Final = f"(?:T(?=.)(?:{_PART}H)?(?:{_PART}M)?(?:{_PART}S)?)?"

Duration = Annotated[
    str,
    described(
        f"P(?=.)(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+W)?(?:[0-9]+D)?{_TIME}",
        "An ISO 8601 duration, such as `PT4H` or `P14D`; at most a hundred years.",
    ),
]
HoursAndMinutes = Annotated[
    str,
    described(
        f"P(?=.)(?:0+Y)?(?:0+M)?(?:0+W)?(?:0+D)?{_TIME}",
        "An ISO 8601 duration of business time, such as `PT1H30M`; a day is not 24 hours. At most a hundred years.",
    ),
]
_TIME_OF_DAY: Final = {"type": "string", "pattern": f"^(?:{MINUTES})$"}
_END_OF_DAY: Final = {"type": "string", "pattern": f"^(?:{MINUTES}|24:00)$"}
Interval = Annotated[
    tuple[str, str],
    WithJsonSchema(
        {
            "type": "array",
            "prefixItems": [_TIME_OF_DAY, _END_OF_DAY],
            "items": _END_OF_DAY,
            "minItems": 2,
            "maxItems": 2,
            "description": "Opens and closes, as `HH:MM`, in this order; `24:00` closes a day, the rest is the next's.",
        }
    ),
]
Hours = Annotated[list[Interval], Field(description="The hours of a day; none: closed. They do not overlap.")]
Rule = Annotated[str, OneOf(lambda: tuple(load_rules()))]
CalendarName = Literal["default", "sales", "after_sales"]

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Manager = str
    Inspector = str
    Severity = str
else:
    Manager = Literal[(*ROLES, GROUP_MAILBOX)]
    Inspector = Literal[INSPECTORS]
    Severity = Literal[SEVERITIES]


class Week(TypedDict, total=False):
    """Hours by weekday, in local time; a day that is left out is closed."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]

    mon: Hours
    tue: Hours
    wed: Hours
    thu: Hours
    fri: Hours
    sat: Hours
    sun: Hours


class Holidays(TypedDict):
    """Public holidays: where, and which of those proposed (`GET …/holidays`) close; the others do not."""

    __pydantic_config__ = ConfigDict(  # type: ignore[misc]
        extra="forbid", json_schema_extra=all_of(needs("subdivision", "country"))
    )

    country: NotRequired[Annotated[str | None, Field(description="ISO 3166-1, such as `PT`.")]]
    subdivision: NotRequired[Annotated[str | None, Field(description="Of the country, without `PT-`; needs one.")]]
    accepted: NotRequired[list[date]]


class DealerCalendar(TypedDict):
    """Opening hours, in the dealer's zone. An exception gives a date its own hours, whatever else holds for it."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]

    week: Week
    exceptions: NotRequired[Annotated[dict[date, Hours] | None, Field(description="By date, as `2026-12-24`.")]]
    holidays: NotRequired[Holidays | None]
    effective_from: NotRequired[
        Annotated[
            InstantText | None,
            Field(description="From 1990 to 2200. A later one keeps the present calendar of the name until then."),
        ]
    ]


class DealerCalendars(TypedDict):
    """Calendars by name. Roles without one of their own (`role_calendar`) have `default`; no calendar: always open."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]

    default: NotRequired[DealerCalendar | None]
    sales: NotRequired[DealerCalendar | None]
    after_sales: NotRequired[DealerCalendar | None]


class ChainStep(TypedDict):
    """A step of an escalation: so long after the one before it, the first after the breach, somebody is told."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]

    after: HoursAndMinutes
    to: Annotated[
        str,
        described(
            f"owner|manager|manager_of_manager|group_mailbox|role:(?:{'|'.join(ROLES)})|staff:[\\s\\S]+",
            "`owner`, `manager`, `manager_of_manager`, `group_mailbox`, `role:ID` or `staff:ID`.",
        ),
    ]
    channel_class: NotRequired[
        Annotated[Literal["any", "urgent"], Field(description="`urgent`: at any hour, by every channel that may.")]
    ]
    repeat: NotRequired[
        Annotated[int, Field(ge=0, le=100, description="How often it is said again, each `after` later.")]
    ]


class InspectionRow(TypedDict):
    """Who gets a problem found at the inspection where topics and severity fit; what is null or left out fits all."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]

    to_role: Inspector
    topics: NotRequired[list[Topic] | None]
    severity: NotRequired[Severity | None]


class DealerTables(TypedDict):
    """Tables of the playbook in which a dealer decides otherwise; `GET /v1/vocabulary` shows the usual ones."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]

    feedback: NotRequired[
        Annotated[dict[FeedbackSubject, list[Role]], Field(description="Who hears of negative feedback, by subject.")]
    ]
    inspection: NotRequired[
        Annotated[list[InspectionRow], Field(min_length=1, description="The first row that fits counts.")]
    ]
    first_months_days: NotRequired[
        Annotated[int, Field(ge=0, le=MOST_DAYS, description="So long a delivery is recent.")]
    ]
    case_idle_days: NotRequired[
        Annotated[int, Field(ge=1, le=MOST_DAYS, description="After so long an idle case is closed.")]
    ]


class BusinessDays(TypedDict):
    """So many later open days, by a local time or by closing."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]

    days: Annotated[int, Field(ge=1, le=366)]
    by: NotRequired[Annotated[str, described(f"closing|{MINUTES}|24:00", "`HH:MM` or `closing`, the usual.")]]


class RuleSetting(TypedDict):
    """A dealer's own duration or calendar of a time rule; what is null or left out is the usual.

    A clock counts hours and minutes of open time, or business days; a rule that counts from a date whole days, weeks,
    months or years; one that counts from an instant an ISO 8601 duration. Never nothing; a rule without a usual
    duration takes none.
    """

    __pydantic_config__ = _CLOSED  # type: ignore[misc]

    duration: NotRequired[Duration | BusinessDays | None]
    calendar: NotRequired[
        Annotated[
            Literal["default", "sales", "after_sales", "none"] | None,
            Field(description="One of the dealer's calendars; `none`: around the clock."),
        ]
    ]
    on_change: NotRequired[
        Annotated[
            OnChange | None,
            Field(description="Of a clock of cases, when another role answers for it; null or left out: `keep`."),
        ]
    ]


class QuietHours(TypedDict):
    """A time of day on some days; past midnight it belongs to the day it begins. `from` and `to` differ."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]

    days: NotRequired[Annotated[list[WeekDay] | None, Field(description="Left out or null: every day.")]]
    begins: Annotated[Opening, Field(alias="from")]
    ends: Annotated[Closing, Field(alias="to")]


class MarketingWindow(TypedDict):
    """When marketing may arrive, in the customer's zone; usually every day from 09:00 to 20:00."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]

    days: NotRequired[Annotated[list[WeekDay] | None, Field(description="Left out or null: every day.")]]
    begins: NotRequired[Annotated[Opening, Field(alias="from")]]
    ends: NotRequired[Annotated[Closing, Field(alias="to")]]


Chain = Annotated[list[ChainStep], Field(min_length=1)]
Chains = dict[Metric, Chain]
RoleCalendars = dict[Role, CalendarName]
Managers = dict[Role, Manager]
Targets = dict[Rule, RuleSetting]
ManyQuietHours = list[QuietHours]
