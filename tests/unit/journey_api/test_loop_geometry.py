"""The loop of the journey: equal lengths of arc, steps on their halves, what is walked and what is jumped."""

import re
from itertools import combinations, pairwise
from math import dist, hypot

import pytest

from journey_api.console.loop import draw_loop
from journey_api.console.loop_curve import FRAMES, Form, following, place_of

FORMS: tuple[Form, ...] = ("wide", "tall")
FINE = 400


def length(form: Form, start: float, end: float) -> float:
    """The length of the curve between two positions, on the unit curve's scale of the form."""
    frame = FRAMES[form]
    points = [place_of(form, start + (end - start) * number / FINE) for number in range(FINE + 1)]
    scaled = [(x / frame.reach[0], y / frame.reach[1] * (2**0.5 / 4)) for x, y in points]
    if frame.standing:
        scaled = [(x / frame.reach[0] * (2**0.5 / 4), y / frame.reach[1]) for x, y in points]
    return sum(dist(before, after) for before, after in pairwise(scaled))


@pytest.mark.parametrize("form", FORMS)
def test_steps_lie_at_equal_lengths_of_arc(form: Form) -> None:
    lengths = [length(form, step, step + 1) for step in range(1, 21)]
    assert max(lengths) == pytest.approx(min(lengths), rel=0.02)


def test_the_first_ten_lie_left_and_the_others_right() -> None:
    middle = FRAMES["wide"].centre[0]
    assert all((place_of("wide", step)[0] < middle) == (step <= 10) for step in range(1, 21))


def test_standing_the_first_ten_lie_above() -> None:
    middle = FRAMES["tall"].centre[1]
    assert all((place_of("tall", step)[1] < middle) == (step <= 10) for step in range(1, 21))


@pytest.mark.parametrize("form", FORMS)
def test_the_strands_cross_in_the_middle(form: Form) -> None:
    for crossing in (0.5, 10.5, 20.5):
        assert place_of(form, crossing) == pytest.approx(FRAMES[form].centre, abs=1)


@pytest.mark.parametrize("form", FORMS)
def test_every_step_has_a_node_in_the_frame(form: Form) -> None:
    loop = draw_loop([], {}, form)
    assert [node.step for node in loop.nodes] == list(range(1, 21))
    assert all(0 < node.x < loop.frame.width and 0 < node.y < loop.frame.height for node in loop.nodes)
    assert not any(node.visited or node.now for node in loop.nodes)
    assert len(loop.ticks) == 7


def test_what_is_next_is_walked_and_what_is_not_is_jumped() -> None:
    loop = draw_loop([4, 5, 5, 7, 4, 5], {})
    assert len(loop.walked) == 1
    assert [(jump.number, jump.back) for jump in loop.jumps] == [(1, False), (2, True)]
    assert {node.step for node in loop.nodes if node.visited} == {4, 5, 7}
    assert [node.step for node in loop.nodes if node.now] == [5]


def test_the_journey_begins_again_after_the_last_step() -> None:
    assert following(20) == 1
    loop = draw_loop([20, 1], {})
    assert (len(loop.walked), loop.jumps) == (1, ())


def test_the_crossing_is_walked_by_who_receives_the_vehicle() -> None:
    assert draw_loop([10, 11], {}).crossed
    assert not draw_loop([9, 10], {}).crossed


def test_marks_stand_in_a_row_beside_the_name() -> None:
    (node,) = [node for node in draw_loop([5], {5: ["deliver", "interact"]}).nodes if node.step == 5]
    assert [mark.shape for mark in node.marks] == ["deliver", "interact"]
    assert node.marks[0].y == node.marks[1].y
    assert node.marks[1].x - node.marks[0].x == pytest.approx(15)
    assert node.anchor == "end"
    assert node.marks[1].x < node.label_x


@pytest.mark.parametrize("form", ["wide", "tall"])
@pytest.mark.parametrize("visits", [[13, 17, 14, 13], [4, 9, 4, 9], [13, 18, 13, 16, 13], [2, 6, 1, 8, 3]])
def test_no_number_of_a_jump_covers_the_name_of_a_phase_or_another_number(form: Form, visits: list[int]) -> None:
    loop = draw_loop(visits, {}, form)
    for jump in loop.jumps:
        for label in loop.phases:
            left = {"start": 0, "middle": 40, "end": 80}[label.anchor]
            across = label.x - left - 8 < jump.x < label.x - left + 88
            assert not (across and label.y - 20 < jump.y < label.y + 8), (jump.number, label.phase)
    for one, other in combinations(loop.jumps, 2):
        assert hypot(one.x - other.x, one.y - other.y) > 16


def test_a_long_journey_keeps_the_numbers_of_its_newest_jumps() -> None:
    loop = draw_loop([1, 3] * 10, {})
    assert [jump.number for jump in loop.jumps] == list(range(8, 20))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("step", range(2, 21))
def test_a_jump_to_the_step_before_crosses_no_name_of_a_phase(form: Form, step: int) -> None:
    loop = draw_loop([step, step - 1], {}, form)
    (jump,) = loop.jumps
    width = {"wide": 60, "tall": 46}[form]
    (x1, y1), (x2, y2), (x3, y3) = (map(float, one.split()) for one in re.findall(r"[-\d.]+ [-\d.]+", jump.path))
    for share in (one / 40 for one in range(41)):
        parts = (1 - share) ** 2, 2 * (1 - share) * share, share**2
        x = parts[0] * x1 + parts[1] * x2 + parts[2] * x3
        y = parts[0] * y1 + parts[1] * y2 + parts[2] * y3
        for label in loop.phases:
            left = label.x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
            assert not (left < x < left + width and label.y - 13 < y < label.y + 3), (label.phase, x, y)
