"""What the record of a dealer may hold, exactly."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StringConstraints

from journey_api.http.field_types import CustomerChannel, Role, Topic
from journey_api.reference.dealer_documents import (
    Chains,
    DealerCalendars,
    DealerTables,
    Managers,
    ManyQuietHours,
    MarketingWindow,
    RoleCalendars,
    Targets,
)
from journey_api.reference.value_types import (
    IGNORED,
    Answered,
    DescribedAs,
    Locale,
    Mail,
    Name,
    Record,
    Text,
    Wait,
    Website,
    WrittenLocale,
    Zone,
)
from shared.languages.registry import DEFAULT_LANGUAGE

_DESCRIBED = ConfigDict(use_attribute_docstrings=True)
ShownNumber = Annotated[str, StringConstraints(max_length=40, pattern=r"^[+(]?[0-9][0-9 ()./\u00a0-]{2,38}$")]
"""A telephone number as a letter shows it: `+351 210 000 000`."""


class Sender(Record):
    """What customers see a dealer's messages come from; what is null is the installation's."""

    model_config = _DESCRIBED

    name: Name | None = None
    """Stands before the address of e-mails, and under letters."""
    email_from: Mail | None = None
    """`From` of e-mails."""
    reply_to: Mail | None = None
    """`Reply-To` of e-mails, where the installation has no reply addresses of its own; of notices to staff always."""
    telephone: ShownNumber | None = None
    """As a letter shows it: `+351 210 000 000`."""
    website: Website | None = None
    """Its whole address."""
    address: Text | None = None
    """The postal address, for the foot of messages."""
    sms_from: Annotated[str, StringConstraints(pattern=r"^(\+[0-9]{6,15}|[A-Za-z0-9 ]{1,11})$")] | None = None
    """A number as E.164, or a name of up to 11 letters and digits."""
    whatsapp_phone_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,32}$")] | None = None
    """The provider's id of the number."""
    footer: Annotated[dict[Locale, Text], Field(default_factory=dict)]
    """What stands below every message, by locale."""


class Patience(Record):
    """How long a channel may show no delivery before the next one is tried; what is null is as the channel has it."""

    model_config = _DESCRIBED

    sms: Wait | None = None
    """One minute to 24 hours, such as `PT10M`."""
    whatsapp: Wait | None = None
    """One minute to 24 hours, such as `PT10M`."""


class Throttle(Record):
    """How many messages Handoff writes a customer by itself in so much time; more wait. What is null is the usual."""

    model_config = _DESCRIBED

    messages: Annotated[StrictInt, Field(ge=1, le=1_000)] | None = None
    """So many,"""
    per: Wait | None = None
    """in so much time: one minute to 24 hours, such as `PT1H`."""


Share = Annotated[float, Field(ge=0, le=1, strict=True)]


class Quality(Record):
    """What separates the levels and kinds of quality; what is null is the usual. Shares are of 1."""

    model_config = _DESCRIBED

    days: Annotated[StrictInt, Field(ge=1, le=366)] | None = None
    """So many days before the end of a period are looked at."""
    least_clocks: Annotated[StrictInt, Field(ge=1, le=100_000)] | None = None
    """Who has fewer judged response clocks has no level."""
    spontaneous_below: Share | None = None
    """Spontaneous below this share of answers in time."""
    uneven_over: Annotated[float, Field(ge=1, le=1_000, strict=True)] | None = None
    """Spontaneous where the slowest quarter of people takes over so many times as long as the quickest."""
    cultural_from: Share | None = None
    """Cultural from this share of answers in time on."""
    disenchants_over: Share | None = None
    """Disenchants over this share of tragic moments."""
    enchants_over: Share | None = None
    """Enchants over this share of enchanted moments,"""
    enchants_tragic_below: Share | None = None
    """and below this one of tragic moments."""


class Dealer(Answered):
    """A dealer. Hours, chains, targets and tables are documents that the clocks and the playbook check."""

    model_config = _DESCRIBED

    calendars_next: Annotated[Any, DescribedAs(DealerCalendars | None), IGNORED] = None
    name: Name
    """What it is called, in the console and where messages name it."""
    time_zone: Zone
    """A name of the IANA database, such as `Europe/Lisbon`; hours and days of the dealer are in it."""
    locale: Locale | None = None
    """The language of who has none of their own, such as `pt-PT`; null: `fallback_locale`."""
    fallback_locale: WrittenLocale = DEFAULT_LANGUAGE
    """The language of who has one without texts; itself one with texts."""
    calendars: Annotated[dict[str, Any], DescribedAs(DealerCalendars)] | None = None
    """When the dealer is open. One whose `effective_from` is later keeps the present one until then, and is answered
    under `calendars_next`."""
    role_calendar: Annotated[dict[str, Any], DescribedAs(RoleCalendars)] | None = None
    """The calendar of each role, one of `calendars`; the others have `default`."""
    has_business_development_centre: StrictBool = False
    """Whether the dealer has one; else its work falls to other roles."""
    group_mailbox: Mail | None = None
    """Who is told last, above the general director."""
    managers: Annotated[dict[str, Any], DescribedAs(Managers)] | None = None
    """The role above each role, where it is not the usual one; `group_mailbox`: none."""
    chains: Annotated[dict[str, Any], DescribedAs(Chains)] | None = None
    """Who is told of a breach, by target, in place of the usual steps."""
    tables: Annotated[dict[str, Any], DescribedAs(DealerTables)] | None = None
    """Where the playbook leaves something to the dealer."""
    sla: Annotated[dict[str, Any], DescribedAs(Targets)] | None = None
    """Durations and calendars by time rule, where they are not the usual ones."""
    quiet_hours: Annotated[list[Any], DescribedAs(ManyQuietHours)] | None = None
    """When customers are not written to who have said nothing of it themselves; not the whole week."""
    marketing_window: Annotated[dict[str, Any], DescribedAs(MarketingWindow)] | None = None
    """When marketing may arrive."""
    patience: Patience | None = None
    """How long a channel may show no delivery."""
    throttle: Throttle | None = None
    """How many messages a customer is written in a while."""
    channels_off: list[CustomerChannel] | None = None
    """The channels by which no customer is written to or called, whoever wishes otherwise."""
    topic_roles: dict[Topic, Role] | None = None
    """Who gets a topic of IN-07 or IN-08, which no page of the observer names, in place of the playbook's role."""
    sender: Sender | None = None
    """What messages come from."""
    quality: Quality | None = None
    """Thresholds of quality."""
