"""A customer's events in one batch leave what they leave one by one, each in a transaction of its own."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random

import pytest

from harness.clocks import MovableClock
from harness.dealer_rows import stored_rows
from harness.names import CARE_FOR_VEHICLE, REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.people import OFFICE_HOURS, ONE_IN_EVERY_ROLE
from harness.routed_dealership import PROBLEM, Event, RoutedDealership
from harness.verification import at_odds
from shared.db.engine import Database
from shared.playbook.ruleset.loader import playbook

SELLER = {"role": "salesperson", "staff_id": "S-salesperson"}
SERIOUS = "serious_vehicle_problem_reported"

REPAIR: Event = {"step": REPAIR_VEHICLE, "occurrences": [REPAIR_STATUS_CHANGED], "topics": ["repair"]}
CAR: Event = {"vehicle": {"vin": "SALWA2"}}
RUNS: Mapping[str, Sequence[Event]] = {
    "the same again": [{"customer": "C-1", **PROBLEM, **CAR, "ago": 60 - n} for n in range(8)],
    "before what was routed, and after it": [
        {"customer": "C-1", **PROBLEM, "ago": -5},
        {"customer": "C-1", **PROBLEM, "ago": 7200, "signals": ["problem_resolved"]},
        {"customer": "C-1", **REPAIR, "ago": -10},
        {"customer": "C-1", **PROBLEM, "ago": 3600},
        {"customer": "C-1", "ago": 60, "sentiment": "negative"},
        {"customer": "C-1", "ago": 30, "signals": ["solution_proposed"]},
    ],
    "another vehicle, other topics": [
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V-1"}},
        {"customer": "C-2", **PROBLEM, "vehicle": {"vin": "V-1"}},
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V-2", "delivered_on": "2026-10-02"}},
        {"customer": "C-1", **REPAIR, "vehicle": {"vin": "V-1"}},
        {"customer": "C-1", "topics": ["financing"], "step": 9, "observed_by": SELLER},
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V-1", "delivered_on": "2026-11-02", "plate": "AA-00-BB"}},
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V-1"}},
        {"customer": "C-1", "step": CARE_FOR_VEHICLE, "topics": ["maintenance"]},
    ],
    "one vehicle, written otherwise": [
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "v 7"}, "ago": 9},
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V-7", "delivered_on": "2026-11-02"}, "ago": 6},
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V7"}, "ago": 3},
    ],
    "one vehicle of two customers": [
        {"customer": "C-1", "intent": "history", "vehicle": {"vin": "V-1", "registered_on": "2026-11-02"}},
        {"customer": "C-2", **PROBLEM, "vehicle": {"vin": "V-1"}},
        {"customer": "C-3", **PROBLEM, "vehicle": {"vin": "V-1", "plate": "AA-00-BB"}},
    ],
    "serious, solved, serious again": [
        {"customer": "C-1", "intent": "history", "observed_by": SELLER, "step": 12, **CAR, "ago": 9_000},
        {"customer": "C-1", "step": 18, "occurrences": [SERIOUS, "repair_order_opened"], **CAR, "ago": 90},
        {"customer": "C-1", "signals": ["problem_resolved"], **CAR, "ago": 60},
        {"customer": "C-1", "step": 18, "occurrences": [SERIOUS], **CAR, "ago": 30},
        {"customer": "C-1", "intent": "history", "step": 18, "occurrences": [SERIOUS], **CAR, "ago": 20},
        {"customer": "C-1", "signals": ["additional_work_found"], **CAR, "ago": 15},
        {"customer": "C-1", "signals": ["customer_authorisation_recorded"], **CAR, "ago": 10},
    ],
    "of nobody": [
        {"customer": None, "observed_by": SELLER, "occurrences": ["upsell_opportunity_identified"]},
        {"customer": None, "observed_by": SELLER, "occurrences": ["upsell_opportunity_identified"]},
        {"customer": None, "signals": ["season_started"]},
        {"customer": "C-1", **PROBLEM},
        {"customer": None, "signals": ["campaign_sent"]},
        {"customer": None, "signals": ["phone_ringing"]},
    ],
    "closed cases opened again": [
        {"customer": "C-8", **PROBLEM, "case_id": "K-8", "ago": 60},
        {"customer": "C-9", **REPAIR, "case_id": "K-9", "ago": -5},
        {"customer": "C-8", **REPAIR, "case_id": "K-8", "ago": 50},
        {"customer": "C-9", **PROBLEM, "case_id": "K-9", "ago": 86_400},
        {"customer": "C-8", **PROBLEM, "topics": ["infotainment"], "ago": 40},
        {"customer": "C-9", "signals": ["problem_resolved"], "ago": 5},
        {"customer": "C-8", "signals": ["problem_resolved"], "case_id": "K-8", "ago": 30},
    ],
    "a case that was reserved": [
        {"customer": "C-8", "signals": ["problem_resolved"], "case_id": "K-8"},
        {"customer": "C-3", **PROBLEM, "case_id": "K-3", "ago": 20},
        {"customer": "C-9", **PROBLEM, "case_id": "K-9"},
        {"customer": "C-3", **PROBLEM, **CAR, "ago": 10},
        {"customer": "C-3", **REPAIR, "case_id": "K-3", "ago": 5},
    ],
    "many customers, several each": [
        {"customer": f"C-{n % 4}", **(PROBLEM, REPAIR, {"sentiment": "negative"})[(n // 4) % 3], **CAR, "ago": 99 - n}
        for n in range(24)
    ],
}
SAID: Sequence[Event] = (
    PROBLEM,
    REPAIR,
    {"sentiment": "negative"},
    {"signals": ["solution_proposed"]},
    {"signals": ["problem_resolved"]},
    {"signals": ["additional_work_found"]},
    {"signals": ["customer_authorisation_recorded"]},
    {"step": 18, "occurrences": [SERIOUS]},
    {"step": 9, "topics": ["financing"], "observed_by": SELLER},
    {"channel": "telephone"},
    {},
)


def any_run(seed: int) -> list[Event]:
    """Forty events of five customers, in the order of their waves."""
    drawn = Random(seed)
    return [
        {
            "customer": f"C-{place % 5}",
            "ago": drawn.choice((-60, 0, 5, 60, 3_000, 9_000)),
            "intent": drawn.choice(("live", "live", "live", "history")),
            **drawn.choice(SAID),
            **drawn.choice(({}, CAR, {"vehicle": {"vin": f"V-{place % 5}", "delivered_on": "2026-11-02"}})),
            **drawn.choice(({}, {}, {"case_id": f"K-{place % 5}"})),
        }
        for place in range(40)
    ]


BEFORE: Sequence[Event] = [
    {"customer": customer, **about, "case_id": case_id, "ago": 7_200}
    for customer, case_id in (("C-8", "K-8"), ("C-9", "K-9"))
    for about in (PROBLEM, REPAIR, {"occurrences": [SERIOUS], "step": 18})
]


async def begun(database: Database, clock: MovableClock, dealer_id: str) -> RoutedDealership:
    """A dealer with its people and hours, two customers whose cases have been closed, another with a reserved case."""
    one = RoutedDealership(database, clock, dealer_id)
    await one.open_dealer(ONE_IN_EVERY_ROLE, calendars={"default": {"week": OFFICE_HOURS}})
    await one.reserve_case("K-3", "C-3")
    for record in await one.post(BEFORE):
        await one.route([record])
    await one.close_cases("S-client_experience_manager")
    return one


@pytest.mark.parametrize("run", [*RUNS, *range(8)])
async def test_what_is_left(database: Database, clock: MovableClock, run: str | int) -> None:
    """Tasks with their histories, cases, clocks, explanations and published records."""
    events = RUNS[run] if isinstance(run, str) else any_run(run)
    one_by_one, at_once = await begun(database, clock, "lisboa-01"), await begun(database, clock, "lisboa-02")
    clock.advance(timedelta(hours=1))
    for record in await one_by_one.post(events):
        await one_by_one.route([record])
    await at_once.route(await at_once.post(events))

    await is_same(database, one_by_one, at_once)
    unlike = await at_odds(at_once, playbook())
    assert {one.what for one in unlike} - {"moment"} == set(), "moments are judged after it"


async def test_what_people_did_in_between(database: Database, clock: MovableClock) -> None:
    """Acceptances move the owner, go on along chains and are seen by the events that come after them."""
    serious = {"customer": "C-1", "step": 18, "occurrences": [SERIOUS, "repair_order_opened"], **CAR}
    run = [
        {"customer": "C-1", **PROBLEM, **CAR, "ago": 4},
        {"customer": "C-2", **PROBLEM, "ago": 4},
        serious | {"ago": 3},
        {"customer": "C-1", **PROBLEM, "sentiment": "negative", "ago": 2},
    ]
    dealers = await begun(database, clock, "lisboa-01"), await begun(database, clock, "lisboa-02")
    clock.advance(timedelta(hours=1))
    for one, at_most in zip(dealers, (1, 100), strict=True):
        for record in await one.post([serious | {"ago": 60}, {"customer": "C-1", **PROBLEM, "ago": 50}]):
            await one.route([record])
        first, *later = await one.post(run)
        records = [first, *await one.accept_all("C-1"), *later]
        for start in range(0, len(records), at_most):
            await one.route(records[start : start + at_most])

    await is_same(database, *dealers)


async def is_same(database: Database, one: RoutedDealership, other: RoutedDealership) -> None:
    """The same is stored of two dealers."""
    wanted, found = await stored_rows(database, one.dealer_id), await stored_rows(database, other.dealer_id)
    assert [name for name in wanted if found.get(name) != wanted[name]] == []
    assert found.keys() == wanted.keys()
