"""The sections of growth, of a held snapshot and of feeds, and what `make bench-check` makes of them."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"
MODULES = (
    "check",
    "runs",
    "growth",
    "growth_figures",
    "snapshot",
    "snapshot_figures",
    "feeds",
    "feed_figures",
    "page_text",
    "goals",
    "figures",
    "sizes",
)


@pytest.fixture(autouse=True)
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules of the bench can be imported."""
    monkeypatch.syspath_prepend(str(BENCH))
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)


def grown(dealers: float, again: float = 1.0) -> str:
    """The section of three rounds in which many dealers cost so many times what a small installation costs."""
    from growth import AGAIN, DEALERS, JOURNEY, SMALL, TASKS, Growth, figure_of
    from growth_figures import write_growth
    from sizes import USUAL
    from stages import PROCESSES

    found = Growth()
    for small in (2.0, 3.0, 4.0):
        for name, times in {SMALL: 1.0, DEALERS: dealers, TASKS: 1.1, JOURNEY: 1.0, AGAIN: again}.items():
            for process in PROCESSES:
                found.rounds.add(figure_of(name, process), small * times / len(PROCESSES))
            found.rounds.add(figure_of(name), small * times)
    return write_growth(found, USUAL)


def held(last: float, dead: int = 12_000, after: float = 5_000.0) -> str:
    """The section of a snapshot at whose end tasks took so many times as long as at its beginning."""
    from snapshot import DECIDED, FIRST, KEPT, LAST, P50, P99, Held, figure_of
    from snapshot_figures import write_snapshot

    rows: list[dict[str, Any]] = [{"table": "moment_due", "live": 0, "dead": dead, "size": 2_000_000}]
    found = Held(events=12_000, seconds=60.0, dead=rows)
    for part, times, decided in ((FIRST, 1.0, 5_000.0), (LAST, last, after)):
        for what, figure in ((P50, 100.0 * times), (P99, 200.0 * times), (KEPT, 1.0), (DECIDED, decided)):
            found.rounds.add(figure_of(part, what), figure)
    return write_snapshot(found)


def test_growth_beside_the_small_one() -> None:
    from check import find_void, read_ratios

    text = grown(1.5)
    ratios = read_ratios(text)
    assert ratios["What an event costs as an installation grows: dealers"].median == 1.5
    assert "| dealers | 1 | 300 | 1.12 |" in text
    assert not find_void(ratios)


def test_growth_that_got_worse() -> None:
    from check import find_regressions, read_ratios

    assert not find_regressions(read_ratios(grown(1.5)), read_ratios(grown(1.5)))
    worse = find_regressions(read_ratios(grown(1.0)), read_ratios(grown(1.5)))
    assert [line.split(": ")[1] for line in worse] == ["dealers"]


def test_a_void_run_says_so() -> None:
    from check import find_void, read_ratios
    from runs import write_run

    for text in (grown(1.0, again=1.2), held(1.0, after=6_000.0)):
        written = write_run(text, date(2026, 12, 1))
        assert "Measured on 2026-12-01. **This run is void**" in written
        assert {line.split(" | ")[-1] for line in written.splitlines() if "<= " in line} == {"void |"}
        assert find_void(read_ratios(written))


def test_a_valid_run_is_dated_and_judged() -> None:
    from runs import write_run

    written = write_run(grown(1.5), date(2026, 12, 1))
    assert "Measured on 2026-12-01. Four" in written
    assert "void" not in written


def test_the_last_part_under_a_snapshot_beside_the_first() -> None:
    from check import find_regressions, find_void, read_ratios

    text = held(1.2)
    ratios = read_ratios(text)
    assert ratios["Events while a snapshot is held: p99 from POST to task, ms"].median == 1.2
    assert ratios["Events while a snapshot is held: rate kept, of 200 a second"].wanted == ">= 0.99"
    assert "| moment_due | 0 | 12,000 | 2 |" in text
    assert not find_void(ratios)
    assert len(find_regressions(ratios, read_ratios(held(1.3)))) == 2


def test_feeds_beside_the_bare_server() -> None:
    from feed_figures import write_feeds
    from feeds import Broadcast, FeedTurn

    section = write_feeds([FeedTurn(Broadcast(1_000, 40, 300, 150, 24, 30), Broadcast(1_000, 40, 100, 75, 0, 10))])
    assert "| 1,000 | Handoff | 40 | 24 | 30.0 | 150 | 300 | <= 1000 | yes |" in section
    assert "| 1,000 | Handoff against bare | | nan | 3.00 | 2.00 | 3.00 | | |" in section


def test_a_machine_that_slows_down_leaves_what_is_measured_twice_as_it_is() -> None:
    from figures import Rounds, there_and_back

    rounds = Rounds()
    for spent, name in enumerate(there_and_back(("first", "other", "again"), 6), 1_000):
        rounds.add(name, spent)

    assert rounds.ratio("again", "first")[0] == pytest.approx(1, abs=1e-4)
    assert {name: len(figures) for name, figures in rounds.figures.items()} == {"first": 6, "other": 6, "again": 6}
