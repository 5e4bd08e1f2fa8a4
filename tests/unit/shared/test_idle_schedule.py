"""When a case is idle: so long after the last that happened, and a whole span after work that keeps it open."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.commands.idle_schedule import idle_after, idle_at
from shared.playbook.ruleset.loader import load_playbook

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SPAN = timedelta(days=14)


@pytest.mark.parametrize(("ago", "idle"), [(0, False), (13, False), (14, True), (40, True)])
def test_a_case_is_idle_a_span_after_the_last_that_happened(ago: int, idle: bool) -> None:
    at = idle_at(NOW - timedelta(days=ago), SPAN, NOW, busy=False)
    assert at == NOW - timedelta(days=ago) + SPAN
    assert (at <= NOW) is idle


def test_a_busy_case_is_idle_no_earlier_than_a_span_from_now() -> None:
    assert idle_at(NOW - timedelta(days=400), SPAN, NOW, busy=True) == NOW + SPAN


def test_the_dealers_own_days_come_before_the_playbooks() -> None:
    playbook = load_playbook()
    assert idle_after(playbook, {}) == SPAN
    assert idle_after(playbook, {"case_idle_days": 3}) == timedelta(days=3)
