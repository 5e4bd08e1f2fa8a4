"""Every action on every state of every kind, by everybody it may be asked by."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.lifecycle import (
    FROM,
    KINDS,
    PERSON_ACTIONS,
    SYSTEM,
    Actor,
    Change,
    Command,
    Context,
    Invalid,
    LastAct,
    Offer,
    Receiver,
    Refused,
    Task,
    Unchanged,
    drop_declined,
    offer_to,
    transition,
)
from shared.lifecycle.types import Status
from shared.playbook.routing.case_owner import Owner
from shared.vocabulary import TERMINAL_STATUSES

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ROLE = "product_specialist"
OWNER = Owner("service_advisor", "owner")
TARGET = Receiver("target", frozenset({ROLE}), frozenset())

ACTORS = {
    "offered": Actor("offered", frozenset({ROLE})),
    "colleague": Actor("colleague", frozenset({ROLE})),
    "assignee": Actor("assignee", frozenset({ROLE})),
    "lead": Actor("lead", frozenset({"sales_manager"}), frozenset({ROLE})),
    "starter": Actor("starter", frozenset({"back_office"})),
    "owner": Actor("owner", frozenset({"service_advisor"})),
    "stranger": Actor("stranger", frozenset({"salesperson"})),
}
OFFER_STATES = ("offered", "accepted", "waiting", "completed", "cancelled")
OPEN_STATES = ("open", "acknowledged", "completed", "cancelled")
STATES = {"deliver": OFFER_STATES, "reminder": OFFER_STATES, "interact": OPEN_STATES}

IN_ROLE = {"offered", "colleague", "assignee"}
WORKING = {"assignee", "lead"}
ALLOWED = {
    ("accept", "offered"): IN_ROLE | {"lead"},
    ("decline", "offered"): {"offered"},
    ("acknowledge", "open"): IN_ROLE,
    ("wait", "accepted"): WORKING,
    ("resume", "waiting"): WORKING,
    ("complete", "accepted"): WORKING,
    ("complete", "waiting"): WORKING,
    ("complete", "acknowledged"): WORKING,
    ("cancel", "offered"): {"lead", "starter", "owner"},
    ("cancel", "accepted"): {"lead", "starter", "owner"},
    ("cancel", "waiting"): {"lead", "starter", "owner"},
    ("cancel", "open"): {"lead", "starter", "owner"},
    ("cancel", "acknowledged"): {"lead", "starter", "owner"},
    ("to_person", "offered"): {"lead", "starter"},
    ("to_person", "open"): {"lead", "starter"},
    ("to_person", "accepted"): WORKING | {"starter"},
    ("to_person", "waiting"): WORKING | {"starter"},
    ("to_person", "acknowledged"): WORKING | {"starter"},
    ("to_role", "offered"): {"lead"},
    ("to_role", "open"): {"lead"},
    ("to_role", "accepted"): WORKING,
    ("to_role", "waiting"): WORKING,
    ("to_role", "acknowledged"): WORKING,
}
LEAVES = {
    "accept": "accepted",
    "decline": "offered",
    "acknowledge": "acknowledged",
    "wait": "waiting",
    "resume": "accepted",
    "complete": "completed",
    "cancel": "cancelled",
    "to_role": "cancelled",
}
GIVEN_AWAY = {"outcome": "reassigned", "chain": {"reassigned_role": "service_manager"}}
ACTS = (*(action for action in PERSON_ACTIONS if action != "reassign"), "to_person", "to_role")


def task(kind: str = "deliver", status: str = "offered", **given: Any) -> Task:
    """A task somebody has started, offered to or held by the people of these tests."""
    held = status in ("accepted", "waiting", "acknowledged", "completed")
    plain: dict[str, Any] = {
        "task_id": "t",
        "dealer_id": "d",
        "customer_id": "c",
        "case_id": "k",
        "event_id": None,
        "entry": "SA-07-01-c",
        "mirrors": (),
        "kind": kind,
        "mode": "hand_over",
        "matter": "m",
        "merge_key": f"m|{kind}|{ROLE}",
        "priority": "normal",
        "from_role": "service_advisor",
        "to_role": ROLE,
        "status": status,
        "created_at": NOW,
        "updated_at": NOW,
        "offered_to": "offered" if status == "offered" else None,
        "assignee_id": "assignee" if held else None,
        "started_by": "starter",
        "version": 3,
    }
    return Task(**{**plain, **given})


def command(act: str, **given: Any) -> Command:
    """The command of an act; reassigning comes in two forms."""
    if act == "to_person":
        return Command(action="reassign", to_staff_id="target", **given)
    if act == "to_role":
        return Command(action="reassign", to_role="service_manager", **given)
    return Command(action=act, **given)  # type: ignore[arg-type]


def ask(one: Task, act: str, actor: Actor, last: LastAct | None = None, **given: Any) -> Change | Unchanged:
    """Ask for an act."""
    receiver = TARGET if act == "to_person" else None
    return transition(one, command(act, **given), actor, Context(OWNER, last, receiver), NOW)


CELLS = [(kind, status, act, person) for kind in KINDS for status in STATES[kind] for act in ACTS for person in ACTORS]


@pytest.mark.parametrize(("kind", "status", "act", "person"), CELLS)
def test_every_cell_of_the_table(kind: str, status: str, act: str, person: str) -> None:
    before = task(kind, status)
    last = LastAct("updated", "nobody")
    taken = {("accept", "accepted", "assignee"), ("acknowledge", "acknowledged", "assignee")}
    if (act, status, person) in taken:
        assert isinstance(ask(before, act, ACTORS[person], last), Unchanged)
    elif (act, status) not in ALLOWED:
        with pytest.raises(Refused) as refused:
            ask(before, act, ACTORS[person], last)
        assert (refused.value.code, status in refused.value.detail) == ("bad_state", True)
    elif person in ALLOWED[act, status]:
        change = ask(before, act, ACTORS[person], last)
        assert isinstance(change, Change)
        reopened = "open" if kind == "interact" else "offered"
        assert change.task.status == LEAVES.get(act, reopened)
        assert (change.task.version, change.by) == (before.version + 1, person)
    else:
        with pytest.raises(Refused) as refused:
            ask(before, act, ACTORS[person], last)
        assert refused.value.code == ("not_in_role" if act in ("accept", "acknowledge") else "not_yours")


def test_the_table_covers_every_state_and_action() -> None:
    assert set(get_args(Status)) == {status for states in STATES.values() for status in states}
    assert {status for states in FROM.values() for status in states}.isdisjoint(TERMINAL_STATUSES)


@pytest.mark.parametrize(("kind", "act"), [("interact", "accept"), ("interact", "decline"), ("deliver", "acknowledge")])
def test_an_interact_is_never_offered_and_a_deliver_never_acknowledged(kind: str, act: str) -> None:
    for status in STATES[kind]:
        with pytest.raises(Refused) as refused:
            ask(task(kind, status), act, ACTORS["offered"])
        assert refused.value.code == "bad_state"


@pytest.mark.parametrize(
    ("act", "status", "last", "given"),
    [
        ("wait", "waiting", "waiting", {}),
        ("resume", "accepted", "resumed", {}),
        ("complete", "completed", "completed", {}),
        ("cancel", "cancelled", "cancelled", {}),
        ("to_person", "offered", "reassigned", {"offered_to": "target"}),
        ("to_role", "cancelled", "reassigned", GIVEN_AWAY),
    ],
)
def test_the_same_again_by_the_same_person_changes_nothing(
    act: str, status: str, last: Any, given: dict[str, Any]
) -> None:
    before = task(status=status, **given)
    assert ask(before, act, ACTORS["assignee"], LastAct(last, "assignee")) == Unchanged(before)
    with pytest.raises(Refused):
        ask(before, act, ACTORS["colleague"], LastAct(last, "assignee"))


def test_a_decline_again_changes_nothing_until_the_person_is_asked_again() -> None:
    declined = task(offered_to="colleague", offer=Offer(cycle=2, excluded={"offered": "busy"}))
    assert ask(declined, "decline", ACTORS["offered"]) == Unchanged(declined)
    asked = replace(declined, offered_to="offered")
    assert isinstance(ask(asked, "decline", ACTORS["offered"]), Change)
    with pytest.raises(Refused):
        ask(replace(declined, status="accepted", assignee_id="colleague"), "decline", ACTORS["offered"])


def test_from_the_queue_anyone_of_the_role_may_decline() -> None:
    queued = task(offered_to=None)
    change = ask(queued, "decline", ACTORS["colleague"], reason="absent")
    assert isinstance(change, Change)
    assert (change.follow, change.task.offer.excluded) == ("offer_next", {"colleague": "absent"})
    with pytest.raises(Refused) as refused:
        ask(queued, "decline", ACTORS["stranger"])
    assert refused.value.code == "not_in_role"


def test_the_lead_never_declines_not_even_what_is_offered_to_the_lead() -> None:
    both = Actor("lead", frozenset({ROLE}), frozenset({ROLE}))
    for offered in (task(offered_to="lead", offer=Offer(to_lead=True)), task(offered_to="lead"), task(offered_to=None)):
        with pytest.raises(Refused) as refused:
            ask(offered, "decline", both)
        assert refused.value.code == "not_yours"


def test_who_stands_in_for_the_lead_has_the_leads_rights() -> None:
    offered = task(offered_to="stranger", offer=Offer(to_lead=True))
    with pytest.raises(Refused):
        ask(offered, "decline", ACTORS["stranger"])
    assert isinstance(ask(offered, "accept", ACTORS["stranger"]), Change)
    assert isinstance(ask(offered, "to_role", ACTORS["stranger"]), Change)


def test_an_owner_without_a_person_is_everybody_of_the_role() -> None:
    context = Context(Owner("service_advisor"))
    anybody = Actor("x", frozenset({"service_advisor"}))
    assert isinstance(transition(task(), Command(action="cancel"), anybody, context, NOW), Change)
    with pytest.raises(Refused):
        transition(task(), Command(action="cancel"), anybody, Context(Owner("service_advisor", "y")), NOW)
    with pytest.raises(Refused):
        transition(task(), Command(action="cancel"), anybody, Context(None), NOW)


def test_only_handoffs_have_a_starter() -> None:
    with pytest.raises(Refused):
        transition(task(started_by=None), Command(action="cancel"), Actor(None), Context(), NOW)


def test_a_manual_task_is_dropped_when_its_named_person_declines() -> None:
    by_hand = task(merge_key=f"m|deliver|{ROLE}|by_hand:offered", offer=Offer(cycle=1, named=True))
    change = ask(by_hand, "decline", ACTORS["offered"], reason="busy")
    assert isinstance(change, Change)
    assert change.follow == "drop"
    assert drop_declined(change.task, NOW).task.status == "cancelled"
    unnamed = ask(replace(by_hand, offer=Offer(cycle=1)), "decline", ACTORS["offered"])
    routed = ask(task(offer=Offer(cycle=1, named=True)), "decline", ACTORS["offered"])
    assert [one.follow for one in (unnamed, routed) if isinstance(one, Change)] == ["offer_next", "offer_next"]


def test_silence_ends_the_offer_it_belongs_to_and_no_other() -> None:
    offered = task(offer=Offer(cycle=2))
    change = transition(offered, Command(action="silence", cycle=2), SYSTEM, Context(), NOW)
    assert isinstance(change, Change)
    assert (change.action, change.by, change.reason) == ("declined", None, "silence")
    assert change.task.offer.excluded == {"offered": "silence"}
    late = Command(action="silence", cycle=1)
    assert isinstance(transition(offered, late, SYSTEM, Context(), NOW), Unchanged)
    accepted = replace(offered, status="accepted", offered_to=None, assignee_id="offered")
    assert isinstance(transition(accepted, replace(late, cycle=2), SYSTEM, Context(), NOW), Unchanged)


@pytest.mark.parametrize("entry", ["CALL", "LETTER"])
def test_a_call_or_letter_ends_with_how_it_went(entry: str) -> None:
    held = task(entry=entry, kind="reminder", status="accepted")
    for outcome in (None, "", "no answer", "banana"):
        with pytest.raises(Invalid) as refused:
            ask(held, "complete", ACTORS["assignee"], outcome=outcome)
        assert refused.value.fault.pointer == "/outcome"
    for outcome in ("spoke", "sent", "no_answer", "voicemail", "refused"):
        change = ask(held, "complete", ACTORS["assignee"], outcome=outcome)
        assert isinstance(change, Change)
        assert change.task.outcome == outcome


def test_a_wait_lasts_thirty_days_unless_said() -> None:
    held = task(status="accepted")
    change = ask(held, "wait", ACTORS["assignee"], reason="parts")
    assert isinstance(change, Change)
    assert (change.task.waiting_until, change.task.waiting_reason) == (NOW + timedelta(days=30), "parts")
    longest = ask(held, "wait", ACTORS["assignee"], until=NOW + timedelta(days=30))
    assert isinstance(longest, Change)
    for until in (NOW, NOW - timedelta(seconds=1), NOW + timedelta(days=30, seconds=1)):
        with pytest.raises(Invalid, match=r"ahead|days"):
            ask(held, "wait", ACTORS["assignee"], until=until)


def test_a_person_named_must_hold_or_lead_the_role() -> None:
    for receiver in (None, Receiver("x", frozenset({"salesperson"}), frozenset())):
        with pytest.raises(Refused) as refused:
            transition(
                task(), Command(action="reassign", to_staff_id="x"), ACTORS["lead"], Context(None, None, receiver), NOW
            )
        assert refused.value.code in ("not_in_role", "not_yours")
    lead = Receiver("lead", frozenset(), frozenset({ROLE}))
    moved = transition(
        task(), Command(action="reassign", to_staff_id="lead"), ACTORS["lead"], Context(None, None, lead), NOW
    )
    assert isinstance(moved, Change)


def test_reassigning_forgets_that_the_named_person_declined() -> None:
    before = task(offer=Offer(cycle=1, excluded={"target": "busy", "colleague": "conflict"}))
    change = ask(before, "to_person", ACTORS["lead"])
    assert isinstance(change, Change)
    assert change.task.offer.excluded == {"colleague": "conflict"}


def test_a_role_is_not_given_what_it_has() -> None:
    with pytest.raises(Refused) as refused:
        transition(task(), Command(action="reassign", to_role=ROLE), ACTORS["lead"], Context(), NOW)
    assert refused.value.code == "bad_state"


def test_an_offer_begins_a_cycle_except_the_leads() -> None:
    first = offer_to(task(offered_to=None), "colleague", NOW, named=False, to_lead=False).task
    assert (first.offer.cycle, first.offered_to, first.offer.to_lead) == (1, "colleague", False)
    again = offer_to(first, "offered", NOW, named=False, to_lead=False, again=True).task
    assert (again.offer.cycle, again.offer.asked_again) == (2, ("offered",))
    assert offer_to(again, "lead", NOW, named=False, to_lead=True).task.offer.cycle == 2


_commands = st.sampled_from(ACTS).flatmap(lambda act: st.sampled_from(sorted(ACTORS)).map(lambda who: (act, who)))


@given(kind=st.sampled_from(KINDS), steps=st.lists(_commands, max_size=12))
def test_whatever_people_do_a_task_stays_in_its_states(kind: str, steps: list[tuple[str, str]]) -> None:
    now = task(kind, "open" if kind == "interact" else "offered", offer=Offer(cycle=1))
    last: LastAct | None = None
    for act, who in steps:
        try:
            change = ask(now, act, ACTORS[who], last)
        except Refused:
            continue
        if isinstance(change, Unchanged):
            assert change.task == now
            continue
        assert now.is_open
        assert change.task.version == now.version + 1
        last, now = LastAct(change.action, who), change.task
        if change.follow == "offer_named":
            now = offer_to(now, "target", NOW, named=True, to_lead=False).task
        assert now.status in STATES[kind]
        assert (now.assignee_id is not None) or now.status not in ("accepted", "waiting", "acknowledged")
        assert now.offered_to is None or now.status in ("offered", "open")
        assert (now.waiting_until is not None) == (now.status == "waiting")
