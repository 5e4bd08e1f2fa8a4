"""Log lines: JSON, named, without personal data."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress

import httpx
import pytest
import structlog

from shared.process.telemetry import exposition, redact, render_exception, start_telemetry


@pytest.fixture
def quiet_afterwards() -> Iterator[None]:
    """Undo what the telemetry sets for the whole process."""
    root = logging.getLogger()
    handlers, level, lines = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    for library in ("httpx", "httpcore"):
        logging.getLogger(library).setLevel(logging.NOTSET)
    root.setLevel(level)
    structlog.configure(**lines)


@pytest.mark.usefixtures("quiet_afterwards")
def test_lines_are_json_with_the_service_and_no_person(capsys: pytest.CaptureFixture[str]) -> None:
    start_telemetry("notifier", "info")
    structlog.get_logger().info("sent", task="T-1", name="Maria", to={"address": "m@example.pt", "channel": "email"})
    logging.getLogger("some.library").warning("said %s", "something")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (ours["event"], ours["service"], ours["level"], ours["task"]) == ("sent", "notifier", "info", "T-1")
    assert ours["to"] == {"channel": "email"}
    assert "name" not in ours
    assert (theirs["event"], theirs["service"], theirs["level"]) == ("said something", "notifier", "warning")


@pytest.mark.usefixtures("quiet_afterwards")
def test_an_exception_is_told_without_its_further_lines(capsys: pytest.CaptureFixture[str]) -> None:
    start_telemetry("notifier", "INFO")
    try:
        raise ValueError("first\n[parameters: Maria]")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("some.library").exception("failed too")
    lines = capsys.readouterr().out
    for line in map(json.loads, lines.splitlines()):
        assert line["error"] == "ValueError: first"
        assert "test_log_lines.py" in line["at"][-1]
    assert "Maria" not in lines


@pytest.mark.usefixtures("quiet_afterwards")
def test_what_is_no_json_stops_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    start_telemetry("notifier", "INFO")
    structlog.get_logger().info("sent", task="T-1", by_key={("lisboa-01", "C-1"): 1})
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["task"], line["unreadable"]) == ("sent", "T-1", "TypeError")


@pytest.mark.usefixtures("quiet_afterwards")
def test_a_word_that_is_no_text_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    start_telemetry("notifier", "INFO")
    structlog.get_logger().info("sent", task="T-\ud800é")
    logging.getLogger("some.library").warning("said \ud800é")
    assert [
        json.loads(line)[name]
        for name, line in zip(("task", "event"), capsys.readouterr().out.splitlines(), strict=True)
    ] == [
        "T-\ud800é",
        "said \ud800é",
    ]


@pytest.mark.usefixtures("quiet_afterwards")
@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
async def test_what_is_asked_of_others_is_told_by_nobody(capsys: pytest.CaptureFixture[str], level: str) -> None:
    start_telemetry("notifier", level)
    transport = httpx.MockTransport(lambda _request: httpx.Response(200))
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get("https://robot:pw@sms.example/Messages.json?To=%2B351911000151")
    logging.getLogger("httpcore.connection").debug("connect_tcp.started host='hooks.example'")
    logging.getLogger("httpcore.connection").warning("cannot go on")
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == ["cannot go on"]


@pytest.mark.usefixtures("quiet_afterwards")
def test_a_line_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    start_telemetry("notifier", "warning")
    structlog.get_logger().info("sent")
    structlog.get_logger().warning("refused")
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == ["refused"]


@pytest.mark.usefixtures("quiet_afterwards")
def test_a_line_that_cannot_be_written_stops_nobody() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as nobody, redirect_stdout(nobody):
        start_telemetry("notifier", "info")
        structlog.get_logger().info("sent", task="\ud800")
        structlog.get_logger().info("sent")
        with suppress(BrokenPipeError):
            nobody.close()


def test_personal_keys_are_dropped_however_deep() -> None:
    line = {"event": "e", "records": [{"data": {"plate": "AA-00-BB", "vin": "SALWA2"}}, ("x", {"note": "n"})]}
    assert redact(None, "info", line) == {"event": "e", "records": [{"data": {"vin": "SALWA2"}}, ["x", {}]]}


def test_a_line_without_an_exception_stays_as_it_is() -> None:
    assert render_exception(None, "info", {"event": "e", "exc_info": None}) == {"event": "e"}


def test_metrics_are_exposed_under_our_prefix() -> None:
    content, media_type = exposition()
    assert b"handoff_consumer_lag_seconds" in content
    assert media_type.startswith("text/plain")
