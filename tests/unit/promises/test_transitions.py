"""What may become of a promise, and what is remembered of it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from promise_builders import DUE, HOUR, MADE, SECOND, promised

from shared.promises import transitions
from shared.promises.transitions import PromiseRefused, state_at
from shared.promises.types import Promise

LATER = DUE + 24 * HOUR


def moved(promise: Promise, at: Any = MADE + HOUR, **given: Any) -> tuple[Promise, Promise]:
    successor = transitions.successor_of(promise, "P-2", LATER, at)
    change = transitions.move(promise, successor, at, "SA-1", **given)
    assert change is not None
    return change.promise, successor


def broken(promise: Promise) -> Promise:
    change = transitions.expire(promise, promise.due_at + SECOND)
    assert change is not None
    return change.promise


def test_it_is_kept_and_says_what_changed() -> None:
    change = transitions.keep(promised(), DUE, DUE, "SA-1", extra="washed it", reason="done")
    assert change is not None
    assert (change.promise.state, change.promise.ended_at, change.promise.score) == ("kept", DUE, 1)
    assert (change.promise.version, change.event.version, change.event.action) == (2, 2, "kept")
    assert change.event.changed == {
        "state": "kept",
        "ended_at": DUE.isoformat(),
        "score": 1,
        "extra": "washed it",
        "reason": "done",
    }


def test_the_history_of_its_making_holds_all_of_it() -> None:
    change = transitions.make(promised(amount=Decimal("12.50"), currency="EUR"), MADE, "SA-1")
    assert (change.event.action, change.event.at, change.event.by) == ("made", MADE, "SA-1")
    assert change.event.changed["amount"] == "12.50"
    assert change.event.changed["due_at"] == DUE.isoformat()
    assert "version" not in change.event.changed


def test_in_time_is_up_to_the_second_however_late_it_is_known() -> None:
    late_word = transitions.keep(promised(), DUE + timedelta(milliseconds=999), DUE + 48 * HOUR)
    assert late_word is not None
    assert (late_word.promise.score, late_word.promise.broken_at) == (0, None)
    after_all = transitions.keep(broken(promised()), DUE, DUE + 48 * HOUR)
    assert after_all is not None
    assert (after_all.promise.score, after_all.promise.broken_at) == (0, None)


def test_a_broken_one_can_still_be_kept_late_and_nothing_else() -> None:
    one = broken(promised())
    assert (one.state, one.ended_at, one.broken_at, one.score) == ("broken", DUE, DUE, -1)
    late = transitions.keep(one, DUE + HOUR, DUE + HOUR)
    assert late is not None
    assert (late.promise.state, late.promise.ended_at, late.promise.broken_at) == ("kept", DUE + HOUR, DUE)
    assert late.promise.score == -1
    with pytest.raises(PromiseRefused, match="broken"):
        transitions.withdraw(one, DUE + HOUR, DUE + HOUR)
    with pytest.raises(PromiseRefused, match="broken"):
        moved(one, DUE + HOUR)


def test_one_that_nobody_has_noted_as_broken_is_so_all_the_same() -> None:
    assert state_at(promised(), DUE) == "open"
    assert state_at(promised(), DUE + SECOND) == "broken"
    with pytest.raises(PromiseRefused, match="broken"):
        transitions.withdraw(promised(), DUE + SECOND, DUE + SECOND)
    late = transitions.keep(promised(), DUE + SECOND, DUE + SECOND)
    assert late is not None
    assert (late.promise.score, late.promise.broken_at) == (-1, DUE)


def test_it_breaks_once_and_only_past_its_second() -> None:
    assert transitions.expire(promised(), DUE + timedelta(milliseconds=999)) is None
    assert transitions.expire(broken(promised()), DUE + HOUR) is None


def test_a_move_ends_it_and_a_successor_goes_on() -> None:
    one, successor = moved(promised(task_id="task-1"), reason="no part")
    assert (one.state, one.successor_id, one.ended_at, one.score) == ("moved", "P-2", MADE + HOUR, None)
    assert (successor.predecessor_id, successor.made_at, successor.due_at) == ("P-1", MADE + HOUR, LATER)
    assert (successor.moves, successor.version, successor.state, successor.task_id) == (1, 1, "open", "task-1")
    assert (successor.timer_id, successor.given_by) == (one.timer_id, one.given_by)


def test_the_third_move_of_a_line_costs_at_once() -> None:
    one, _ = moved(promised(moves=2), told_at=MADE)
    assert one.score == -1


@pytest.mark.parametrize("state", ["kept", "moved", "withdrawn"])
def test_the_same_again_changes_nothing_and_anything_else_is_refused(state: str) -> None:
    ended = promised(state=state, ended_at=MADE + HOUR, successor_id="P-2" if state == "moved" else None)
    again = {
        "kept": lambda: transitions.keep(ended, MADE, MADE),
        "moved": lambda: transitions.move(ended, transitions.successor_of(ended, "P-3", LATER, MADE), MADE),
        "withdrawn": lambda: transitions.withdraw(ended, MADE, MADE),
    }
    for asked, act in again.items():
        if asked == state:
            assert act() is None
        else:
            with pytest.raises(PromiseRefused, match=state):
                act()


def test_what_is_known_of_a_move_settles_its_score() -> None:
    one, _ = moved(promised())
    told = transitions.tell(one, DUE, DUE)
    assert told is not None
    assert (told.promise.customer_told_at, told.promise.score) == (DUE, None)
    settled = transitions.settle(told.promise, DUE + SECOND)
    assert settled is not None
    assert (settled.promise.score, settled.event.action) == (0, "scored")
    assert transitions.settle(settled.promise, DUE + HOUR) is None


def test_a_receipt_that_comes_late_mends_the_score_of_a_move() -> None:
    one, _ = moved(promised())
    settled = transitions.settle(one, DUE + SECOND)
    assert settled is not None
    assert settled.promise.score == -1
    mended = transitions.tell(settled.promise, DUE - HOUR, DUE + HOUR)
    assert mended is not None
    assert mended.promise.score == 0
    assert transitions.tell(mended.promise, DUE, DUE + HOUR) is None


def test_nothing_is_settled_before_its_time_nor_told_of_what_was_not_moved() -> None:
    one, _ = moved(promised())
    assert transitions.settle(one, DUE) is None
    assert transitions.tell(promised(), MADE, MADE) is None
    assert transitions.settle(promised(), DUE + HOUR) is None


def test_an_earlier_date_is_no_move() -> None:
    sooner = transitions.bring_forward(promised(), DUE - HOUR, MADE)
    assert sooner is not None
    assert (sooner.promise.due_at, sooner.promise.moves, sooner.promise.score) == (DUE - HOUR, 0, None)
    assert transitions.bring_forward(promised(), DUE, MADE) is None
    assert transitions.bring_forward(broken(promised()), DUE - HOUR, DUE + HOUR) is None


def test_another_answers_for_it() -> None:
    change = transitions.change_owner(promised(), "salesperson", None, MADE)
    assert change is not None
    assert change.event.changed == {"owner_role": "salesperson"}
    assert transitions.change_owner(change.promise, "salesperson", None, MADE) is None
