"""What `make bench-check` reads of a page, and what it calls worse."""

import re
import sys
from datetime import date
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"
PAGE = (Path(__file__).parents[2] / "docs" / "performance.md").read_text()


@pytest.fixture(autouse=True)
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules of the bench can be imported."""
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.delitem(sys.modules, "check", raising=False)


def page(single: str, tick: str, control: str = "1.01") -> str:
    return f"""
## Intake

| against the yardstick | median | range | wanted | met |
|---|---|---|---|---|
| one event a POST | {single} | 0.66 to 0.88 | >= 0.8 | **no** |
| the bare endpoint against itself (control) | {control} | 0.92 to 1.39 | 0.93 to 1.07 | yes |
| a raw insert | 0.26 | 0.22 to 0.32 |  |  |

## Clocks

| due | among | ms | ratio | range | wanted | met |
|---|---|---|---|---|---|---|
| clocks | few | 505 | 1 | | | |
| clocks | many | 576 | {tick} | 0.90 to 1.20 | <= 1.1 | yes |
"""


@pytest.mark.parametrize(
    ("single", "tick", "worse"),
    [
        ("0.72", "1.05", []),
        ("0.66", "1.20", []),
        ("0.65", "1.05", ["Intake: one event a POST"]),
        ("9.00", "0.10", []),
        ("0.10", "1.21", ["Intake: one event a POST", "Clocks: clocks many"]),
    ],
)
def test_a_ratio_is_worse_beyond_the_published_range_alone(single: str, tick: str, worse: list[str]) -> None:
    from check import find_regressions, read_ratios

    found = find_regressions(read_ratios(page("0.72", "1.05")), read_ratios(page(single, tick)))
    assert [line.rpartition(": ")[0] for line in found] == worse


@pytest.mark.parametrize(("now", "worse"), [("56.90", 0), ("57.50", 1)])
def test_rounds_that_are_alike_leave_some_noise(now: str, worse: int) -> None:
    from check import find_regressions, read_ratios

    published, measured = (
        f"## Stages\n\n| of an event | median | range | wanted | met |\n|---|---|---|---|---|\n"
        f"| rows written | {rows} | {rows} to {rows} | <= 18 | **no** |\n"
        for rows in ("56.06", now)
    )
    assert len(find_regressions(read_ratios(published), read_ratios(measured))) == worse


def test_a_run_in_which_a_thing_differs_from_itself_is_void() -> None:
    from check import find_void, read_ratios

    assert find_void(read_ratios(page("0.72", "1.05"))) == []
    assert find_void(read_ratios(page("0.72", "1.05", control="1.20")))


def sections(control: str) -> str:
    from goals import CONTROL, Goal, ratio_row

    itself = float(control)
    rows = [
        ratio_row("one event a POST", (0.72, 0.66, 0.88), Goal(least=0.7)),
        ratio_row("a hundred", (2.27, 1.94, 2.95), Goal(least=4)),
        ratio_row("the bare endpoint against itself (control)", (itself, 0.8, 1.4), CONTROL),
        ratio_row("a raw insert", (0.26, 0.22, 0.32)),
    ]
    table = "\n".join(["| | median | range | wanted | met |", "|---|---|---|---|---|", *rows])
    other = "| | figure | wanted | met |\n|---|---|---|---|\n| another | 1 s | <= 2 | yes |"
    return f"## Intake\n\nFive rounds.\n\n{table}\n\n## Beside\n\nOne round.\n\n{other}\n"


def judged(written: str) -> list[str]:
    return re.findall(r"(?m) \| (yes|\*\*no\*\*|void) \|$", written)


def test_a_valid_run_meets_and_misses_its_goals() -> None:
    from runs import write_run

    written = write_run(sections("1.01"), date(2026, 12, 1))
    assert written.startswith("## Intake\n\nMeasured on 2026-12-01. Five rounds.\n\n|")
    assert judged(written) == ["yes", "**no**", "yes", "yes"]


def test_no_goal_is_met_or_missed_in_a_void_run() -> None:
    from runs import write_run

    written = write_run(sections("1.11"), date(2026, 12, 1))
    assert written.count("**This run is void**: against itself came out the bare endpoint 1.11.") == 2
    assert judged(written) == ["void", "void", "**no**", "void"]


def test_the_published_page_says_of_each_section_when_it_was_measured() -> None:
    first_lines = [section.split("\n\n")[1] for section in PAGE.split("\n## ")[1:]]
    assert len(first_lines) > 10
    assert [line for line in first_lines if not line.startswith(("Measured on 20", "Not measured"))] == []


def test_the_published_page_is_read() -> None:
    from check import read_ratios

    ratios = read_ratios(PAGE)
    assert ratios["Intake: one event a POST, durable"].wanted == ">= 1"
    assert {"Clocks: clocks many", "Clocks: triggers many, a snapshot held"} <= ratios.keys()
    assert ratios["Search: a plate"].wanted == "<= 3"
    assert {"What an event costs as an installation grows: dealers"} <= ratios.keys()
    assert {"Events while a snapshot is held: p50 from POST to task, ms"} <= ratios.keys()
