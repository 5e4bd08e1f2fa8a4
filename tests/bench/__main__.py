"""`make bench`: measure, and write docs/performance.md."""

import asyncio
import platform
from datetime import UTC, datetime
from pathlib import Path

import decisions
import intake
import pipeline
import psutil
import ticks
from intake import Rounds
from machine import machine
from pipeline import Flow

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def main() -> None:
    """Everything in one run."""
    with machine() as one:
        print("intake", flush=True)
        rounds = asyncio.run(intake.measure(one))
    with machine() as one:
        print("pipeline", flush=True)
        flow = asyncio.run(pipeline.measure(one))
    with machine() as one:
        print("ticks", flush=True)
        tick = asyncio.run(ticks.measure(one))
    routed = decisions.measure()
    PAGE.write_text(_page(rounds, flow, tick, routed))
    print(PAGE.read_text())


def _page(rounds: Rounds, flow: Flow, tick: dict[str, float], routed: float) -> str:
    rows = [
        _row("one event a POST, durable", rounds, "single", "bare", ">= 0.8"),
        _row("100 events a POST, durable, in events", rounds, "batches of 100", "bare", ">= 3"),
        _row("the bare endpoint against itself (control)", rounds, "bare again", "bare", "0.93 to 1.07"),
        _row("100 events a POST against a raw insert of 500 rows", rounds, "batches of 100", "raw insert of 500", ""),
    ]
    grown = tick["1 M"] / tick["10 k"]
    stuck = tick["1 M, held snapshot"] / tick["1 M"]
    cores = f"{psutil.cpu_count()} cores shared by server, load and PostgreSQL"
    return _TEXT.format(
        day=datetime.now(UTC).date(),
        machine=f"{platform.machine()}, {cores}, CPython {platform.python_version()}, PostgreSQL 18 with fsync on",
        table="\n".join(rows),
        bare=rounds.median("bare"),
        single=rounds.median("single"),
        batches=rounds.median("batches of 100"),
        raw=rounds.median("raw insert of 500"),
        p99=rounds.median("single p99 ms"),
        flow=flow,
        small=tick["10 k"],
        large=tick["1 M"],
        held=tick["1 M, held snapshot"],
        grown=grown,
        stuck=stuck,
        routed=routed,
        rounds=intake.ROUNDS,
        seconds=intake.SECONDS,
        connections=intake.CONNECTIONS,
        rate=pipeline.RATE,
        backlog=pipeline.BACKLOG,
        ticks=ticks.TICKS,
    )


def _row(what: str, rounds: Rounds, name: str, to: str, wanted: str) -> str:
    middle, least, most = rounds.ratio(name, to)
    return f"| {what} | {middle:.2f} | {least:.2f} to {most:.2f} | {wanted} |"


_TEXT = """# Performance

Written by `make bench` on {day}; {machine}. Read the ratios: the machine is shared, and all parts of a ratio were
measured in turn within one run. Nothing here is asserted by a test.

## Intake

{rounds} rounds of {seconds:.0f} s, {connections} keep-alive connections (8 for batches), requests written beforehand,
a closed loop on raw sockets. The yardstick is a FastAPI endpoint with a pydantic model that stores nothing. Ours checks
the key, validates the whole contract, and answers after the commit of event, intake, profile and outbox row.

| against the yardstick | median | range | wanted |
|---|---|---|---|
{table}

Medians: bare {bare:.0f} POSTs/s, ours {single:.0f} POSTs/s (p99 {p99:.0f} ms), {batches:.0f} events/s in POSTs of 100;
a raw insert reaches {raw:.0f} rows/s.

## From event to task

Posted by schedule at {rate} events/s, timed from before the POST until the task's record arrives on the live feed, two
services and the feed's tailer between: p50 {flow.p50:.0f} ms, p99 {flow.p99:.0f} ms. A backlog of {backlog} events,
each with a case, a task, its offer, its clocks and its explanation, drains at {flow.drained:.0f} events/s on one
worker. The pure routing decides {routed:.0f} events/s.

## Clocks

A tick that fires 500 due clocks, with their history and their records, median of {ticks} in turn:

| open clocks | ms | ratio | wanted |
|---|---|---|---|
| 10 thousand | {small:.1f} | 1 | |
| 1 million | {large:.1f} | {grown:.2f} | <= 1.3 |
| 1 million, while another transaction holds a snapshot | {held:.1f} | {stuck:.2f} of the line above | |
"""

if __name__ == "__main__":
    main()
