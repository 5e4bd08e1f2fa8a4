"""The plan of a message: which channel, now or held, and what comes after it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.jitter import spread
from notifier.planning.channel_selection import (
    NO_CHANNEL,
    NO_CHANNEL_CONFIGURED,
    OPTED_OUT,
    RELEASE_SPREAD,
    Plan,
    Situation,
    plan,
)
from shared.people.contact_hours import BlockedUntil
from shared.people.eligibility import Address, Message, Preferences

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
EMAIL = Address("email", "ana@example.pt")
SMS = Address("sms", "+351910000001")
PHONE = Address("telephone", "+351210000001")
POST = Address("post", "Rua A 1")


def never(_kind: str, _at: datetime) -> BlockedUntil | None:
    return None


def resting(*kinds: str, until: datetime = MORNING):  # type: ignore[no-untyped-def]
    return lambda kind, at: BlockedUntil(until, "customer", "quiet") if kind in kinds and at < until else None


def planned(
    *addresses: Address,
    configured: tuple[str, ...] = ("email",),
    preferences: Preferences | None = None,
    **given: object,
) -> Plan:
    situation = {
        "configured": frozenset(configured),
        "availability_of": never,
        "token": "t",
        "becomes_task": True,
        **given,
    }
    return plan(preferences or Preferences(addresses), Message("service"), Situation(**situation), NOW)  # type: ignore[arg-type]


def test_the_first_usable_channel_goes_now() -> None:
    found = planned(SMS, EMAIL, PHONE)
    assert (found.address, found.scheduled_for, found.fallback) == (EMAIL, None, ("telephone",))


def test_where_nothing_has_settings_nothing_is_sent() -> None:
    found = planned(PHONE, EMAIL, configured=())
    assert (found.address, found.code, found.exhausted) == (None, NO_CHANNEL_CONFIGURED, False)


def test_a_channel_without_settings_votes_not_usable_now() -> None:
    votes = [vote for vote in planned(SMS, EMAIL).votes if vote.layer == "settings"]
    assert [(vote.channel, vote.allowed) for vote in votes] == [("sms", False), ("email", True)]


def test_no_machine_left_a_person_calls_then_writes() -> None:
    found = planned(SMS, PHONE, POST)
    assert (found.address, found.fallback) == (PHONE, ("post",))


def test_what_never_becomes_a_task_fails_instead() -> None:
    found = planned(SMS, PHONE, becomes_task=False)
    assert (found.address, found.code) == (None, NO_CHANNEL)


def test_exhausted_once_every_channel_was_tried() -> None:
    found = planned(EMAIL, PHONE, tried=frozenset({"email", "telephone"}))
    assert found.exhausted


def test_nobody_without_an_address_is_opted_out() -> None:
    assert planned().code == NO_CHANNEL


def test_an_opt_out_is_no_unreachable_customer() -> None:
    found = planned(preferences=Preferences((EMAIL, PHONE), {"service": False}))
    assert (found.code, found.exhausted) == (OPTED_OUT, False)


def test_quiet_hours_hold_until_they_end_within_the_spread() -> None:
    found = planned(EMAIL, availability_of=resting("email"))
    assert found.address == EMAIL
    assert found.scheduled_for is not None
    assert MORNING <= found.scheduled_for < MORNING + RELEASE_SPREAD


def test_no_other_channel_is_used_only_because_it_is_quiet() -> None:
    found = planned(EMAIL, SMS, configured=("email", "sms"), availability_of=resting("email"))
    assert found.address == EMAIL
    assert found.scheduled_for is not None


def test_past_the_deadline_the_next_channel_allowed_now_goes() -> None:
    found = planned(
        EMAIL, SMS, configured=("email", "sms"), availability_of=resting("email"), deadline=NOW + timedelta(hours=1)
    )
    assert (found.address, found.scheduled_for) == (SMS, None)


def test_past_the_deadline_with_all_quiet_a_person_calls() -> None:
    everything = resting("email", "telephone")
    found = planned(EMAIL, PHONE, availability_of=everything, deadline=NOW + timedelta(hours=1))
    assert (found.address, found.scheduled_for) == (PHONE, None)


def test_nobody_calls_where_the_dealer_has_switched_calls_off() -> None:
    situation = Situation(
        frozenset({"email"}), resting("email"), "t", becomes_task=True, deadline=NOW + timedelta(hours=1)
    )
    found = plan(Preferences((EMAIL,)), Message("service", dealer_off=("telephone",)), situation, NOW)
    assert found.address == EMAIL
    assert found.scheduled_for is not None
    assert plan(Preferences((EMAIL,)), Message("service"), situation, NOW).address == Address("telephone", "")


def test_nobody_writes_a_letter_where_the_dealer_has_switched_post_off() -> None:
    situation = Situation(
        frozenset({"email"}), resting("email"), "t", as_letter=True, deadline=NOW + timedelta(hours=1)
    )
    found = plan(Preferences((EMAIL,)), Message("service", dealer_off=("post",)), situation, NOW)
    assert found.address == EMAIL
    assert found.scheduled_for is not None
    assert plan(Preferences((EMAIL,)), Message("service"), situation, NOW).address == Address("post", "")


def test_a_deadline_after_the_release_changes_nothing() -> None:
    found = planned(EMAIL, PHONE, availability_of=resting("email"), deadline=MORNING + timedelta(hours=1))
    assert found.address == EMAIL


def test_the_spread_of_the_release_ends_with_the_deadline() -> None:
    for deadline in (MORNING, MORNING + timedelta(seconds=1)):
        found = planned(EMAIL, PHONE, availability_of=resting("email"), deadline=deadline)
        assert (found.address, found.scheduled_for) == (EMAIL, min(deadline, MORNING + spread("t", RELEASE_SPREAD)))


def test_a_letter_keeps_no_deadline() -> None:
    found = planned(EMAIL, POST, availability_of=resting("email"), deadline=NOW + timedelta(hours=1))
    assert (found.address, found.scheduled_for) == (Address("telephone", ""), None)


def test_what_never_becomes_a_task_is_held_past_its_deadline() -> None:
    found = planned(EMAIL, availability_of=resting("email"), deadline=NOW, becomes_task=False)
    assert found.address == EMAIL
    assert found.scheduled_for is not None


def test_urgent_means_sms_before_email() -> None:
    assert planned(EMAIL, SMS, configured=("email", "sms"), urgent=True).address == SMS


kinds = st.sampled_from(["email", "sms", "whatsapp", "telephone", "post"])


@given(st.lists(kinds, unique=True), st.sets(kinds), st.sets(kinds), st.booleans(), st.booleans())
def test_a_plan_uses_what_it_may_or_says_why_not(
    listed: list[str], configured: set[str], tried: set[str], becomes_task: bool, quiet: bool
) -> None:
    machines = frozenset(configured & {"email", "sms", "whatsapp"})
    situation = Situation(
        machines, resting(*listed) if quiet else never, "t", becomes_task=becomes_task, tried=frozenset(tried)
    )
    found = plan(Preferences(tuple(Address(kind, "x") for kind in listed)), Message("service"), situation, NOW)
    assert (found.address is None) == (found.code is not None)
    if found.address is not None:
        assert found.address.kind in listed
        assert found.address.kind not in tried
        assert found.address.kind in machines or becomes_task
        assert found.address.kind not in found.fallback
        assert (found.scheduled_for is not None) == quiet
