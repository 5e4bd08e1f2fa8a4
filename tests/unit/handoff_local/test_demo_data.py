"""The demo's files: every event is one the contract takes, and the house is all there."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from handoff_local.demo.calls import event
from handoff_local.demo.initial_load import InitialLoad
from handoff_local.demo.stories import Happening, read_demo
from shared.vocabulary import EVENT_CHANNELS, OCCURRENCES, ROLES, SIGNALS, STEPS, TOPICS

DEMO = read_demo()
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
EVERY = DEMO.past + DEMO.live


def words_amiss(happening: Happening) -> set[str]:
    data = DEMO.data(happening, "live", NOW)
    words = {data["step"], data.get("channel", "store"), data["observed_by"]["staff_id"]}
    words |= {*data["occurrences"], *data.get("topics", []), *data.get("signals", [])}
    return words - {*STEPS.values(), *OCCURRENCES, *TOPICS, *SIGNALS, *EVENT_CHANNELS, *DEMO.staff}


def test_every_event_uses_the_words_of_the_contract() -> None:
    assert {happening.name: amiss for happening in EVERY if (amiss := words_amiss(happening))} == {}


def test_a_few_hundred_events_of_forty_customers_seen_by_every_role() -> None:
    assert len(DEMO.dealership["customers"]) == 40
    assert 300 <= len(DEMO.past) <= 500
    assert {happening.customer_id for happening in DEMO.past} - {None} == {
        customer["id"] for customer in DEMO.dealership["customers"]
    }
    assert {DEMO.role_of(happening) for happening in EVERY} == set(ROLES)
    assert all(DEMO.people_of(role) for role in ROLES)


def test_names_are_unique_and_so_are_the_ids_of_events() -> None:
    assert max(Counter(happening.name for happening in EVERY).values()) == 1


def test_journeys_go_back_months_and_are_not_linear() -> None:
    times = [DEMO.time_of(happening, NOW) for happening in DEMO.past]
    assert (NOW - min(times)).days > 90
    numbers = {name: number for number, name in STEPS.items()}
    backwards = 0
    for customer in DEMO.dealership["customers"]:
        steps = [numbers[each.fields["step"]] for each in DEMO.past if each.customer_id == customer["id"]]
        backwards += any(later < earlier for earlier, later in pairwise(steps))
    assert backwards >= 10


@pytest.mark.parametrize(
    "now", [NOW, datetime(2026, 11, 22, 4, 0, tzinfo=UTC), datetime(2026, 12, 25, 12, 0, tzinfo=UTC)]
)
def test_the_last_three_open_hours_are_live_whenever_it_is_loaded(now: datetime) -> None:
    posted = Posted()
    InitialLoad(posted, DEMO, now).run()  # type: ignore[arg-type]
    live = [each for each in posted.events if each["data"]["intent"] == "live"]
    assert 25 <= len(live) <= 60
    assert max(each["time"] for each in posted.events if each not in live) < min(each["time"] for each in live)
    assert len(posted.events) == len(DEMO.past)
    assert len({each["id"] for each in posted.events}) == len(posted.events)
    assert all(datetime.fromisoformat(contact["at"]) <= now for contact in posted.contacts)
    assert len(posted.contacts) > 30


def test_what_was_written_before_the_demo_began_was_acknowledged_then() -> None:
    posted = Posted()
    InitialLoad(posted, DEMO, NOW).run()  # type: ignore[arg-type]
    live = [each["data"] | {"at": each["time"]} for each in posted.events if each["data"]["intent"] == "live"]
    written = {(each["customer_id"], each["channel"]) for each in live if each.get("channel") in ("message", "email")}
    said = [each for each in posted.contacts if each["kind"] == "acknowledgement"]
    assert {(each["customer_id"], each["channel"]) for each in said} == written


def test_the_same_moment_gives_the_same_events() -> None:
    happening = DEMO.past[0]
    at = DEMO.time_of(happening, NOW)
    assert event(DEMO, happening, "demo-1", at) == event(read_demo(), read_demo().past[0], "demo-1", at)


class Posted:
    """Stands for the API: takes all, routes nothing, offers no task."""

    def __init__(self) -> None:
        self.events: list[dict] = []
        self.contacts: list[dict] = []

    def put(self, path: str, record: dict) -> dict:
        return record

    def call(self, method: str, path: str, **how: object) -> dict:
        batch = how["json"]
        assert isinstance(batch, list)
        assert len(batch) <= 1000
        self.events += batch
        return {"events": [{"event_id": each["id"]} for each in batch]}

    def get(self, path: str, **query: object) -> dict:
        return {"state": "routed", "case_id": "case", "tasks": []}

    def post(self, path: str, document: dict, once: str | None = None) -> dict:
        assert path == "/v1/contacts"
        assert once
        self.contacts.append(document)
        return {}
