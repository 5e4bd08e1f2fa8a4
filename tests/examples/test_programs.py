"""The programs of docs/examples: what a DMS, a staff app's back end and operations would begin with."""

import csv
import io
import json
import subprocess
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import httpx
import pytest
from launched_stack import until

pytestmark = [pytest.mark.database, pytest.mark.processes]

Run = Callable[..., subprocess.CompletedProcess[str]]
DEALER = "lisboa-01"


def problem_of(customer_id: str, **more: Any) -> dict[str, Any]:
    """An event that leads to a task of a product specialist."""
    data = {
        "dealer_id": DEALER,
        "customer_id": customer_id,
        "step": 13,
        "observed_by": {"role": "service_advisor", "staff_id": "S-7"},
        "occurrences": ["early_ownership_problem_reported"],
        "topics": ["infotainment"],
        "facts": {"contact": {"first_receiver": "after_sales"}},
    }
    event = {"specversion": "1.0", "type": "handoff.journey.step.v1", "source": "/dms", "id": uuid4().hex}
    return {**event, "data": {**data, **more}}


def happened(folder: Path, *events: dict[str, Any]) -> Path:
    """A DMS's outbox."""
    outbox = folder / "happened.jsonl"
    outbox.write_text("".join(json.dumps(event) + "\n" for event in events))
    return outbox


def test_a_dms_posts_what_happened_and_keeps_what_is_refused(run: Run, folder: Path, api: httpx.Client) -> None:
    good, bad, far = problem_of("C-1"), problem_of("C-2", topics=["colour"]), problem_of("C-3", step=14)
    outbox = happened(folder, good, bad, good, far)
    done = run(f"python3 docs/examples/dms.py {outbox}")
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines() if "warning" not in line] == [
        "accepted",
        "refused",
        "duplicate",
        "accepted",
    ]
    assert outbox.read_text() == ""
    (refused,) = map(json.loads, Path(f"{outbox}.refused").read_text().splitlines())
    assert refused["event"] == bad
    assert refused["errors"][0]["pointer"] == "/1/data/topics/0"
    assert {one["id"] for one in api.get("/v1/events", params={"source": "/dms"}).json()["items"]} >= {good["id"]}


class _Unwilling(BaseHTTPRequestHandler):
    """Says 503 and breaks connections before it answers, as networks do."""

    asked: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(body)
        if len(self.asked) == 2:
            self.connection.close()
            return
        if len(self.asked) == 1:
            self.send_response(503)
            self.send_header("Retry-After", "0")
            self.end_headers()
            return
        receipts = [
            {"id": one["id"], "status": "accepted", "event_id": "e", "warnings": []} for one in json.loads(body)
        ]
        answer = json.dumps({"events": receipts}).encode()
        self.send_response(202)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it overrides
        """Say nothing."""


def test_a_dms_tries_again_until_it_has_an_answer(run: Run, folder: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Unwilling)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    outbox = happened(folder, problem_of("C-1"))
    done = run(f"python3 docs/examples/dms.py {outbox}", HANDOFF_URL=f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr
    assert len(_Unwilling.asked) == 3
    assert len(set(_Unwilling.asked)) == 1, "the same events each time"
    assert outbox.read_text() == ""


def offered(api: httpx.Client, customer_id: str) -> dict[str, Any]:
    """The one task of a customer, as soon as it is there."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        found[:] = api.get("/v1/tasks", params={"dealer_id": DEALER, "customer_id": customer_id}).json()["items"]
        return bool(found)

    until(look)
    return found[0]


def post(api: httpx.Client, customer_id: str, **attributes: Any) -> dict[str, Any]:
    """Post a customer's problem; the task it leads to."""
    headers = {"content-type": "application/cloudevents+json"}
    answer = api.post("/v1/events", content=json.dumps(problem_of(customer_id) | attributes), headers=headers)
    assert answer.status_code == 202, answer.text
    return offered(api, customer_id)


def test_a_back_end_accepts_and_completes_and_goes_on_where_it_was(run: Run, folder: Path, api: httpx.Client) -> None:
    first = post(api, "B-1")
    waiting = api.get("/v1/tasks", params={"dealer_id": DEALER, "offered_to": "S-12", "limit": 200}).json()["items"]
    command = f"python3 docs/examples/staff_backend.py {DEALER} S-12 --tasks"
    done = run(f"{command} {len(waiting)}")
    assert done.returncode == 0, done.stderr
    assert api.get(f"/v1/tasks/{first['task_id']}").json()["status"] == "completed"
    assert (folder / "feed.cursor").exists()
    second = post(api, "B-2")
    again = run(f"{command} 1")
    assert again.returncode == 0, again.stderr
    assert api.get(f"/v1/tasks/{second['task_id']}").json()["status"] == "completed"
    assert again.stdout.splitlines() == [f"accept: {second['title']}", f"complete: {second['title']}"]


def test_operations_export_broken_promises(run: Run, api: httpx.Client) -> None:
    now = datetime.fromisoformat(api.get("/v1/clock").json()["now"])
    post(api, "X-1", time=(now - timedelta(days=20)).isoformat())
    query = {"dealer_id": DEALER, "breached": "true", "limit": 200}
    until(lambda: api.get("/v1/sla/timers", params=query).json()["items"])
    known = {one["timer_id"] for one in api.get("/v1/sla/timers", params=query).json()["items"]}
    period = f"{DEALER} 2000-01-01 2100-01-01"
    exported = run(f"python3 docs/examples/ops_export.py {period} --json")
    assert exported.returncode == 0, exported.stderr
    found = json.loads(exported.stdout)
    assert {one["timer_id"] for one in found} >= known
    rows = list(csv.DictReader(io.StringIO(run(f"python3 docs/examples/ops_export.py {period}").stdout)))
    assert [row["due_at"] for row in rows][: len(found)] == [one["due_at"] for one in found]
    assert all(row["rule"].startswith("T-") for row in rows)
