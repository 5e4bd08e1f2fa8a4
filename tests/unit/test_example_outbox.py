"""The example of a DMS deletes no event from its outbox that it has not posted, whenever the system appends one."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

DMS = Path(__file__).parents[2] / "docs/examples/dms.py"


class Handoff:
    """Accepts every event, and has the DMS append another while it does."""

    def __init__(self, outbox: Path, late: list[str]) -> None:
        self.outbox, self.late, self.posted = outbox, late, list[str]()

    def post(self, events: list[dict[str, str]]) -> list[dict[str, Any]]:
        """The receipts."""
        self.append()
        self.posted += [one["id"] for one in events]
        return [{"id": one["id"], "status": "accepted", "event_id": "e", "warnings": []} for one in events]

    def append(self) -> None:
        """The next event that happens, if any."""
        if self.late:
            with self.outbox.open("a") as lines:
                lines.write(line(self.late.pop(0)))


def line(name: str) -> str:
    return json.dumps({"id": name}) + "\n"


def run(handoff: Handoff, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program over the outbox; the system also appends between its reading and its writing."""
    whole = Path.write_text

    def write_text(path: Path, text: str) -> int:
        handoff.append()
        return whole(path, text)

    monkeypatch.setenv("HANDOFF_KEY", "k")
    monkeypatch.setattr("sys.argv", ["dms.py", str(handoff.outbox)])
    monkeypatch.setattr(Path, "write_text", write_text)
    program = runpy.run_path(str(DMS))
    program["main"].__globals__["post"] = handoff.post
    program["main"]()


def test_an_event_appended_at_any_time_is_posted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = tmp_path / "happened.jsonl"
    outbox.write_text(line("1") + line("2"))
    handoff = Handoff(outbox, ["3", "4", "5"])
    run(handoff, monkeypatch)
    assert handoff.posted == ["1", "2", "3", "4", "5"]
    assert [one.name for one in tmp_path.iterdir()] == ["happened.jsonl"]
    assert outbox.read_text() == ""


def test_what_was_being_sent_when_it_was_stopped_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = tmp_path / "happened.jsonl"
    outbox.write_text(line("2"))
    (tmp_path / "happened.jsonl.sending").write_text(line("1"))
    handoff = Handoff(outbox, [])
    run(handoff, monkeypatch)
    assert handoff.posted == ["1", "2"]
