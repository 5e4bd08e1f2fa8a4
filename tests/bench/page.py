"""The page of figures: each beside what is wanted of it, whether it is met or not."""

import platform
import statistics
import textwrap
from dataclasses import dataclass, field
from datetime import UTC, datetime

import page_text
import psutil
from board_figures import write_board
from broker_down import Outage
from console import Board
from contest import ACCEPTED, AGAIN, BY_MAIL, CONNECTIONS, CPU, DONE, P50, P99, PER_CORE, Contest
from feed_figures import write_feeds
from feeds import FeedTurn
from figures import Rounds
from floor import Floor
from goals import CONTROL, NO_GOAL, Goal, figure_row, ratio_row
from growth import Growth
from growth_figures import write_growth
from handoff import ON_KAFKA, ON_POSTGRES
from one_customer import OneCustomer
from one_customer_figures import write_one_customer
from peer import CELERY, QUEUE
from pipeline import Flow
from runs import write_run
from search_figures import write_search
from sizes import Sizes
from snapshot import Held
from snapshot_figures import write_snapshot
from stage_figures import write_section
from stages import Stages
from time_figures import TimeFigures, write_sections

QUIET = 0.25
"""How many cores strangers may keep busy."""
_PER_CORE = {ON_POSTGRES: Goal(least=15), ON_KAFKA: Goal(least=8)}
_NOTIFIED = {ON_POSTGRES: Goal(most=0.5), ON_KAFKA: Goal(most=0.5)}
_OUTAGE = Goal(most=1.3)
_RELAY = Goal(least=2500)
"""150,000 events in a minute."""


@dataclass
class Results:
    """All figures of a run; what could not take part is in `missing`, with the reason."""

    sizes: Sizes
    intake: Rounds
    decisions: float
    contest: Contest = field(default_factory=lambda: Contest("", []))
    flows: dict[str, Flow] = field(default_factory=dict)
    outage: Outage | None = None
    floor: Floor | None = None
    stages: Stages | None = None
    one_customer: OneCustomer | None = None
    growth: Growth | None = None
    snapshot: Held | None = None
    time: TimeFigures | None = None
    search: Rounds | None = None
    feeds: list[FeedTurn] = field(default_factory=list)
    board: Board = field(default_factory=Board)
    missing: list[str] = field(default_factory=list)


def write_page(results: Results) -> str:
    """The whole page: its head, then run by run."""
    runs = (
        write_intake,
        write_contest,
        _stages,
        _one_customer,
        _growth,
        _snapshot,
        _time,
        _search,
        _feeds,
        _board,
    )
    today = datetime.now(UTC).date()
    return fill("\n".join([_head(results), *(write_run(run(results), today) for run in runs)]))


def fill(text: str) -> str:
    """A text with its paragraphs filled."""
    return "\n\n".join(_filled(paragraph) for paragraph in text.strip().split("\n\n")) + "\n"


def write_contest(results: Results) -> str:
    """The sections of Handoff beside its peers."""
    return "\n".join(part(results) for part in (_contest, _floor, _pipeline, _outage))


def _filled(paragraph: str) -> str:
    """Wrapped anew, for figures are longer or shorter than their places; headings and tables stay."""
    paragraph = paragraph.strip()
    if paragraph.startswith(("#", "|")):
        return paragraph
    return textwrap.fill(paragraph, 120, break_long_words=False, break_on_hyphens=False)


def _head(results: Results) -> str:
    return page_text.HEAD.format(
        machine=f"{platform.machine()}, {psutil.cpu_count()} cores shared by all, CPython {platform.python_version()}",
        control=CONTROL,
        notes="".join(f"\nNot measured: {name}.\n" for name in results.missing),
    )


def write_intake(results: Results) -> str:
    """The section of intake."""
    rounds = results.intake
    raw = rounds.ratio("batches of 100", "raw insert of 500")
    rows = [
        ratio_row("one event a POST, durable", rounds.ratio("single", "bare"), Goal(least=1)),
        ratio_row("100 events a POST, durable, in events", rounds.ratio("batches of 100", "bare"), Goal(least=4)),
        ratio_row("the bare endpoint against itself (control)", rounds.ratio("bare again", "bare"), CONTROL),
        ratio_row("100 events a POST against a raw insert of 500 rows", raw),
    ]
    return page_text.INTAKE.format(
        sizes=results.sizes,
        connections=CONNECTIONS,
        table="\n".join(rows),
        bare=rounds.median("bare"),
        single=rounds.median("single"),
        batches=rounds.median("batches of 100"),
        raw=rounds.median("raw insert of 500"),
        p99=rounds.median("single p99 ms"),
    )


def _contest(results: Results) -> str:
    contest = results.contest
    names = [*contest.names, contest.yardstick + AGAIN]
    mailing = [name + BY_MAIL for name in results.flows]
    return page_text.CONTEST.format(
        sizes=results.sizes,
        connections=CONNECTIONS,
        celery=CELERY,
        queue=QUEUE,
        yardstick=contest.yardstick,
        throughput="\n".join(_throughput_row(contest, name) for name in names),
        latency="\n".join(_latency_row(contest, name) for name in [*contest.names, *mailing]),
        foreign=statistics.median(contest.foreign),
        most=max(contest.foreign),
        quiet=QUIET,
    )


def _throughput_row(contest: Contest, name: str) -> str:
    accepted, done, cpu, per_core = (
        contest.rounds.median(f"{name}: {what}") for what in (ACCEPTED, DONE, CPU, PER_CORE)
    )
    goal = CONTROL if name.endswith(AGAIN) else _goal(contest, _PER_CORE, name)
    figures = f"{accepted:.0f} | {done:.0f} | {cpu:.2f} | {per_core:.0f}"
    return ratio_row(f"{name} | {figures}", contest.rounds.ratio(*_per_core(contest, name)), goal)


def _latency_row(contest: Contest, name: str) -> str:
    p50, p99 = (contest.latencies.median(f"{name}: {what}") for what in (P50, P99))
    ratio = contest.latencies.ratio(f"{name}: {P99}", f"{contest.yardstick}: {P99}")
    return ratio_row(f"{name} | {p50:.1f} | {p99:.1f}", ratio, _goal(contest, _NOTIFIED, name))


def _goal(contest: Contest, goals: dict[str, Goal], name: str) -> Goal:
    """The goals are set against Celery."""
    return goals.get(name, NO_GOAL) if contest.yardstick == CELERY else NO_GOAL


def _per_core(contest: Contest, name: str) -> tuple[str, str]:
    return f"{name}: {PER_CORE}", f"{contest.yardstick}: {PER_CORE}"


def _stages(results: Results) -> str:
    return write_section(results.stages, results.sizes) if results.stages is not None else ""


def _one_customer(results: Results) -> str:
    return write_one_customer(results.one_customer, results.sizes) if results.one_customer is not None else ""


def _growth(results: Results) -> str:
    return write_growth(results.growth, results.sizes) if results.growth is not None else ""


def _floor(results: Results) -> str:
    floor, contest = results.floor, results.contest
    if floor is None or contest.yardstick != CELERY:
        return ""
    peer = contest.rounds.median(f"{CELERY}: {CPU}")
    allowed = [
        f"| everything, were {name} {goal.least:g} times as cheap as {CELERY} | {peer / goal.least:.2f} |"
        for name, goal in _PER_CORE.items()
        if goal.least
    ]
    if floor.carrying is not None:
        carried = (("the records over Kafka", floor.carrying), ("all four", floor.whole + floor.carrying))
        allowed[:0] = [f"| {what} | {milliseconds:.2f} |" for what, milliseconds in carried]
    return page_text.FLOOR.format(floor=floor, rest="\n".join(allowed))


def _pipeline(results: Results) -> str:
    rows = [
        f"| {name} | {flow.p50:.0f} | {flow.p99:.0f} | {flow.drained:.0f} | {flow.per_core:.0f} |"
        for name, flow in results.flows.items()
    ]
    return page_text.PIPELINE.format(sizes=results.sizes, table="\n".join(rows), routed=results.decisions)


def _snapshot(results: Results) -> str:
    return write_snapshot(results.snapshot) if results.snapshot is not None else ""


def _outage(results: Results) -> str:
    outage = results.outage
    if outage is None:
        return page_text.NO_OUTAGE
    before, during, draining = map(outage.p99, (outage.before, outage.during, outage.draining))
    relayed = outage.waited / outage.seconds
    rows = [
        figure_row("p99 of intake before", f"{before:.1f} ms", before),
        figure_row("without a broker", f"{during:.1f} ms, {during / before:.2f} times", during / before, _OUTAGE),
        figure_row("while what waited is relayed", f"{draining:.1f} ms, {draining / before:.2f} times", draining),
        figure_row("events relayed a second, intake going on", f"{relayed:.0f}", relayed, _RELAY),
    ]
    return page_text.OUTAGE.format(sizes=results.sizes, outage=outage, table="\n".join(rows))


def _time(results: Results) -> str:
    return write_sections(results.time) if results.time is not None else ""


def _feeds(results: Results) -> str:
    return write_feeds(results.feeds)


def _search(results: Results) -> str:
    return write_search(results.search, results.sizes) if results.search is not None else ""


def _board(results: Results) -> str:
    return write_board(results.board)
