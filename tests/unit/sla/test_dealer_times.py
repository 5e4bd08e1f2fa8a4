"""A dealer's own clocks: overrides, chains, calendars by role, and every fault with its pointer."""

from datetime import timedelta

import pytest
from sla_builders import OFFICE, office, policies, utc

from journey_api.reference.dealer_times import check_dealer_times
from shared.calendar.durations import BusinessDays, Duration
from shared.sla.policy.escalation_steps import (
    DEFAULT_STEPS,
    chain_for,
    check_chains,
    default_chain,
    parse_chains,
    steps,
)
from shared.sla.policy.overrides import validate_sla
from shared.sla.policy.policy import read_policies, unkeepable
from shared.sla.policy.rules import load_rules
from shared.sla.types import Chain, Step

NOW = utc("2026-11-20 10:00")
HOUR = timedelta(hours=1)
DEALER = {"time_zone": "Europe/Lisbon", "calendars": {"default": {"week": OFFICE}}}

DATE_RULES = ("08", "09", "10", "12", "14", "19", "20", "29", "34", "41", "48")


@pytest.mark.parametrize(
    ("sla", "pointers"),
    [
        (None, []),
        ({}, []),
        ({"T-03": {"duration": "PT30M", "calendar": "none"}}, []),
        ({"T-03": {"calendar": "default"}, "T-33": {"duration": {"days": 3, "by": "16:00"}}}, []),
        ({"T-08": {"duration": "P5M"}, "T-05": {"duration": "P2D"}, "T-03": {"duration": {"days": 1}}}, []),
        ([], [""]),
        ({"T-49": {"duration": "PT1H"}}, ["/T-49"]),
        ({"T-03": "PT1H"}, ["/T-03"]),
        ({"T-03": {"minutes": 5}}, ["/T-03/minutes"]),
        ({"T-03": {"duration": "1h"}}, ["/T-03/duration"]),
        ({"T-03": {"duration": "P1D"}}, ["/T-03/duration"]),
        ({"T-33": {"duration": "P1M"}}, ["/T-33/duration"]),
        ({"T-03": {"duration": "PT0S"}}, ["/T-03/duration"]),
        ({"T-03": {"duration": {"days": 0}}}, ["/T-03/duration/days"]),
        ({"T-03": {"duration": {"days": 1, "by": "noon"}}}, ["/T-03/duration/by"]),
        *(({"T-" + rule: {"duration": "PT1H"}}, [f"/T-{rule}/duration"]) for rule in ("15", "42", "43")),
        *(({"T-" + rule: {"duration": "PT4H"}}, []) for rule in ("36", "37", "38", "40")),
        ({"T-36": {"duration": {"days": 1, "by": "12:00"}}, "T-40": {"duration": "P2D"}}, []),
        ({"T-01": {"duration": "PT20S"}}, []),
        *(({"T-01": {"duration": long}}, ["/T-01/duration"]) for long in ("P1D", "P1DT20S", {"days": 1})),
        *(({"T-" + rule: {"duration": "PT48H"}}, [f"/T-{rule}/duration"]) for rule in DATE_RULES),
        *(({"T-" + rule: {"duration": {"days": 60}}}, [f"/T-{rule}/duration"]) for rule in DATE_RULES),
        *(({"T-" + rule: {"duration": "P1Y2M3D"}}, []) for rule in DATE_RULES),
        ({"T-20": {"duration": "P1DT1H"}, "T-19": {"duration": "P1201M"}}, ["/T-20/duration", "/T-19/duration"]),
        ({"T-06": {"duration": "PT36H"}, "T-24": {"duration": "P1DT2H"}, "T-39": {"duration": "PT30M"}}, []),
        ({"T-06": {"duration": {"days": 1}}, "T-39": {"duration": {"days": 1}}}, ["/T-06/duration", "/T-39/duration"]),
        ({"T-16": {"duration": "PT4H"}, "T-25": {"duration": {"days": 1}}, "T-26": {"duration": "P3D"}}, []),
        ({"T-16": {"duration": "P1DT4H"}}, ["/T-16/duration"]),
        ({"T-03": {"calendar": "night"}, "T-04": {"calendar": 5}}, ["/T-03/calendar", "/T-04/calendar"]),
    ],
)
def test_overrides_are_checked(sla, pointers):
    assert [fault.pointer for fault in validate_sla(sla, frozenset({"default"}))] == pointers


def test_overrides_count():
    dealer = policies(sla={"T-03": {"duration": "PT30M", "calendar": "none"}, "T-33": {"duration": {"days": 3}}})
    assert dealer.snapshot("T-03", "first_response", "salesperson").target == Duration(time=HOUR / 2)
    assert dealer.calendar_for("T-03", "salesperson").never_closes
    assert dealer.duration_of("T-33") == BusinessDays(3)
    assert dealer.duration_of("T-02") == Duration(time=HOUR / 6)
    with pytest.raises(ValueError, match="/T-99"):
        policies(sla={"T-99": {}})


def test_a_stored_duration_that_cannot_be_used_leaves_the_default():
    stored = {"T-19": {"duration": "PT1440H"}, "T-34": {"duration": {"days": 60}}, "T-09": {"duration": "P9999M"}}
    dealer = policies(sla=stored)
    assert [dealer.duration_of(rule) for rule in stored] == [load_rules()[rule].duration for rule in stored]


def test_the_calendar_of_the_role():
    after_sales = {"week": {"sat": [["09:00", "12:00"]]}}
    dealer = policies(
        calendars={"default": {"week": OFFICE}, "after_sales": after_sales},
        role_calendar={"service_advisor": "after_sales", "salesperson": "sales"},
        sla={"T-04": {"calendar": "after_sales"}},
    )
    assert dealer.calendar_for("T-03", "service_advisor").name == "after_sales"
    assert dealer.calendar_for("T-03", "salesperson").name == "default"
    assert dealer.calendar_for("T-03", None).name == "default"
    assert dealer.calendar_for("T-04", "salesperson").name == "after_sales"
    assert dealer.calendar_for("T-01", "service_advisor").never_closes
    assert read_policies({"time_zone": "Europe/Lisbon"}).role_hours("salesperson").never_closes


def test_a_clock_that_could_never_be_due_is_refused():
    never = policies(calendars={"default": {"week": {}}})
    assert {fault.pointer for fault in unkeepable(never, NOW)} == {
        "/T-02", "/T-03", "/T-04", "/T-21", "/T-22", "/T-27", "/T-31", "/T-33", "/T-35", "/T-46",
    }  # fmt: skip
    seldom = {"week": {}, "exceptions": {"2026-12-24": [["09:00", "09:50"]]}}
    assert {fault.pointer for fault in unkeepable(policies(calendars={"default": seldom}), NOW)} == {
        "/T-03", "/T-22", "/T-27", "/T-31", "/T-35",
    }  # fmt: skip
    assert unkeepable(policies(), NOW) == []


def test_a_clock_of_appointments_that_could_never_be_due_is_refused():
    never = {"default": {"week": OFFICE}, "sales": {"week": {}}}
    sla = {rule: {"calendar": "sales", "duration": "PT1H"} for rule in ("T-05", "T-23")}
    assert {fault.pointer for fault in unkeepable(policies(calendars=never, sla=sla), NOW)} == {"/T-05", "/T-23"}


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({}, []),
        ({"calendars": None}, []),
        ({"calendars": {"default": {"week": OFFICE}, "sales": None}}, []),
        ({"time_zone": ""}, ["/time_zone"]),
        ({"time_zone": None}, ["/time_zone"]),
        ({"time_zone": "Europe/Nowhere"}, ["/time_zone"]),
        ({"calendars": []}, ["/calendars"]),
        ({"calendars": {"night": {"week": {}}}}, ["/calendars/night"]),
        ({"calendars": {"sales": {"week": {"mon": [["09:00", "09:00"]]}}}}, ["/calendars/sales/week/mon/0"]),
        ({"calendars": {"default": {"week": {}}}}, [f"/sla/T-{n:02}" for n in (2, 3, 4, 21, 22, 27, 31, 33, 35, 46)]),
        ({"role_calendar": {"salesperson": "sales"}}, ["/role_calendar/salesperson"]),
        ({"role_calendar": {"salesperson": ["default"]}}, ["/role_calendar/salesperson"]),
        ({"role_calendar": {"janitor": "default"}}, ["/role_calendar/janitor"]),
        ({"role_calendar": "default"}, ["/role_calendar"]),
        ({"managers": {"salesperson": "general_director", "general_director": "group_mailbox"}}, []),
        ({"managers": {"salesperson": "boss"}}, ["/managers/salesperson"]),
        ({"chains": {"resolution": [{"after": "PT15M", "to": "boss"}]}}, ["/chains/resolution/0/to"]),
        ({"sla": {"T-03": {"calendar": "after_sales"}}}, ["/sla/T-03/calendar"]),
        ({"quiet_hours": [{"from": "21:00", "to": "21:00"}]}, ["/quiet_hours/0"]),
        ({"marketing_window": {"from": "9"}}, ["/marketing_window/from"]),
    ],
)
def test_every_fault_of_a_dealers_times(change, pointers):
    assert [fault.pointer for fault in check_dealer_times(DEALER | change, NOW)] == pointers


@pytest.mark.parametrize(
    ("chains", "pointers"),
    [
        (None, []),
        ({"resolution": [{"after": "PT15M", "to": "owner"}]}, []),
        ({"resolution": [{"after": "PT0S", "to": "role:sales_manager", "channel_class": "urgent", "repeat": 0}]}, []),
        (
            {"promise": [{"after": "PT1H", "to": "staff:S-7", "repeat": 3}, {"after": "PT1H", "to": "group_mailbox"}]},
            [],
        ),
        ([], [""]),
        ({"breach": []}, ["/breach"]),
        ({"resolution": []}, ["/resolution"]),
        ({"a/b~c": []}, ["/a~1b~0c"]),
        ({"resolution": ["owner"]}, ["/resolution/0"]),
        ({"resolution": [{"to": "owner"}]}, ["/resolution/0/after"]),
        ({"resolution": [{"after": "P1D", "to": "owner"}]}, ["/resolution/0/after"]),
        ({"resolution": [{"after": "PT1H", "to": "role:boss"}]}, ["/resolution/0/to"]),
        ({"resolution": [{"after": "PT1H", "to": "staff:"}]}, ["/resolution/0/to"]),
        ({"resolution": [{"after": "PT1H", "to": ["owner"]}]}, ["/resolution/0/to"]),
        ({"resolution": [{"after": "PT1H", "to": "owner", "channel_class": "loud"}]}, ["/resolution/0/channel_class"]),
        ({"resolution": [{"after": "PT1H", "to": "owner", "repeat": -1}]}, ["/resolution/0/repeat"]),
        ({"resolution": [{"after": "PT0S", "to": "owner", "repeat": 2}]}, ["/resolution/0/after"]),
        ({"resolution": [{"after": "PT1H", "to": "owner", "by": "fax"}]}, ["/resolution/0/by"]),
    ],
)
def test_chains_are_checked(chains, pointers):
    assert [fault.pointer for fault in check_chains(chains)] == pointers


def test_the_default_chain():
    rules = load_rules()
    assert default_chain(rules["T-03"]) == Chain(("owner", "manager"), DEFAULT_STEPS)
    assert default_chain(rules["T-02"]) == Chain(("owner",))
    assert default_chain(rules["T-46"]) == Chain(("owner", "manager"))
    assert default_chain(None) == Chain(("owner", "manager"), DEFAULT_STEPS)


def test_a_dealers_chain_replaces_the_rungs_of_its_target():
    given = parse_chains({"resolution": [{"after": "PT15M", "to": "manager", "channel_class": "urgent", "repeat": 1}]})
    chain = chain_for(load_rules()["T-33"], "resolution", given)
    assert chain.notice == ("owner", "manager", "role:client_experience_manager")
    assert chain.steps == (Step(HOUR / 4, ("manager",), "urgent", 1),)
    assert chain.given
    assert chain_for(load_rules()["T-03"], "first_response", given).steps == DEFAULT_STEPS


def test_rungs_count_business_time_one_after_the_other():
    chain = Chain(("owner",), (Step(HOUR, ("manager",), repeat=1), Step(2 * HOUR, ("group_mailbox",))), given=True)
    due = utc("2026-11-20 17:30")
    assert [(one.step, one.at) for one in steps(chain, office(), due)] == [
        (0, utc("2026-11-23 09:30")),
        (0, utc("2026-11-23 10:30")),
        (1, utc("2026-11-23 12:30")),
    ]
    attached = steps(chain, office(), due, utc("2026-11-23 11:00"))
    assert [one.at for one in attached] == [utc(f"2026-11-23 {at}") for at in ("11:00", "12:00", "15:00")]
    default = steps(default_chain(None), office(), due, utc("2026-11-23 11:00"))
    assert [one.at for one in default] == [utc("2026-11-23 12:00"), utc("2026-11-23 13:00")]
