"""Of which journey events the notifier may have to tell the customer, by their records alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from notifier.consumers.journey_events import may_owe
from shared.channels.registry import reply_channels
from shared.messaging.bus import JOURNEY_STEP, new_record
from shared.vocabulary import EVENT_CHANNELS, JOURNEY_TOPIC


def owes(**event: Any) -> bool:
    """Whether an event of a customer may owe her something."""
    data = {"dealer_id": "lisboa-01", "customer_id": "C-1", **event}
    return may_owe(
        new_record(JOURNEY_TOPIC, JOURNEY_STEP, "lisboa-01", "C-1", datetime(2026, 11, 23, tzinfo=UTC), data)
    )


@pytest.mark.parametrize("channel", EVENT_CHANNELS)
def test_what_she_wrote_is_acknowledged(channel: str) -> None:
    assert owes(channel=channel) == bool(reply_channels(channel))


def test_some_channels_are_written() -> None:
    assert owes(channel="email")
    assert not owes(channel="telephone")


@pytest.mark.parametrize("happened", ["repair_status_changed", "repair_completed", "parts_eta_slipped"])
def test_what_happens_to_her_repair_is_told(happened: str) -> None:
    assert owes(occurrences=["early_ownership_problem_reported", happened])


@pytest.mark.parametrize("happened", ["repair_completed", "parts_eta_slipped"])
def test_so_is_a_signal_of_it(happened: str) -> None:
    assert owes(signals=[happened])


def test_nothing_else_is() -> None:
    assert not owes()
    assert not owes(occurrences=["early_ownership_problem_reported"], signals=["season_started"])


def test_neither_imported_history_nor_an_event_of_nobody_owes_anything() -> None:
    assert not owes(channel="email", intent="history")
    assert not owes(channel="email", customer_id=None)


@pytest.mark.parametrize("broken", [{"occurrences": 5}, {"signals": None}])
def test_what_cannot_be_made_out_is_looked_at(broken: dict[str, Any]) -> None:
    assert owes(**broken)
