"""What OpenAPI says of a dealer's documents is what the server takes: value by value, in both directions."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel, ValidationError

from journey_api.docs.named_keys import with_named_keys
from journey_api.reference.checks import check_record
from journey_api.reference.dealer_record import Dealer
from journey_api.reference.models import Staff
from shared.playbook.ruleset.loader import playbook

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
WEEK = {"week": {"mon": [["09:00", "18:00"]]}}
STEP = {"after": "PT1H", "to": "owner"}


def described(model: type[BaseModel]) -> jsonschema.Draft202012Validator:
    """What is published of a record."""
    return jsonschema.Draft202012Validator(
        with_named_keys(model.model_json_schema()), format_checker=jsonschema.FormatChecker()
    )


DEALER, STAFF = described(Dealer), described(Staff)


def taken(model: type[BaseModel], record: Mapping[str, Any]) -> bool:
    """Whether the server takes a record."""
    try:
        return check_record(model.model_validate(record), NOW, None, playbook()) == []
    except ValidationError:
        return False


def calendar(**fields: Any) -> dict[str, Any]:
    """The default calendar with something in it changed."""
    return {"calendars": {"default": {**WEEK, **fields}}}


def hours(*intervals: Any) -> dict[str, Any]:
    """A calendar with these hours on Mondays."""
    return {"calendars": {"default": {"week": {"mon": list(intervals)}}}, "sla": {}}


def step(**fields: Any) -> dict[str, Any]:
    """A chain of one step."""
    return {"chains": {"first_response": [{**STEP, **fields}]}}


@pytest.mark.parametrize(
    "fields",
    [
        calendar(),
        {"calendars": None},
        {"calendars": {}},
        {"calendars": {"default": None, "sales": WEEK}},
        {"calendars": {"nights": WEEK}},
        {"calendars": {"default": {}}},
        {"calendars": {"default": {"week": None}}},
        calendar(week={"monday": []}),
        calendar(week={"mon": None}),
        calendar(colour="red"),
        calendar(exceptions=None),
        calendar(exceptions={"2026-12-24": [], "2026-12-31": [["09:00", "13:00"]]}),
        calendar(exceptions={"24.12.2026": []}),
        calendar(holidays=None),
        calendar(holidays={}),
        calendar(holidays={"country": "PT", "subdivision": None, "accepted": ["2026-12-25"]}),
        calendar(holidays={"country": "PT", "accepted": None}),
        calendar(holidays={"subdivision": "11"}),
        calendar(holidays={"accepted": ["25/12"]}),
        calendar(effective_from="2026-12-01T00:00:00Z"),
        calendar(effective_from=None),
        calendar(effective_from=20261201),
        hours(["09:00", "24:00"]),
        hours(["24:00", "24:00"]),
        hours(["9:00", "18:00"]),
        hours(["09:00", "25:00"]),
        hours(["09:00"]),
        hours(["09:00", "12:00", "13:00"]),
        hours("09:00-18:00"),
        {"role_calendar": {"service_advisor": "default"}},
        {"role_calendar": {"service_advisor": None}},
        {"role_calendar": {"nobody": "default"}},
        {"role_calendar": {"service_advisor": "none"}},
        {"managers": {"salesperson": "group_mailbox", "back_office": "general_director"}},
        {"managers": {"salesperson": "owner"}},
        step(),
        step(channel_class="urgent", repeat=100),
        step(channel_class=None),
        step(repeat=101),
        step(repeat="2"),
        step(after="PT0S"),
        step(after="P0DT1H"),
        step(after="P1D"),
        step(after="PT"),
        step(after="1 hour"),
        step(to="role:general_director"),
        step(to="role:nobody"),
        step(to="staff:S-7"),
        step(to="staff:"),
        step(to="everybody"),
        step(unless="answered"),
        {"chains": {"first_response": []}},
        {"chains": {"first_response": None}},
        {"chains": {"kindness": [STEP]}},
        {"chains": None},
        {"tables": {}},
        {"tables": {"first_months_days": 0, "case_idle_days": 1}},
        {"tables": {"case_idle_days": 0}},
        {"tables": {"first_months_days": "90"}},
        {"tables": {"first_months_days": None}},
        {"tables": {"feedback": {"delivery": ["sales_manager"], "infotainment": []}}},
        {"tables": {"feedback": {"weather": []}}},
        {"tables": {"feedback": {"delivery": ["nobody"]}}},
        {"tables": {"inspection": [{"to_role": "product_specialist", "topics": None, "severity": None}]}},
        {"tables": {"inspection": [{"to_role": "salesperson"}]}},
        {"tables": {"inspection": [{"topics": ["repair"]}]}},
        {"tables": {"inspection": []}},
        {"tables": {"colours": {}}},
        {"sla": {"T-03": {}}},
        {"sla": {"T-03": {"duration": None, "calendar": None}}},
        {"sla": {"T-03": {"duration": "PT2H", "calendar": "none"}}},
        {"sla": {"T-03": {"duration": {"days": 1, "by": "12:00"}}}},
        {"sla": {"T-03": {"duration": {"days": 1, "by": "closing"}}}},
        {"sla": {"T-03": {"duration": {"days": 0}}}},
        {"sla": {"T-03": {"duration": {"days": 367}}}},
        {"sla": {"T-03": {"duration": {"days": 1, "by": None}}}},
        {"sla": {"T-03": {"duration": {"by": "12:00"}}}},
        {"sla": {"T-03": {"duration": "two hours"}}},
        {"sla": {"T-03": {"duration": 2}}},
        {"sla": {"T-03": {"calendar": "nights"}}},
        {"sla": {"T-03": {"colour": "red"}}},
        {"sla": {"T-03": None}},
        {"sla": {"T-03": {"on_change": "restart"}}},
        {"sla": {"T-03": {"on_change": None}}},
        {"sla": {"T-03": {"on_change": "forget"}}},
        {"sla": {"T-99": {}}},
        {"quiet_hours": []},
        {"quiet_hours": None},
        {"quiet_hours": [{"days": ["mon"], "from": "21:00", "to": "24:00"}]},
        {"quiet_hours": [{"days": None, "from": "21:00", "to": "08:00"}]},
        {"quiet_hours": [{"from": "24:00", "to": "08:00"}]},
        {"quiet_hours": [{"days": ["monday"], "from": "21:00", "to": "08:00"}]},
        {"quiet_hours": [{"from": "21:00"}]},
        {"quiet_hours": {"from": "21:00", "to": "08:00"}},
        {"marketing_window": {}},
        {"marketing_window": {"from": "10:00"}},
        {"marketing_window": {"days": ["sat"], "to": "24:00"}},
        {"marketing_window": {"from": None}},
        {"marketing_window": {"until": "10:00"}},
        {"topic_roles": {"charging": "product_specialist"}},
        {"topic_roles": {"charging": "nobody"}},
        {"sender": {"footer": {"pt-PT": "Lisboa"}}},
        {"sender": {"footer": {"p": "Lisboa"}}},
        {"sender": {"colour": "red"}},
        {"patience": {"sms": None}},
        {"quality": {"days": 0}},
        {"channels_off": ["post"]},
        {"channels_off": ["pigeon"]},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_dealers_document_is_taken_where_its_schema_says_so(fields: dict[str, Any]) -> None:
    record = {"name": "Avenida Motors", "time_zone": "Europe/Lisbon", **fields}
    assert taken(Dealer, record) is DEALER.is_valid(record)


@pytest.mark.parametrize(
    "shifts",
    [None, {}, {"mon": []}, {"mon": [["09:00", "24:00"]]}, {"mon": None}, {"mon": [["09:00"]]}, {"monday": []}, []],
    ids=str,
)
def test_shifts_are_taken_where_their_schema_says_so(shifts: Any) -> None:
    record = {"name": "Filipa", "roles": ["product_specialist"], "shifts": shifts}
    assert taken(Staff, record) is STAFF.is_valid(record)
