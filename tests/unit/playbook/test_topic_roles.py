"""A dealer's own receivers of topics: the entry and the matter stay, the role changes."""

import pytest
from routing_world import PLAYBOOK, make_dealer, make_event, route_event

from shared.playbook.ruleset.topic_roles import receivers, validate_topic_roles

CXS, BACK_OFFICE = "client_experience_specialist", "back_office"
OWN = {"price": BACK_OFFICE, "finance": BACK_OFFICE, "courtesy_car": "workshop_manager"}


def given(observer: str, *topics: str) -> list[tuple[str, str, str]]:
    routing = route_event(make_event(observer, topics=topics), dealer=make_dealer(topic_roles=OWN))
    records = [one.record for one in routing.decisions if one.record is not None]
    return [(record.entry, record.to_role, record.matter) for record in records]


@pytest.mark.parametrize(
    ("topics", "expected"),
    [
        (("price",), [("IN-08", BACK_OFFICE, "purchase")]),
        (("contract",), [("IN-08", "salesperson", "purchase")]),
        (("price", "finance"), [("IN-08", BACK_OFFICE, "purchase")]),
        (("price", "contract"), [("IN-08", "salesperson", "purchase"), ("IN-08", BACK_OFFICE, "purchase")]),
        (("courtesy_car",), [("IN-07", "workshop_manager", "service_request")]),
        (("test_drive",), [("IN-08", "product_specialist", "demo")]),
    ],
)
def test_the_receiver_is_the_dealers(topics: tuple[str, ...], expected: list[tuple[str, str, str]]) -> None:
    assert given(CXS, *topics) == expected


def test_the_role_of_a_topic_works_it_alone() -> None:
    assert given(BACK_OFFICE, "price") == []


def test_whose_work_it_was_passes_it_on() -> None:
    assert given("salesperson", "price") == [("IN-08", BACK_OFFICE, "purchase")]
    assert given("salesperson", "contract") == []


def test_without_roles_of_its_own_every_row_is_as_printed() -> None:
    rows = list(receivers(PLAYBOOK, {}))
    assert [(one.row, one.topics) for one in rows] == [(row, row.topics) for row in PLAYBOOK.rulings.implied.by_topic]
    assert all(one.printed for one in rows)


def test_no_topic_is_lost_or_doubled() -> None:
    for row in PLAYBOOK.rulings.implied.by_topic:
        parts = [one.topics for one in receivers(PLAYBOOK, OWN) if one.row is row]
        assert sorted(topic for part in parts for topic in part) == sorted(row.topics)


def test_a_topic_that_no_row_has_is_refused() -> None:
    faults = validate_topic_roles({"price": BACK_OFFICE, "subscription": BACK_OFFICE}, PLAYBOOK)
    assert [fault.pointer for fault in faults] == ["/subscription"]
    assert "IN-07 or IN-08" in faults[0].detail
