"""What a journey's page counts and marks, from the journey's document."""

from typing import Any

import pytest

from journey_api.console.journey import figures_of, jump_to, marks_by_step


def step(number: int | None, **given: Any) -> dict[str, Any]:
    """A step after which nothing followed unless it is given."""
    return {"step": number, "handoffs": [], "timers": [], "contacts": [], "promises": [], "messages": [], **given}


def journey(*steps: dict[str, Any]) -> dict[str, Any]:
    """A journey of these steps."""
    return {"steps": list(steps), "unplaced": step(None)}


@pytest.mark.parametrize(
    ("before", "after", "jumped"),
    [
        (None, 5, None),
        (5, 5, None),
        (5, 6, None),
        (20, 1, None),
        (5, 7, ("forward", 5)),
        (7, 4, ("back", 7)),
        (7, None, None),
    ],
)
def test_a_jump_is_any_move_but_to_the_next_step(
    before: int | None, after: int | None, jumped: tuple[str, int] | None
) -> None:
    assert jump_to(before, after) == jumped


def test_marks_stand_by_their_step_in_order() -> None:
    handoff = {"task_id": "T-1", "kind": "deliver"}
    kept, broken, open_one = ({"state": state} for state in ("kept", "broken", "open"))
    found = marks_by_step(
        [
            step(5, handoffs=[handoff, {"task_id": "T-2", "kind": "reminder"}]),
            step(5, promises=[kept, open_one]),
            step(None, promises=[broken]),
            step(9, moments=[{"score": -1}, {"score": 1}]),
        ]
    )
    assert found == {5: ["deliver", "kept"], 9: ["tragic", "enchanted"]}


def test_a_figure_without_data_is_left_out() -> None:
    assert [(one.name, dict(one.values)) for one in figures_of(journey(step(5)))] == [
        ("handoffs", {"deliver": 0, "interact": 0, "count": 0})
    ]


def test_figures_count_each_handoff_once_and_late_clocks_as_late() -> None:
    handoff = {"task_id": "T-1", "kind": "deliver"}
    clocks = [
        {"breached_at": None, "state": "completed"},
        {"breached_at": "2026-11-23T10:00:00Z", "state": "completed"},
        {"breached_at": None, "state": "running"},
    ]
    contacts = [{"direction": "inbound"}, {"direction": "outbound"}, {"direction": "outbound"}]
    steps = (step(5, handoffs=[handoff], timers=clocks), step(6, handoffs=[handoff], contacts=contacts))
    figures = {one.name: dict(one.values) for one in figures_of(journey(*steps))}
    assert figures["handoffs"]["count"] == 1
    assert figures["clocks"] == {"met": 1, "late": 1}
    assert figures["contacts"] == {"inbound": 1, "outbound": 2}
