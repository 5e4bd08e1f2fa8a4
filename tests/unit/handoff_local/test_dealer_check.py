"""What the doctor says of a dealer's records."""

import pytest

from handoff_local.checks.dealers import judge_dealer
from shared.vocabulary import ROLES

DEALER = {
    "group_mailbox": "all@dealer.example",
    "calendars": {"default": {"week": {}}},
    "has_business_development_centre": True,
}


def person(role: str) -> dict:
    return {"staff_id": f"S-{role}", "name": role, "roles": [role], "channels": [{"kind": "email", "address": "a@b"}]}


STAFF = [person(role) for role in ROLES]


def findings(dealer: dict, staff: list[dict]) -> list[tuple[str, str]]:
    return [(finding.level, finding.what) for finding in judge_dealer("lisboa-01", dealer, staff)]


def test_a_dealer_with_everything_is_good() -> None:
    assert [level for level, _ in findings(DEALER, STAFF)] == ["good"]


def test_what_escalations_and_clocks_need_is_missed() -> None:
    said = findings({"has_business_development_centre": True}, STAFF)
    assert [level for level, _ in said] == ["missing", "missing"]
    assert "group mailbox" in said[0][1]
    assert "calendar" in said[1][1]


def test_a_role_without_anybody_and_a_person_without_a_channel_are_named() -> None:
    said = findings(DEALER, [*STAFF[1:-1], {**STAFF[-1], "channels": []}])
    assert said == [
        ("missing", f"dealer lisboa-01 has nobody in the role {ROLES[0]}"),
        ("missing", f"dealer lisboa-01: {ROLES[-1]} (S-{ROLES[-1]}) has no channel to be told on"),
    ]


def test_the_centre_is_missed_only_where_there_is_one() -> None:
    staff = [each for each in STAFF if each["roles"] != ["business_development_centre"]]
    assert [level for level, _ in findings({**DEALER, "has_business_development_centre": False}, staff)] == ["good"]
    assert [level for level, _ in findings(DEALER, staff)] == ["missing"]


def test_a_role_on_a_calendar_that_does_not_exist_is_broken() -> None:
    said = findings({**DEALER, "role_calendar": {"salesperson": "sales"}}, STAFF)
    assert said == [("broken", "dealer lisboa-01: the calendar 'sales' of salesperson does not exist")]


@pytest.mark.parametrize(
    ("sender", "server", "levels"),
    [
        ("news@lisboa.example", "lisboa.example", ["good"]),
        ("news@mail.lisboa.example", "lisboa.example", ["good"]),
        ("news@lisboa.example", "out.lisboa.example", ["good"]),
        ("news@porto.example", "lisboa.example", ["missing"]),
        ("news@notlisboa.example", "lisboa.example", ["missing"]),
        ("news@porto.example", None, ["good"]),
    ],
)
def test_a_sender_of_a_domain_that_is_not_the_servers_is_named(
    sender: str, server: str | None, levels: list[str]
) -> None:
    found = list(judge_dealer("lisboa-01", {**DEALER, "sender": {"email_from": sender}}, STAFF, server))
    assert [one.level for one in found] == levels
    assert all("DMARC" in one.what for one in found if one.level == "missing")
