"""docs/import.md: a newcomer's way, every command run as it stands there, and an import that is broken off."""

import csv
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from handoff_local.client import Client
from handoff_local.errors import CommandFailed
from handoff_local.file_import.command import Task, import_rows

pytestmark = [pytest.mark.database, pytest.mark.processes]

GUIDE = (Path(__file__).parents[2] / "docs" / "import.md").read_text()
BLOCKS = [block.strip() for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)]
SHOWN = re.findall(r"```text\n(.*?)```", GUIDE, re.DOTALL)
Run = Callable[..., subprocess.CompletedProcess[str]]


def test_every_step_of_the_guide(run: Run, folder: Path, api: httpx.Client) -> None:
    look, refused, first, again, journey, webhook = BLOCKS
    looked = run(look)
    assert "200 rows: 137 accepted, 1 duplicate, 12 refused, 50 skipped; nothing was stored" in looked.stdout, looked
    assert looked.returncode == 1
    assert "200 rows" not in looked.stderr, "the result is printed once"
    assert api.get("/v1/events", params={"source": "/dealers/lisboa-01/systems/crm"}).json()["items"] == []
    assert run(refused).stdout.strip() == SHOWN[0].strip()

    done = run(first)
    assert "200 rows: 137 accepted, 1 duplicate, 12 refused, 50 skipped\n" in done.stdout, done
    with (folder / "docs/examples/crm-export.csv.report.csv").open(newline="") as file:
        report = list(csv.DictReader(file))
    assert {int(line["row"]) for line in report} == set(range(1, 201))
    conflict = next(line for line in report if line["row"] == "41" and line["status"] == "refused")
    assert (conflict["column"], "another content" in conflict["reason"]) == ("N.º", True)

    assert "200 rows: 0 accepted, 138 duplicate, 12 refused, 50 skipped\n" in run(again).stdout
    assert len(json.loads(run(journey).stdout)["steps"]) == 4
    assert "4 rows: 1 accepted, 0 duplicate, 1 refused, 2 skipped" in run(webhook).stdout


def test_what_makes_a_batch_unreadable_is_said_of_its_row(client: Client, tmp_path: Path) -> None:
    notes = ["good", "NUL \x00", "long" * 500_000, "price" + "|price" * 100_000, "\udc80", "good too"]
    rows = "".join(f"{number},{note}\n" for number, note in enumerate(notes, 1))
    (tmp_path / "rows.csv").write_text(f"No,What\n{rows}", errors="surrogateescape")
    data = {"dealer_id": "lisboa-01", "observed_by": {"role": "salesperson"}, "step": 2, "intent": "history"}
    data["topics"] = {"column": "What", "split": "|", "values": {"price": "price"}, "otherwise": "trade_in"}
    event = {"id": {"column": "No"}, "time": "2024-05-01T10:00:00Z", "data": data}
    (tmp_path / "map.yaml").write_text(json.dumps({"source": "/unreadable", "encoding": "utf-8", "event": event}))
    task = Task(tmp_path / "rows.csv", tmp_path / "map.yaml", tmp_path / "report.csv")
    assert import_rows(client, task, lambda _: None) == {"accepted": 2, "refused": 4}
    with task.report.open(newline="") as file:
        said = {line["row"]: (line["column"], line["reason"]) for line in csv.DictReader(file) if line["reason"]}
    assert said["2"] == ("What", "characters that are no text (NUL, or half of one)")
    assert said["3"] == ("", "a cell of more than 1000000 characters")
    assert said["4"] == ("What", "Holds more than 100000 values")
    assert said["5"] == ("", "bytes that are no text in the encoding of the file")


class BreaksOff(Client):
    """A client whose connection breaks after some batches."""

    left = 2

    def call(self, method: str, path: str, **how: object) -> object:
        """One request, as long as there are any left."""
        if self.left == 0:
            raise CommandFailed("the connection broke")
        self.left -= 1
        return super().call(method, path, **how)


@pytest.fixture
def client(address: str, key: str, api: httpx.Client) -> Iterator[Client]:
    """The command's client; the dealership is there."""
    assert not api.is_closed
    with closing(Client(address, key, "the test")) as client:
        yield client


def test_an_import_that_was_broken_off_goes_on(address: str, key: str, client: Client, tmp_path: Path) -> None:
    rows = "".join(f"{number},C-{number % 7}\n" for number in range(1, 1201))
    (tmp_path / "rows.csv").write_text("No,Who\n" + rows)
    event = {
        "id": {"column": "No"},
        "time": "2024-05-01T10:00:00Z",
        "data": {"dealer_id": "lisboa-01", "intent": "history", "step": 2, "customer_id": {"column": "Who"}},
    }
    event["data"]["observed_by"] = {"role": "salesperson"}  # type: ignore[index]
    (tmp_path / "map.yaml").write_text(json.dumps({"source": "/broken-off", "event": event}))
    task = Task(tmp_path / "rows.csv", tmp_path / "map.yaml", tmp_path / "report.csv")
    with closing(BreaksOff(address, key, "the test")) as breaking, pytest.raises(CommandFailed, match="broke"):
        import_rows(breaking, task, lambda _: None)
    heard: list[int] = []
    counts = import_rows(client, task, lambda so_far: heard.append(so_far.total()))
    assert heard == [1200], "it began after the rows that were reported"
    assert counts == {"accepted": 1200}
    with task.report.open(newline="") as file:
        assert [int(line["row"]) for line in csv.DictReader(file)] == list(range(1, 1201))
    assert import_rows(client, task, lambda _: None) == {"duplicate": 1200}
