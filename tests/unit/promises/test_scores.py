"""How promises score: the customer is given what was promised, more, or less."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from promise_builders import DUE, HOUR, MADE, SECOND, promised

from shared.promises.scores import score_of

ESTIMATE: dict[str, Any] = {"kind": "cost", "amount": Decimal("250.00"), "currency": "EUR"}


def kept(at: datetime, **given: Any) -> Any:
    return promised(state="kept", ended_at=at, **given)


@pytest.mark.parametrize(
    ("at", "given", "score"),
    [
        (DUE, {}, 0),
        (DUE - HOUR + SECOND, {}, 0),
        (DUE - HOUR, {}, 1),
        (MADE, {}, 1),
        (DUE, {"extra": "washed it too"}, 1),
        (DUE + SECOND, {}, -1),
        (DUE + SECOND, {"extra": "washed it too"}, -1),
        (DUE, {**ESTIMATE}, 0),
        (DUE, {**ESTIMATE, "kept_amount": Decimal("250.00")}, 0),
        (DUE, {**ESTIMATE, "kept_amount": Decimal("249.99")}, 1),
        (DUE, {**ESTIMATE, "kept_amount": Decimal("250.01")}, -1),
        (MADE, {**ESTIMATE, "kept_amount": Decimal("250.01"), "extra": "washed it"}, -1),
        (DUE + SECOND, {**ESTIMATE, "kept_amount": Decimal("1.00")}, -1),
    ],
)
def test_a_kept_promise(at: datetime, given: dict[str, Any], score: int) -> None:
    assert score_of(kept(at, **given), DUE + 5 * HOUR) == score


def test_the_span_of_a_successor_begins_at_the_move() -> None:
    moved_at = MADE + 8 * HOUR
    late_start = kept(DUE - timedelta(minutes=12), made_at=moved_at, moves=1)
    assert score_of(late_start, DUE) == 1
    assert score_of(kept(DUE - timedelta(minutes=12) + SECOND, made_at=moved_at, moves=1), DUE) == 0


def test_an_early_second_of_a_span_that_no_ten_divides() -> None:
    seven_seconds = {"due_at": MADE + 7 * SECOND}
    assert score_of(kept(MADE + 6 * SECOND, **seven_seconds), DUE) == 1
    assert score_of(kept(MADE + 7 * SECOND, **seven_seconds), DUE) == 0


def test_an_open_or_withdrawn_one_has_none_and_a_broken_one_the_worst() -> None:
    assert score_of(promised(), DUE + HOUR) is None
    assert score_of(promised(state="withdrawn", ended_at=MADE), DUE + HOUR) is None
    assert score_of(promised(state="broken", ended_at=DUE, broken_at=DUE), DUE + HOUR) == -1


@pytest.mark.parametrize(
    ("told", "moves", "now", "score"),
    [
        (MADE + HOUR, 0, DUE, None),
        (None, 0, DUE, None),
        (MADE + HOUR, 0, DUE + SECOND, 0),
        (DUE, 1, DUE + SECOND, 0),
        (DUE + timedelta(milliseconds=900), 0, DUE + SECOND, 0),
        (DUE + SECOND, 0, DUE + SECOND, -1),
        (None, 0, DUE + SECOND, -1),
        (MADE + HOUR, 2, MADE + HOUR, -1),
        (MADE + HOUR, 2, DUE + SECOND, -1),
        (MADE + HOUR, 3, DUE + SECOND, -1),
    ],
)
def test_a_moved_promise(told: datetime | None, moves: int, now: datetime, score: int | None) -> None:
    moved = promised(state="moved", ended_at=MADE + HOUR, successor_id="P-2", customer_told_at=told, moves=moves)
    assert score_of(moved, now) == score
