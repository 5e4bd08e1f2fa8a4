"""Log lines: JSON, named, without personal data."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from shared.telemetry import exposition, redact, start_telemetry, tell_exception


@pytest.fixture
def quiet_afterwards() -> Iterator[None]:
    """Undo what the telemetry sets for the whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


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


def test_personal_keys_are_dropped_however_deep() -> None:
    line = {"event": "e", "records": [{"data": {"plate": "AA-00-BB", "vin": "SALWA2"}}, ("x", {"note": "n"})]}
    assert redact(None, "info", line) == {"event": "e", "records": [{"data": {"vin": "SALWA2"}}, ["x", {}]]}


def test_a_line_without_an_exception_stays_as_it_is() -> None:
    assert tell_exception(None, "info", {"event": "e", "exc_info": None}) == {"event": "e"}


def test_metrics_are_exposed_under_our_prefix() -> None:
    content, media_type = exposition()
    assert b"handoff_consumer_lag_seconds" in content
    assert media_type.startswith("text/plain")
