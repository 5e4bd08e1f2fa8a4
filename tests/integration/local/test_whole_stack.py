"""Everything on one machine, with the real services: what somebody sees who types one command."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from launched_stack import SERVICES, Stack, handoff_up, until

from handoff_local.demo.stories import read_demo

pytestmark = [pytest.mark.database, pytest.mark.processes, pytest.mark.trial]

DEMO = read_demo()


def loaded(stack: Stack) -> bool:
    assert stack.process.poll() is None, stack.said()
    assert "the demo stopped" not in stack.said(), stack.said()
    return "the demo is loaded" in stack.said()


def remembered(stack: Stack) -> dict[str, Any]:
    path = stack.folder / "demo.json"
    return json.loads(path.read_text()) if path.exists() else {}


def api(stack: Stack, path: str, **query: object) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {stack.key()}"}
    answer = httpx.get(stack.address() + path, params=query, headers=headers, timeout=30, trust_env=False)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def command(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HANDOFF_DATA_DIR": str(stack.folder)}
    return subprocess.run(
        [str(Path(sys.executable).with_name("handoff")), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def summary(stack: Stack) -> dict[str, Any]:
    period = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    items = api(stack, "/v1/sla/summary", dealer_id=DEMO.dealer_id, by="dealer", **period)["items"]
    return items[0] if items else {"met": 0, "running": 0, "breached": 0}


def mails(stack: Stack) -> list[dict[str, Any]]:
    port = (stack.folder / "sink.port").read_text()
    items: list[dict[str, Any]] = httpx.get(f"http://127.0.0.1:{port}/mails.json", timeout=30, trust_env=False).json()[
        "items"
    ]
    return items


def metrics(stack: Stack, service: str) -> str:
    port = (stack.folder / f"{service}.port").read_text().strip()
    return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30, trust_env=False).text


def test_the_demo_is_loaded_once_and_goes_on(tmp_path: Path) -> None:
    with handoff_up(tmp_path / "data", {}) as stack:
        until(lambda: loaded(stack), 180)
        until(lambda: all(len(stack.named(name)) == 1 for name in SERVICES), 30)
        until(lambda: all(summary(stack)[state] > 0 for state in ("met", "running", "breached")), 60)
        until(lambda: mails(stack), 60)
        until(lambda: remembered(stack)["live"] > 0, 60)

        shown = command(stack, "tasks", "--limit", "500")
        assert shown.returncode == 0, shown.stderr
        assert all(f"{state} " in shown.stdout.splitlines()[-1] for state in ("met", "running", "breached"))
        examined = command(stack, "doctor")
        assert examined.returncode == 0, examined.stdout
        assert "dealer lisboa-01 has hours" in examined.stdout
        assert {name for name in SERVICES if "handoff_feed_lag_seconds" in metrics(stack, name)} == {"handoff_worker"}
        # a fork takes one thread: of others it would take what they hold
        assert psutil.Process(stack.process.pid).num_threads() == 1
        journey = api(stack, f"/v1/dealers/{DEMO.dealer_id}/customers/C-1003/journey")
        began = remembered(stack)["began_at"]
        assert stack.signal_group(signal.SIGTERM) < 10
        assert stack.running() == []

    with handoff_up(tmp_path / "data", {}) as again:
        until(lambda: "ready at" in again.said(), 120)
        until(lambda: remembered(again)["live"] > 1, 120)
        assert "the demo is loaded" not in again.said()
        assert remembered(again)["began_at"] == began
        assert api(again, f"/v1/dealers/{DEMO.dealer_id}/customers/C-1003/journey")["steps"][:3] == journey["steps"][:3]


def test_the_demos_first_messages_tell_nothing_that_is_not_so(tmp_path: Path) -> None:
    """Nobody is told of a clock that was met in time, nor thanked for a message that was answered before."""
    with handoff_up(tmp_path / "data", {}) as stack:
        until(lambda: loaded(stack), 180)
        until(
            lambda: late_clocks(stack) and late_clocks(stack) <= {one["timer_id"] for one in sent(stack, "BREACHED")},
            60,
        )
        assert {one["timer_id"] for one in sent(stack, "BREACHED")} <= late_clocks(stack)
        until(lambda: "queued" not in {one["status"] for one in notifications(stack, message="ACK")}, 60)
        assert [one["customer_id"] for one in sent(stack, "ACK") if answered_before(stack, one)] == []


def notifications(stack: Stack, **query: object) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api(stack, "/v1/notifications", dealer_id=DEMO.dealer_id, limit=200, **query)["items"]
    return items


def sent(stack: Stack, message: str) -> list[dict[str, Any]]:
    return [one for one in notifications(stack, message=message) if one["status"] in ("sent", "delivered")]


def late_clocks(stack: Stack) -> set[str]:
    """The clocks that are overdue, or ended late."""
    items = api(stack, "/v1/sla/timers", dealer_id=DEMO.dealer_id, limit=200)["items"]
    return {timer["timer_id"] for timer in items if timer["breached_at"]}


def answered_before(stack: Stack, acknowledgement: dict[str, Any]) -> bool:
    """Whether somebody had answered, before it went, what the customer wrote last."""
    journey = api(stack, f"/v1/dealers/{DEMO.dealer_id}/customers/{acknowledgement['customer_id']}/journey")
    went = instant(acknowledgement["created_at"])
    written = [step for step in journey["steps"] if step["channel"] in ("message", "email")]
    inbound = max(instant(step["at"]) for step in written if instant(step["at"]) <= went)
    said = [contact for step in journey["steps"] for contact in step["contacts"] if not contact["automatic"]]
    return any(one["direction"] == "outbound" and inbound <= instant(one["at"]) < went for one in said)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_fast_clock_begins_where_it_is_told_and_runs(tmp_path: Path) -> None:
    start = ("--clock-start", "2027-03-01T09:00:00Z", "--rate", "600")
    with handoff_up(tmp_path / "data", {"HANDOFF_DEMO": "0"}, *start) as stack:
        until(lambda: "ready at" in stack.said(), 120)
        clock = api(stack, "/v1/clock")
        assert clock["rate"] == 600
        assert clock["now"].startswith("2027-03-0")
        until(lambda: api(stack, "/v1/clock")["now"][:16] > clock["now"][:16])
        assert not (stack.folder / "sink.port").exists()
        assert not remembered(stack)
