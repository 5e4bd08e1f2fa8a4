"""`make bench`: measure, and write docs/performance.md. `--full` takes longer, `--short` only prints the page.

`--only` measures a part alone and replaces its sections of the page: intake, Handoff beside its peers, what time costs,
a search, the stages of an event, one customer, growth, a held snapshot, feeds, the console's board.
`--check` writes nothing and fails where a ratio is worse than the page says, beyond its noise."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import broker
import broker_down
import console
import decisions
import feeds
import floor
import growth
import intake
import one_customer
import peer
import pipeline
import search
import snapshot
import stages
import time_figures
from board_figures import write_board
from check import find_regressions, find_void, read_ratios
from contest import BY_MAIL, Contest
from contestant import Contestant
from feed_figures import write_feeds
from figures import Rounds
from growth_figures import write_growth
from handoff import ON_KAFKA, ON_POSTGRES, Handoff, handoff
from machine import Machine, machine
from one_customer_figures import write_one_customer
from page import Results, fill, write_contest, write_intake, write_page
from runs import write_run
from search_figures import write_search
from sizes import FULL, SHORT, USUAL, Sizes
from snapshot_figures import write_snapshot
from stage_figures import write_section
from time_figures import replace_sections, write_sections

from handoff_local.kafka import EmbeddedKafka

T = TypeVar("T")
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def main() -> None:
    """Everything in one run."""
    arguments = argparse.ArgumentParser(prog="tests/bench")
    arguments.add_argument("--full", action="store_true", help="more rounds, larger backlogs")
    arguments.add_argument("--short", action="store_true", help="see that it works; nothing is written")
    arguments.add_argument("--check", action="store_true", help="compare with the page instead of writing it")
    arguments.add_argument("--only", choices=_PARTS, help="only these sections")
    asked = arguments.parse_args()
    sizes = SHORT if asked.short else FULL if asked.full else USUAL
    text = _only(asked.only, sizes) if asked.only else _everything(sizes)
    if asked.check:
        sys.exit(_check(text))
    if not asked.short:
        PAGE.write_text(replace_sections(PAGE.read_text(), text) if asked.only else text)
    print(text)


def _check(page: str) -> int:
    """0 where no ratio is worse than published, 1 where one is, 2 where the run is void."""
    measured = read_ratios(page)
    published = {name: ratio for name, ratio in read_ratios(PAGE.read_text()).items() if name in measured}
    if void := find_void(measured):
        print("void:", *void, sep="\n")
        return 2
    regressions = find_regressions(published, measured)
    print(*(f"worse: {line}" for line in regressions), f"{len(published)} ratios, {len(regressions)} worse", sep="\n")
    return 1 if regressions else 0


def _only(part: str, sizes: Sizes) -> str:
    """The sections of a part, measured anew."""
    return fill(write_run(_PARTS[part](sizes), datetime.now(UTC).date()))


def _begin(what: str) -> None:
    """Say what is measured from now on, for it may take minutes."""
    print(f"measuring: {what}", flush=True)


def _intake(sizes: Sizes) -> str:
    return write_intake(Results(sizes, _on_a_machine("intake", intake.measure, sizes), 0))


def _contest(sizes: Sizes) -> str:
    return write_contest(asyncio.run(_compare(sizes, Results(sizes, Rounds(), decisions.measure()))))


def _time(sizes: Sizes) -> str:
    return write_sections(time_figures.measure(sizes, _on_a_machine))


def _stages(sizes: Sizes) -> str:
    return write_section(_by_itself("stages", stages.measure, sizes), sizes)


def _one_customer(sizes: Sizes) -> str:
    return write_one_customer(_by_itself("one customer", one_customer.measure, sizes), sizes)


def _growth(sizes: Sizes) -> str:
    return write_growth(_by_itself("growth", growth.measure, sizes), sizes)


def _snapshot(sizes: Sizes) -> str:
    return write_snapshot(_by_itself("snapshot", snapshot.measure, sizes))


def _search(sizes: Sizes) -> str:
    return write_search(_on_a_machine("search", search.measure, sizes), sizes)


def _feeds(sizes: Sizes) -> str:
    return write_feeds(_on_a_machine("feeds", feeds.measure, sizes))


def _board(sizes: Sizes) -> str:
    return write_board(_on_a_machine("console", console.measure, sizes))


_PARTS: Mapping[str, Callable[[Sizes], str]] = {
    "intake": _intake,
    "contest": _contest,
    "time": _time,
    "search": _search,
    "stages": _stages,
    "customer": _one_customer,
    "growth": _growth,
    "snapshot": _snapshot,
    "feeds": _feeds,
    "board": _board,
}


def _everything(sizes: Sizes) -> str:
    rounds = _on_a_machine("intake", intake.measure, sizes)
    results = asyncio.run(_compare(sizes, Results(sizes, rounds, decisions.measure())))
    results.search = _on_a_machine("search", search.measure, sizes)
    results.stages = _by_itself("stages", stages.measure, sizes)
    results.one_customer = _by_itself("one customer", one_customer.measure, sizes)
    results.growth = _by_itself("growth", growth.measure, sizes)
    results.snapshot = _by_itself("snapshot", snapshot.measure, sizes)
    results.time = time_figures.measure(sizes, _on_a_machine)
    results.feeds = _on_a_machine("feeds", feeds.measure, sizes)
    results.board = _on_a_machine("console", console.measure, sizes)
    return write_page(results)


def _by_itself(what: str, measure: Callable[[Sizes], Coroutine[None, None, T]], sizes: Sizes) -> T:
    _begin(what)
    return asyncio.run(measure(sizes))


def _on_a_machine(what: str, measure: Callable[[Machine, Sizes], Awaitable[T]], sizes: Sizes) -> T:
    _begin(what)

    async def run(one: Machine) -> T:
        return await measure(one, sizes)

    with machine() as one:
        return asyncio.run(run(one))


async def _compare(sizes: Sizes, results: Results) -> Results:
    """Handoff on both transports and its peers, all of them running, each at work only in its turn."""
    async with AsyncExitStack() as ends:
        kafka = _kafka(ends, results)
        stacks, peers = await _handoffs(ends, kafka), await _peers(ends, results)
        everyone: list[Contestant] = [*stacks, *peers]
        contest = results.contest = Contest(peers[0].name, [one.name for one in everyone])
        _begin("throughput")
        await contest.warm_up(everyone, sizes)
        await contest.throughput(everyone, sizes)
        _begin("latency")
        await contest.latency(everyone, sizes)
        results.floor = await floor.measure(stacks[0], kafka, results.decisions)
        for stack in stacks:
            await stack.send_mail()
        await contest.latency(stacks, sizes, BY_MAIL)
        _begin("pipeline")
        for stack in stacks:
            results.flows[stack.name] = await pipeline.measure(stack, sizes)
        if kafka is not None:
            _begin("broker down")
            try:
                results.outage = await broker_down.measure(stacks[-1], kafka, sizes)
            except TimeoutError:
                results.missing.append("the outage of the broker (it did not come to its end)")
    return results


def _kafka(ends: AsyncExitStack, results: Results) -> EmbeddedKafka | None:
    if missing := broker.missing():
        results.missing.append(f"{ON_KAFKA} ({missing})")
        return None
    return ends.enter_context(broker.broker())


async def _handoffs(ends: AsyncExitStack, kafka: EmbeddedKafka | None) -> list[Handoff]:
    stacks = [await ends.enter_async_context(handoff(ON_POSTGRES))]
    if kafka is not None:
        await broker.warm(kafka.bootstrap())
        stacks.append(await ends.enter_async_context(handoff(ON_KAFKA, kafka.bootstrap(), kafka.pid)))
    return stacks


async def _peers(ends: AsyncExitStack, results: Results) -> list[peer.Peer]:
    peers = []
    if peer.has_redis():
        peers.append(await ends.enter_async_context(peer.celery()))
    else:
        results.missing.append(peer.MISSING_REDIS)
    return [*peers, await ends.enter_async_context(peer.queue())]


if __name__ == "__main__":
    main()
