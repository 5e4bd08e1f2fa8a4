"""Who is told, and who is at work: presence, leave, shifts, substitutes, managers."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sla_builders import office, utc

from shared.calendar.availability import Leave, Staff, StaffMember, is_working, on_leave, substitute_for
from shared.calendar.document import parse_calendar
from shared.calendar.reporting_lines import leads_of, led_by, managers_of
from shared.sla.facts import Owner
from shared.sla.policy.escalation_targets import (
    BREACH_NOTICE,
    above,
    resolve,
    resolve_all,
    resolve_step,
)
from shared.sla.types import Chain, Step
from shared.vocabulary import ROLES

NOON = utc("2026-11-20 12:00")
NIGHT = utc("2026-11-21 02:00")
HOLIDAYS = (Leave(date(2026, 11, 16), date(2026, 11, 20), "S-2"),)


def member(staff_id: str, *roles: str, **more: object) -> StaffMember:
    return StaffMember(staff_id, roles or ("salesperson",), **more)


def staff(*members: StaffMember, **more: object) -> Staff:
    return Staff({one.staff_id: one for one in members}, **({"calendar": office()} | more))


def told(target: str, owner: Owner, directory: Staff, at=NOON) -> list[str]:
    return [recipient.staff_id or recipient.address for recipient in resolve(target, owner, directory, at)]


SELLER = Owner("salesperson", "S-1")


@pytest.mark.parametrize("role", ROLES)
def test_a_breach_of_any_role_reaches_the_role_above_and_at_last_the_mailbox(role):
    everybody = [member(f"S-{one}", one) for one in ROLES]
    directory = staff(*everybody, group_mailbox="group@example.org")
    owner, reached = Owner(role, f"S-{role}"), []
    while reached[-1:] != ["group@example.org"]:
        (above,) = told("manager", owner, directory)
        assert above not in [f"S-{role}", *reached]
        reached.append(above)
        owner = Owner(above.removeprefix("S-"), above)


@pytest.mark.parametrize(("presence", "reached"), [("present", ["S-1"]), ("away", ["S-1"]), ("off", ["S-2"])])
def test_away_is_told_and_off_is_stood_in_for(presence, reached):
    directory = staff(member("S-1", presence=presence, substitute_id="S-2"), member("S-2"))
    assert told("owner", SELLER, directory) == reached


def test_a_breach_reaches_the_owner_at_any_hour():
    assert told("owner", SELLER, staff(member("S-1")), NIGHT) == ["S-1"]


@pytest.mark.parametrize(
    ("at", "reached"),
    [
        ("2026-11-15 12:00", ["S-1"]),
        ("2026-11-16 00:00", ["S-2"]),
        ("2026-11-20 23:59", ["S-2"]),
        ("2026-11-21 00:00", ["S-1"]),
    ],
)
def test_leave_counts_local_dates_both_included(at, reached):
    directory = staff(member("S-1", leave=HOLIDAYS, substitute_id="S-3"), member("S-2"), member("S-3"))
    assert told("owner", SELLER, directory, utc(at)) == reached


def test_the_leave_may_leave_the_substitute_to_the_person():
    directory = staff(
        member("S-1", leave=(replace(HOLIDAYS[0], substitute_id=None),), substitute_id="S-3"), member("S-3")
    )
    assert told("owner", SELLER, directory) == ["S-3"]


def test_substitutes_are_followed_and_never_in_a_circle():
    a = member("A", presence="off", substitute_id="B")
    b = member("B", presence="off", substitute_id="C")
    assert substitute_for("A", staff(a, b, member("C")), NOON).staff_id == "C"
    assert substitute_for("A", staff(a, b, member("C", presence="off", substitute_id="A")), NOON) is None
    assert substitute_for("A", staff(a, replace(b, substitute_id="nobody")), NOON) is None
    found = resolve("staff:A", SELLER, staff(a, b, member("C")), NOON)
    assert [(one.staff_id, one.for_staff_id) for one in found] == [("C", "A")]


@given(st.dictionaries(st.sampled_from("ABCDEF"), st.tuples(st.booleans(), st.sampled_from("ABCDEF")), min_size=1))
def test_any_net_of_substitutes_ends(net):
    directory = staff(
        *(member(n, presence="off" if off else "present", substitute_id=s) for n, (off, s) in net.items())
    )
    for name in net:
        found = substitute_for(name, directory, NOON)
        assert found is None or found.presence == "present"


def test_the_managers_own_person_comes_first():
    directory = staff(member("S-1", manager_id="S-9"), member("S-9", "parts_manager"), member("S-5", "sales_manager"))
    assert told("manager", SELLER, directory) == ["S-9"]
    assert told("manager_of_manager", SELLER, directory) == []
    assert above(Owner("parts_manager", "S-9"), directory) == Owner("service_manager")
    assert told("manager", SELLER, staff(member("S-1", manager_id="gone"), member("S-5", "sales_manager"))) == ["S-5"]


def test_managers_by_role_and_the_dealers_own():
    directory = staff(member("S-1"), member("S-5", "sales_manager"), member("S-6", "general_director"))
    assert told("manager", SELLER, directory) == ["S-5"]
    assert told("manager_of_manager", SELLER, directory) == ["S-6"]
    own = replace(directory, managers={"salesperson": "general_director"}, group_mailbox="group@example.org")
    assert told("manager", SELLER, own) == ["S-6"]
    assert told("manager_of_manager", SELLER, own) == ["group@example.org"]
    assert told("manager_of_manager", Owner("sales_manager", "S-5"), own) == ["group@example.org"]


def test_a_role_is_led_by_those_named_else_by_its_manager():
    named = member("S-3", "service_advisor", lead_of=("service_advisor",))
    manager = member("S-4", "service_manager")
    assert leads_of("service_advisor", staff(named, manager)) == ("S-3",)
    assert leads_of("service_advisor", staff(manager)) == ("S-4",)
    assert led_by("S-4", staff(named, manager)) == {"workshop_manager", "parts_manager", "warranty_manager"}
    overridden = staff(manager, managers={"salesperson": "service_manager", "service_advisor": "group_mailbox"})
    assert managers_of("salesperson", overridden) == ("S-4",)
    assert managers_of("service_advisor", overridden) == ()


def test_an_owner_that_is_a_role_is_its_lead_else_its_manager():
    advisors = Owner("service_advisor")
    lead = member("S-3", "service_advisor", lead_of=("service_advisor",))
    manager = member("S-4", "service_manager")
    assert told("owner", advisors, staff(member("S-2", "service_advisor"), lead, manager)) == ["S-3"]
    assert told("owner", advisors, staff(member("S-2", "service_advisor"), manager)) == ["S-4"]
    off = replace(lead, presence="off")
    assert told("owner", advisors, staff(off, manager)) == ["S-4"]
    assert told("owner", Owner(), staff(lead)) == []
    assert told("owner", Owner("service_advisor", "unknown"), staff(lead)) == ["S-3"]


def test_a_role_is_everybody_of_it_who_is_present():
    evening = parse_calendar({"week": {"fri": [["18:00", "22:00"]]}}, "Europe/Lisbon")
    directory = staff(
        member("S-1"),
        member("S-2", presence="away"),
        member("S-3", leave=HOLIDAYS),
        member("S-4", shifts=evening),
        member("S-5", "service_advisor"),
        member("S-6"),
    )
    assert told("role:salesperson", SELLER, directory) == ["S-1", "S-6"]
    assert told("role:salesperson", SELLER, directory, utc("2026-11-20 19:00")) == ["S-4"]
    assert told("role:salesperson", SELLER, directory, NIGHT) == ["S-1", "S-3", "S-4", "S-6"]
    assert told("role:salesperson", SELLER, staff(member("S-2", presence="away"))) == ["S-2"]
    assert told("role:salesperson", SELLER, staff()) == []


def test_the_mailbox_else_the_director_else_nobody():
    director = member("S-6", "general_director")
    assert told("group_mailbox", SELLER, staff(director, group_mailbox="group@example.org")) == ["group@example.org"]
    assert told("group_mailbox", SELLER, staff(director)) == ["S-6"]
    assert told("group_mailbox", SELLER, staff()) == []


def test_the_same_person_is_told_once():
    directory = staff(member("S-1", manager_id="S-1", lead_of=("salesperson",)), member("S-5", "sales_manager"))
    reached = resolve_all(("owner", "staff:S-1", "role:sales_manager", "manager"), SELLER, directory, NOON)
    assert [recipient.staff_id for recipient in reached] == ["S-1", "S-5"]


CHAIN = Chain(
    ("owner", "manager"),
    (
        Step(utc("2026-01-01 01:00") - utc("2026-01-01 00:00"), ("manager_of_manager",)),
        Step(NOON - NOON, ("group_mailbox",)),
    ),
)


def test_a_rung_that_reaches_nobody_goes_on_at_once():
    alone = staff(group_mailbox="group@example.org")
    found = resolve_step(CHAIN, BREACH_NOTICE, SELLER, alone, NOON)
    assert (found.step, found.unreachable) == (1, (BREACH_NOTICE, 0))
    assert found.recipients[0].address == "group@example.org"
    nobody = resolve_step(CHAIN, 0, SELLER, staff(), NOON)
    assert (nobody.recipients, nobody.step, nobody.unreachable) == ((), None, (0, 1))


def test_a_chain_without_a_last_rung_still_ends_at_the_mailbox():
    found = resolve_step(Chain(("owner",)), BREACH_NOTICE, SELLER, staff(group_mailbox="group@example.org"), NOON)
    assert (found.step, found.unreachable) == (None, (BREACH_NOTICE,))
    assert found.recipients[0].kind == "mailbox"


@pytest.mark.parametrize(
    ("person", "at", "working"),
    [
        (member("S-1"), NOON, True),
        (member("S-1"), NIGHT, False),
        (member("S-1"), utc("2026-11-20 13:30"), False),
        (member("S-1", presence="away"), NOON, False),
        (member("S-1", presence="off"), NOON, False),
        (member("S-1", leave=HOLIDAYS), NOON, False),
        (member("S-1", leave=HOLIDAYS), utc("2026-11-23 12:00"), True),
        (member("S-1", shifts=parse_calendar({"week": {}}, "Europe/Lisbon")), NOON, False),
        (
            member(
                "S-1",
                shifts=parse_calendar(
                    {"week": {"fri": [["22:00", "24:00"]], "sat": [["00:00", "06:00"]]}}, "Europe/Lisbon"
                ),
            ),
            NIGHT,
            True,
        ),
    ],
)
def test_who_is_at_work(person, at, working):
    assert is_working(person, staff(person), at) == working


def test_the_hours_of_the_role_count():
    saturday = parse_calendar({"week": {"sat": [["09:00", "13:00"]]}}, "Europe/Lisbon")
    both = member("S-1", "salesperson", "service_advisor")
    directory = staff(both, role_calendars={"service_advisor": saturday})
    at = utc("2026-11-21 10:00")
    assert is_working(both, directory, at, "service_advisor")
    assert not is_working(both, directory, at, "salesperson")
    assert is_working(both, directory, at)


def test_leave_is_read_in_the_dealers_zone():
    kathmandu = staff(member("S-1", leave=HOLIDAYS), calendar=office("Asia/Kathmandu"))
    assert on_leave(member("S-1", leave=HOLIDAYS), date(2026, 11, 16)) == HOLIDAYS[0]
    assert told("owner", SELLER, replace(kathmandu), utc("2026-11-15 18:15")) == []
    assert told("owner", SELLER, replace(kathmandu), utc("2026-11-15 18:14")) == ["S-1"]
