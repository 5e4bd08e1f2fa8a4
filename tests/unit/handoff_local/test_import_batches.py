"""Batches of an import that the API refuses whole: what is wrong is said of the rows that hold it."""

import json
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from handoff_local.cli.app import app
from handoff_local.cli.output import all_but_last
from handoff_local.client import Client
from handoff_local.errors import CommandFailed, Refused
from handoff_local.file_import.command import Task, import_rows
from handoff_local.file_import.row_report import HEADER

MAPPING = "{source: /x, event: {id: {column: No}, data: {note: {column: Note}}}}"


class ApiWithout(Client):
    """An API that reads no body with an event of these ids."""

    def __init__(self, status: int, problem: dict[str, Any], *unreadable: str) -> None:
        super().__init__("http://nowhere", "key", "the test")
        self.status, self.problem, self.unreadable = status, problem, unreadable
        self.stored: list[str] = []

    def call(self, method: str, path: str, **how: Any) -> Any:
        """Store a batch, or refuse all of it."""
        ids = [event["id"] for event in json.loads(how["content"])]
        if set(ids) & set(self.unreadable):
            raise Refused("refused", self.status, self.problem)
        self.stored += ids
        return {"events": [{"status": "accepted", "event_id": f"e{one}", "warnings": []} for one in ids]}


def imported(folder: Path, client: Client) -> list[str]:
    """The lines of the report of an import of 500 rows, behind the line of names."""
    (folder / "rows.csv").write_text("No,Note\n" + "".join(f"{number},x\n" for number in range(1, 501)))
    (folder / "map.yaml").write_text(MAPPING)
    import_rows(client, Task(folder / "rows.csv", folder / "map.yaml", folder / "report.csv"), lambda _: None)
    names, *lines = (folder / "report.csv").read_text().splitlines()
    assert names == ",".join(HEADER)
    return lines


@pytest.mark.parametrize("status", [400, 413, 422])
def test_the_others_are_stored_in_order(tmp_path: Path, status: int) -> None:
    client = ApiWithout(status, {"detail": "The body cannot be read."}, "7", "500")
    lines = imported(tmp_path, client)
    assert client.stored == [str(number) for number in range(1, 500) if number != 7]
    assert [line.split(",")[0] for line in lines] == [str(number) for number in range(1, 501)]
    assert [line for line in lines if "accepted" not in line] == [
        "7,8,refused,,7,,The body cannot be read.",
        "500,501,refused,,500,,The body cannot be read.",
    ]


def test_the_column_of_a_fault_is_named(tmp_path: Path) -> None:
    fault = {"pointer": "/0/data/note", "detail": "Holds more than 9 values"}
    lines = imported(tmp_path, ApiWithout(422, {"detail": "too many", "errors": [fault]}, "9"))
    assert lines[8] == "9,10,refused,,9,Note,Holds more than 9 values"


def test_what_is_wrong_with_the_key_ends_the_import(tmp_path: Path) -> None:
    client = ApiWithout(403, {"detail": "Not with this key."}, "1")
    with pytest.raises(CommandFailed):
        imported(tmp_path, client)
    assert client.stored == []


def test_a_report_that_cannot_be_written_is_said_before_anything_is_posted(tmp_path: Path) -> None:
    client = ApiWithout(400, {})
    (tmp_path / "rows.csv").write_text("No,Note\n1,x\n")
    (tmp_path / "map.yaml").write_text(MAPPING)
    task = Task(tmp_path / "rows.csv", tmp_path / "map.yaml", tmp_path / "nowhere" / "report.csv")
    with pytest.raises(CommandFailed, match=r"cannot write .*report\.csv: No such file"):
        import_rows(client, task, lambda _: None)
    assert client.stored == []


def test_how_far_it_is_is_said_until_the_result_is_there() -> None:
    heard: list[str] = []
    tell = all_but_last(heard.append)
    for text in ("500 rows", "1000 rows", "1100 rows"):
        tell(text)
    assert heard == ["500 rows", "1000 rows"]


@pytest.mark.parametrize(
    "name",
    [
        "docs/examples/crm-export.csv.report.csv",
        "docs/examples/crm-webhook.jsonl.import.json",
        "happened.jsonl.refused",
    ],
)
def test_what_the_guides_leave_behind_is_no_change_of_the_repository(name: str) -> None:
    ignored = (Path(__file__).parents[3] / ".gitignore").read_text().split()
    assert any(fnmatch(f"/{name}", pattern) or fnmatch(Path(name).name, pattern) for pattern in ignored)


@pytest.mark.parametrize(
    "arguments", [(".", "--mapping", "m.yaml"), ("/", "--mapping", "m.yaml"), ("f.csv", "--mapping", ".")]
)
def test_a_folder_is_no_file(arguments: tuple[str, ...]) -> None:
    ended = CliRunner().invoke(app, ["import", *arguments])
    assert (ended.exit_code, "is a directory" in ended.output) == (2, True), ended.output
