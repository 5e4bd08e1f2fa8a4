"""`handoff up` with stand-in services: real processes, a real PostgreSQL, and every way to end them."""

import json
import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from launched_stack import SERVICES, Stack, handoff_up, until, write_stand_ins

from handoff_local.launcher.readiness import ask_ready

pytestmark = [pytest.mark.database, pytest.mark.processes]


def ready(stack: Stack) -> bool:
    assert stack.process.poll() is None, stack.said()
    return "ready at http://127.0.0.1:" in stack.said()


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {"PYTHONPATH": str(write_stand_ins(tmp_path_factory.mktemp("stand_ins"))), "HANDOFF_DEMO": "0"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, stand_ins: dict[str, str]) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("up")
    folder.parent.chmod(0o755)
    with handoff_up(folder / "data", stand_ins) as running:
        until(lambda: ready(running), 120)
        until(lambda: all(running.named(name) for name in SERVICES))
        yield running


def told(stack: Stack, service: str) -> dict[str, str]:
    paper = stack.folder / f"{service}.told"
    until(paper.exists)
    document: dict[str, str] = json.loads(paper.read_text())
    return document


def test_each_service_is_one_process_of_the_launchers_session(stack: Stack) -> None:
    for name in SERVICES:
        assert len(stack.named(name)) == 1
    assert all(name not in " ".join(stack_process) for name in SERVICES for stack_process in others(stack))


def others(stack: Stack) -> list[list[str]]:
    services = {pid for name in SERVICES for pid in stack.named(name)}
    return [line for pid, line in stack.command_lines().items() if pid not in services]


def test_it_makes_a_key_for_the_api_and_tells_nobody_else(stack: Stack) -> None:
    key = (stack.folder / "key").read_text().strip()
    assert stat.S_IMODE((stack.folder / "key").stat().st_mode) == 0o600
    assert told(stack, "journey_api")["HANDOFF_BOOTSTRAP_KEY"] == key
    assert "HANDOFF_BOOTSTRAP_KEY" not in told(stack, "handoff_worker") | told(stack, "notifier")
    assert stat.S_IMODE((stack.folder / "database-url").stat().st_mode) == 0o600


def test_without_the_demo_there_is_no_sink(stack: Stack) -> None:
    assert "HANDOFF_SMTP_URL" not in told(stack, "notifier")
    assert not (stack.folder / "sink.port").exists()


def test_a_second_launcher_on_the_folder_is_refused(stack: Stack, stand_ins: dict[str, str]) -> None:
    with handoff_up(stack.folder, stand_ins) as second:
        assert second.process.wait(30) == 1
        assert f"another `handoff up` runs on {stack.folder} (process {stack.process.pid})" in second.said()


def test_a_service_is_back_on_its_port_at_every_death(stack: Stack) -> None:
    for name in SERVICES * 2:
        port = (stack.folder / f"{name}.port").read_text()
        dead = stack.named(name)[0]
        os.kill(dead, signal.SIGKILL)
        stack.reborn(name, dead)
        until(lambda: ask_ready("127.0.0.1", int(port))[0] == 200)  # noqa: B023
        assert (stack.folder / f"{name}.port").read_text() == port


def test_who_calls_a_service_that_was_just_killed_waits_and_is_not_refused(stack: Stack) -> None:
    port, (dead,) = int((stack.folder / "journey_api.port").read_text()), stack.named("journey_api")
    psutil.Process(dead).suspend()
    until(lambda: psutil.Process(dead).status() == psutil.STATUS_STOPPED)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(b"GET /readyz HTTP/1.1\r\nHost: me\r\nConnection: close\r\n\r\n")
        os.kill(dead, signal.SIGKILL)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as later:
            later.sendall(b"GET /readyz HTTP/1.1\r\nHost: me\r\nConnection: close\r\n\r\n")
            assert later.recv(12) == b"HTTP/1.0 200"
        assert line.recv(12) == b"HTTP/1.0 200"


def test_a_service_is_back_after_every_death_by_itself_too(stack: Stack) -> None:
    deaths = (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL, signal.SIGTERM)
    seen = {stack.named("notifier")[0]}
    for number in deaths:
        dead = stack.named("notifier")[0]
        os.kill(dead, number)
        stack.reborn("notifier", dead)
        seen.update(stack.named("notifier"))
    assert len(seen) == 1 + len(deaths)
    assert stack.process.poll() is None


def test_postgresql_is_back_after_its_death(stack: Stack) -> None:
    def server() -> list[int]:
        return [pid for pid, line in stack.command_lines().items() if "-D" in line and pid not in dying]

    dying: list[int] = []
    dying = server()
    os.kill(dying[0], signal.SIGKILL)
    assert until(lambda: len(server()) == 1) < 10
    assert stack.process.poll() is None


def test_sigterm_to_the_group_stops_all_within_ten_seconds(tmp_path: Path, stand_ins: dict[str, str]) -> None:
    with handoff_up(tmp_path / "data", stand_ins) as stack:
        until(lambda: ready(stack), 120)
        assert stack.signal_group(signal.SIGTERM) < 10
        assert stack.process.returncode == 0
        assert stack.running() == []


def test_sigterm_does_not_wait_for_imports(tmp_path: Path, stand_ins: dict[str, str]) -> None:
    for name in SERVICES:
        slow = tmp_path / "slow" / name
        slow.mkdir(parents=True)
        begun = tmp_path / "begun"
        code = f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\ntime.sleep(60)\n"
        (slow / "__init__.py").write_text("__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n")
        (slow / "main.py").write_text(code)
    tmp_path.chmod(0o755)
    with handoff_up(tmp_path / "data", stand_ins | {"PYTHONPATH": str(tmp_path / "slow")}) as stack:
        until(begun.exists, 120)
        assert stack.signal_group(signal.SIGTERM) < 10
        assert stack.process.returncode == 0
        assert stack.running() == []


def test_nothing_outlives_a_killed_launcher_and_the_next_one_starts(tmp_path: Path, stand_ins: dict[str, str]) -> None:
    with handoff_up(tmp_path / "data", stand_ins) as stack:
        until(lambda: ready(stack), 120)
        key = (stack.folder / "key").read_text()
        stack.process.kill()
        stack.process.wait()
        assert until(lambda: stack.running() == []) < 10
    with handoff_up(tmp_path / "data", stand_ins) as again:
        until(lambda: ready(again), 120)
        assert (again.folder / "key").read_text() == key
        again.process.send_signal(signal.SIGINT)
        assert again.process.wait(20) == 0
        assert again.running() == []


def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path, stand_ins: dict[str, str]) -> None:
    def refusal(settings: dict[str, str], *arguments: str) -> str:
        with handoff_up(tmp_path / "refused", stand_ins | settings, *arguments) as stack:
            assert stack.process.wait(30) == 1
            return stack.said().strip()

    related = refusal({"HANDOFF_DATABASE_URL": "postgresql://somewhere/handoff"}, "--rate", "600")
    assert related.endswith("need the embedded database (no HANDOFF_DATABASE_URL)")
    assert "HANDOFF_CLOCK_START: needs an offset" in refusal({}, "--clock-start", "2026-11-20T09:00:00")
    assert refusal({"HANDOFF_HTTP_PORT": "99999"}).startswith("handoff up: HANDOFF_HTTP_PORT: ")


def test_a_taken_port_is_named(tmp_path: Path, stand_ins: dict[str, str], stack: Stack) -> None:
    taken = (stack.folder / "journey_api.port").read_text().strip()
    with handoff_up(tmp_path / "refused", stand_ins | {"HANDOFF_WORKER_PORT": taken}) as refused:
        assert refused.process.wait(30) == 1
        assert f"port {taken} on 127.0.0.1 is taken by another program: set HANDOFF_WORKER_PORT" in refused.said()
