"""`python -m handoff_local.demo`: loads the demo dealership if the data folder has none, then keeps it going."""

import asyncio
import logging
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from handoff_local.client import Client, connect
from handoff_local.demo.calls import event, post_events
from handoff_local.demo.initial_load import InitialLoad
from handoff_local.demo.lost_event import publish_lost_event
from handoff_local.demo.people import People
from handoff_local.demo.progress import Remembered, recall, remember
from handoff_local.demo.stories import Demo, Happening, read_demo
from handoff_local.errors import CommandFailed, Refused
from shared.calendar.business_time import is_open
from shared.ids import new_id
from shared.process.settings import Settings

_EVERY: Final = 20.0
_FASTEST: Final = 2.0
_ROUND: Final = 1.0
_REMOTE: Final = ("message", "email", "website", "social_media")

_log = logging.getLogger("handoff_local.demo")


def main() -> None:
    """Entry of the process; ends with code 0 when the demo cannot go on, so that it is not started again."""
    folder = Settings().data_dir
    logging.basicConfig(filename=folder / "demo.log", level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        client, demo = connect(retrying=True), read_demo()
        run(client, demo, folder)
    except CommandFailed as failed:
        print(f"the demo stopped: {failed}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        return


def run(client: Client, demo: Demo, folder: Path) -> None:
    """Load once, then go on until the process is ended."""
    remembered = recall(folder)
    if remembered is None:
        remembered = Remembered(_now(client)[0], loaded=_exists(client, demo))
        remember(folder, remembered)
    if not remembered.loaded:
        _load(client, demo, remembered.began_at)
        lost = demo.dealership["customers"][0]["id"]
        asyncio.run(publish_lost_event(Settings().database_address(), demo.dealer_id, lost, remembered.began_at))
        remembered = replace(remembered, loaded=True)
        remember(folder, remembered)
    _go_on(client, demo, folder, remembered)


def _load(client: Client, demo: Demo, now: datetime) -> None:
    console = Console()
    columns = (TextColumn("loading the demo"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        loading = InitialLoad(client, demo, now)
        bar = progress.add_task("demo", total=loading.size)
        replace(loading, advance=lambda done: progress.advance(bar, done)).run()
    console.print(f"the demo is loaded: {len(demo.past)} events of {len(demo.dealership['customers'])} customers")


def _go_on(client: Client, demo: Demo, folder: Path, remembered: Remembered) -> None:
    people = People(client, demo)
    due = time.monotonic()
    while True:
        try:
            now, rate = _now(client)
            if time.monotonic() >= due and (happening := _next(demo, remembered.live, now, rate)):
                post_events(client, [event(demo, happening, f"live-{new_id()}", now)])
                remembered = replace(remembered, live=demo.live.index(happening) + 1)
                remember(folder, remembered)
                due = time.monotonic() + max(_EVERY / rate, _FASTEST)
            if rate == 1.0 or is_open(demo.calendar(now), now):
                people.work(now, timedelta(seconds=_ROUND * rate) if rate > 1 else timedelta(0))
        except Refused as refused:
            _log.warning("%s", refused)
        time.sleep(_ROUND)


def _next(demo: Demo, begun: int, now: datetime, rate: float) -> Happening | None:
    """The next of the rotation. On a fast clock the closed dealership hears only from customers who write."""
    open_now = rate == 1.0 or is_open(demo.calendar(now), now)
    for step in range(len(demo.live)):
        happening = demo.live[(begun + step) % len(demo.live)]
        if open_now or happening.fields.get("channel") in _REMOTE:
            return happening
    return None


def _now(client: Client) -> tuple[datetime, float]:
    clock = client.get("/v1/clock")
    return datetime.fromisoformat(clock["now"]), float(clock["rate"])


def _exists(client: Client, demo: Demo) -> bool:
    """Whether somebody has loaded the dealership into this database from another folder."""
    try:
        client.get(f"/v1/dealers/{demo.dealer_id}")
    except Refused as refused:
        if refused.status == 404:
            return False
        raise
    return True


if __name__ == "__main__":
    main()
