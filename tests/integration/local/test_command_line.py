"""The commands against an API that answers from a script: what they send, print, and exit with."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from handoff_local.cli import app as cli
from handoff_local.launcher.listening_ports import listen

Answer = tuple[int, dict[str, Any] | bytes]


class ScriptedApi:
    """Answers `METHOD /path` from `answers` and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path, _, query = self.path.partition("?")
                headers = {name.lower(): value for name, value in self.headers.items()} | {"query": query}
                api.asked.append((self.command, path, headers, json.loads(body) if body else None))
                status, document = api.answers.get(f"{self.command} {path}", (404, {"title": "Not Found"}))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(document if isinstance(document, bytes) else json.dumps(document).encode())

            do_GET = do_POST = do_DELETE = do_PUT = answer  # noqa: N815

            def log_message(self, *words: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ScriptedApi]:
    scripted = ScriptedApi()
    thread = threading.Thread(target=scripted.server.serve_forever)
    thread.start()
    monkeypatch.setenv("HANDOFF_URL", scripted.url)
    monkeypatch.setenv("HANDOFF_KEY", "hk_test")
    monkeypatch.setenv("HANDOFF_DATA_DIR", str(tmp_path))
    yield scripted
    scripted.server.shutdown()
    scripted.server.server_close()
    thread.join()


def handoff(*arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    """Exit code, output and errors of a command, failures in words included."""
    runner = CliRunner()
    result: Result = runner.invoke(cli.app, list(arguments), input=stdin)
    if isinstance(result.exception, cli.CommandFailed):
        return 1, result.stdout, f"handoff: {result.exception}"
    return result.exit_code, result.stdout, result.stderr


def accepted(*ids: str, status: str = "accepted") -> Answer:
    return 202, {"events": [{"event_id": f"e-{i}", "source": "/dms", "id": i, "status": status} for i in ids]}


def test_one_event_goes_structured_with_the_key(api: ScriptedApi) -> None:
    api.answers["POST /v1/events"] = accepted("1")
    code, out, _ = handoff("send", "-", stdin='{"id": "1", "data": {}}')
    assert code == 0
    assert out.splitlines() == ["accepted  e-1  1", "1 accepted"]
    _, _, headers, body = api.asked[0]
    assert headers["content-type"] == "application/cloudevents+json"
    assert headers["authorization"] == "Bearer hk_test"
    assert body == {"id": "1", "data": {}}


def test_lines_go_in_batches_of_a_thousand(api: ScriptedApi, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(json.dumps({"id": str(n)}) for n in range(2001)) + "\n\n")
    api.answers["POST /v1/events"] = accepted("x", status="duplicate")
    code, out, _ = handoff("send", "--quiet", str(file))
    assert (code, out.strip()) == (0, "3 duplicate")
    assert [len(body) if isinstance(body, list) else 1 for *_, body in api.asked] == [1000, 1000, 1]
    assert api.asked[0][2]["content-type"] == "application/cloudevents-batch+json"


def test_what_the_api_refuses_is_printed_with_its_pointers(api: ScriptedApi) -> None:
    errors = [
        {"pointer": "/data/step", "detail": "unknown step 21"},
        {"pointer": "/data/topics/0", "detail": "Unknown", "allowed": ["price", "parts"]},
    ]
    api.answers["POST /v1/events"] = 422, {"title": "Invalid", "detail": "The event is invalid.", "errors": errors}
    code, _, err = handoff("send", "-", stdin="{}")
    assert code == 1
    assert err.splitlines() == [
        "handoff: POST /v1/events: The event is invalid. (422)",
        "  /data/step: unknown step 21",
        "  /data/topics/0: Unknown; near: price, parts",
    ]


def test_a_refused_key_says_where_it_came_from(api: ScriptedApi) -> None:
    api.answers["GET /v1/keys"] = 401, {"title": "Unauthorized"}
    code, _, err = handoff("keys", "list")
    assert (code, err) == (
        1,
        f"handoff: {api.url} refused the key from HANDOFF_KEY (401): set HANDOFF_KEY to one that is valid",
    )


def test_nobody_listening_says_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with listen("127.0.0.1", 0, "") as holder:
        port = holder.getsockname()[1]
    monkeypatch.setenv("HANDOFF_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("HANDOFF_KEY", "k")
    code, _, err = handoff("dead-letters", "list")
    assert code == 1
    assert "nobody listens there" in err
    assert "make run" in err


def test_without_a_key_it_says_where_one_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HANDOFF_KEY", raising=False)
    monkeypatch.setenv("HANDOFF_DATA_DIR", str(tmp_path))
    code, _, err = handoff("keys", "list")
    assert code == 1
    assert "set HANDOFF_KEY" in err
    assert str(tmp_path / "key") in err


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("HANDOFF_URL", "http://[::1", "HANDOFF_URL=http://[::1 is no web address"),
        ("HANDOFF_URL", "handoff.example", "cannot reach handoff.example"),
        ("HANDOFF_KEY", "hk_schlüssel", "the key from HANDOFF_KEY holds characters that no key has"),
        ("HANDOFF_KEY", "hk_a\nhk_b", "the key from HANDOFF_KEY holds characters that no key has"),
    ],
)
def test_an_address_or_a_key_that_cannot_be_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv("HANDOFF_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HANDOFF_KEY", "hk_test")
    monkeypatch.setenv(name, value)
    code, out, err = handoff("keys", "list")
    assert (code, out) == (1, "")
    assert complaint in err
    assert "hk_" not in err


def test_somebody_else_who_answers_is_told_from_the_api(api: ScriptedApi) -> None:
    api.answers["GET /v1/keys"] = 200, b"<html>"
    code, _, err = handoff("keys", "list")
    assert (code, err) == (1, f"handoff: {api.url} is not Handoff's API (it answers no JSON): correct HANDOFF_URL")


def command(tmp_path: Path, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the command as a process of its own, beside an empty data folder."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("handoff")), *arguments],
        env={**os.environ, "HANDOFF_DATA_DIR": str(tmp_path / "data"), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("arguments", "code"), [("migrate", 1), ("keys list", 1), ("up", 1), ("verify", 2)])
def test_a_setting_that_cannot_be_is_a_line_and_no_more(tmp_path: Path, arguments: str, code: int) -> None:
    told = command(tmp_path, *arguments.split(), HANDOFF_KAFKA_PARTITIONS="0")
    assert told[:2] == (code, "")
    (line,) = told[2].splitlines()
    assert line.startswith("handoff")
    assert "HANDOFF_KAFKA_PARTITIONS: Input should be greater than or equal to 1" in line


@pytest.mark.parametrize(("arguments", "code"), [("migrate", 1), ("up", 1), ("verify", 2)])
def test_a_database_that_is_not_there_is_a_line_and_no_more(tmp_path: Path, arguments: str, code: int) -> None:
    address = "postgresql://handoff:hunter2@127.0.0.1:1/handoff"
    settings = {"HANDOFF_DATABASE_URL": address, "HANDOFF_DEMO": "0", "HANDOFF_HTTP_PORT": "0"}
    settings |= {"HANDOFF_WORKER_PORT": "0", "HANDOFF_NOTIFIER_PORT": "0"}
    found, _, error = command(tmp_path, *arguments.split(), **settings)
    (line,) = error.splitlines()
    assert found == code
    assert "Connect call failed ('127.0.0.1', 1)" in line
    assert "hunter2" not in line


def test_a_data_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    code, _, error = command(tmp_path, "up")
    assert code == 1
    assert error == (
        f"handoff up: nothing can be kept in {tmp_path / 'data'} (File exists):"
        " set HANDOFF_DATA_DIR to another folder\n"
    )


def test_the_key_file_of_the_data_folder_opens(
    api: ScriptedApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HANDOFF_KEY")
    (tmp_path / "key").write_text("hk_from_file\n")
    api.answers["GET /v1/keys"] = 200, {"items": [{"key_id": "k-1", "name": "dms", "scopes": ["events:write"]}]}
    code, out, _ = handoff("keys", "list")
    assert code == 0
    assert "k-1" in out
    assert api.asked[0][2]["authorization"] == "Bearer hk_from_file"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[" * 100_000, "nested too deeply"),
        ("", "no event"),
        ("{", "not JSON"),
        ("[]", "no event"),
        ("[1]", "event 1 is not"),
        ('{"id": 1}\n{x', "line 2"),
    ],
)
def test_an_unreadable_file_is_refused_before_anything_is_sent(api: ScriptedApi, text: str, complaint: str) -> None:
    code, _, err = handoff("send", "-", stdin=text)
    assert code == 1
    assert complaint in err
    assert api.asked == []


def test_a_missing_file_is_named() -> None:
    code, _, err = handoff("explain", "nowhere.json")
    assert (code, err) == (1, "handoff: cannot read nowhere.json: No such file or directory")


def test_explain_prints_the_decisions(api: ScriptedApi) -> None:
    decision = {"occurrence": "vehicle_delivered", "entry": "SP-06-05-a", "outcome": "created", "conditions": []}
    api.answers["POST /v1/playbook/explain"] = 200, {"occurrences": ["vehicle_delivered"], "decisions": [decision]}
    code, out, _ = handoff("explain", "-", stdin="{}")
    assert code == 0
    assert "created    SP-06-05-a  (vehicle_delivered)" in out
    code, out, _ = handoff("explain", "--json", "-", stdin="{}")
    assert json.loads(out)["decisions"] == [decision]


def test_tasks_show_their_clocks_and_follow_the_pages(api: ScriptedApi) -> None:
    timer = {"timer_id": "t", "rule": "T-03", "target": "first_response", "state": "completed", "breached_at": None}
    timer |= {"due_at": "2026-11-23T11:00:00Z"}
    task = {"task_id": "k", "dealer_id": "d", "customer_id": "C-1", "entry": "SA-07-01-c", "title": "Diagnose"}
    task |= {"to_role": "product_specialist", "status": "offered", "priority": "high", "timers": [timer]}
    api.answers["GET /v1/tasks"] = 200, {"items": [task], "next_cursor": None}
    api.answers["GET /v1/clock"] = 200, {"now": "2026-11-23T10:00:00Z", "rate": 1}
    api.answers["GET /v1/dealers/d"] = 200, {"time_zone": "Europe/Lisbon"}
    api.answers["GET /v1/sla/timers"] = 403, {"title": "Forbidden"}
    code, out, _ = handoff("tasks", "--role", "product_specialist", "--limit", "20")
    assert code == 0
    assert "T-03 met" in out
    assert "1 tasks; clocks: met 1" in out
    assert api.asked[0][2]["query"] == "limit=20&role=product_specialist"


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "pt_PT.UTF-8"}, "pt, en;q=0.5"),
        ({"LANG": "pt_PT.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "pt_PT.UTF-8", "LC_MESSAGES": "es_ES"}, "es, en;q=0.5"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        "tasks",
        "why k",
        "explain -",
        "send -",
        "keys list",
        "dead-letters list",
        "keys create x --dealer d --scope admin",
    ],
)
def test_every_command_asks_for_english_unless_the_locale_names_another_language(
    api: ScriptedApi, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], asked: str, command: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    handoff(*command.split(), stdin="{}")
    assert {headers["accept-language"] for _, _, headers, _ in api.asked} == {asked}


def test_a_key_is_made_with_what_was_named(api: ScriptedApi) -> None:
    api.answers["POST /v1/keys"] = 201, {"key_id": "k-1", "key": "hk_new"}
    code, out, _ = handoff("keys", "create", "dms", "--dealer", "lisboa-01", "--scope", "events:write")
    assert (code, out) == (0, "k-1\nhk_new\n")
    _, _, headers, body = api.asked[0]
    assert body == {"name": "dms", "dealers": ["lisboa-01"], "scopes": ["events:write"]}
    assert headers["idempotency-key"]


def test_an_id_is_a_part_of_the_path_and_no_more(api: ScriptedApi) -> None:
    assert handoff("keys", "revoke", "../dealers/x?y=1")[0] == 1
    assert handoff("dead-letters", "replay", "a/b")[0] == 1
    assert [asked[1] for asked in api.asked] == [
        "/v1/keys/..%2Fdealers%2Fx%3Fy%3D1",
        "/v1/dead-letters/a%2Fb/replay",
    ]


def test_all_dead_letters_are_replayed_page_after_page(api: ScriptedApi) -> None:
    api.answers["GET /v1/dead-letters"] = 200, {"items": [{"id": "a"}, {"id": "b"}], "next_cursor": None}
    for letter in ("a", "b"):
        api.answers[f"POST /v1/dead-letters/{letter}/replay"] = 202, {}
    assert handoff("dead-letters", "replay", "--all")[:2] == (0, "2 to be processed again\n")
    assert handoff("dead-letters", "replay")[0] == 1
