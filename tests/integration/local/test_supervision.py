"""The supervisor on real children."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from launched_stack import until

from handoff_local.launcher.child import Child, environment_with, stop_all
from handoff_local.launcher.supervisor import Supervisor

pytestmark = pytest.mark.processes

WAITS = "import signal; signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"


def child(code: str, log: Path, *, once: bool = False) -> Child:
    return Child("child", (sys.executable, "-c", code), environment_with({}), log, once=once)


def test_what_dies_is_started_again_every_time(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor, kept = Supervisor(said.append), child(WAITS, tmp_path / "log")
    supervisor.keep(kept)
    for _ in range(5):
        assert kept.process is not None
        dead = kept.process.pid
        kept.process.kill()
        assert until(lambda: supervisor.tend() or (kept.alive() and kept.process.pid != dead)) < 2  # type: ignore[union-attr] # noqa: B023
    assert said == [f"child was killed by signal 9, see {tmp_path / 'log'}; starting it again"] * 5
    stop_all([kept], 5)


def test_what_cannot_be_started_is_tried_again_and_hinders_no_other(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor, log = Supervisor(said.append), tmp_path / "log"
    first, other = child(WAITS, log), child(WAITS, tmp_path / "other")
    other.name = "other"
    for kept in (first, other):
        supervisor.keep(kept)
    log.unlink()
    log.mkdir()
    for kept in (first, other):
        assert kept.process is not None
        kept.process.kill()
    until(lambda: supervisor.tend() or (other.alive() and len(said) == 3))
    assert not first.alive()
    assert f"child: [Errno 21] Is a directory: '{log}'; trying again" in said
    log.rmdir()
    until(lambda: supervisor.tend() or first.alive())
    assert len(said) == 3
    stop_all([first, other], 5)


def test_one_that_may_end_is_left_alone_when_it_ends_well(tmp_path: Path) -> None:
    supervisor = Supervisor(lambda _: None)
    well, badly = child("", tmp_path / "a", once=True), child("raise SystemExit(3)", tmp_path / "b", once=True)
    badly.name = "badly"
    supervisor.keep(well)
    supervisor.keep(badly)
    until(lambda: well.finished() and not badly.alive())
    first, failed = well.process, badly.process
    until(lambda: supervisor.tend() or badly.process is not failed)
    assert well.process is first
    stop_all([badly], 5)


def test_who_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = child(STUBBORN, tmp_path / "log")
    deaf.start()
    until(lambda: "deaf" in (tmp_path / "log").read_text())
    stop_all([deaf], 0.3)
    assert deaf.process is not None
    assert deaf.process.returncode == -signal.SIGKILL


def test_a_forgotten_child_stays_dead(tmp_path: Path) -> None:
    supervisor, kept = Supervisor(lambda _: None), child(WAITS, tmp_path / "log")
    supervisor.keep(kept)
    supervisor.forget()
    stop_all([kept], 5)
    supervisor.tend()
    assert not kept.alive()


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = (
        "import signal, sys; from pathlib import Path\n"
        "from handoff_local.launcher.child import Child, environment_with\n"
        f"child = Child('c', (sys.executable, '-c', {WAITS!r}), environment_with({{}}), Path({str(log)!r}))\n"
        "child.start(); print(child.process.pid, flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        parent.kill()
    until(lambda: not running(orphan), 10)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_long_log_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    kept = child(WAITS, log)
    kept.start()
    os.truncate(log, 20_000_001)
    kept.tidy()
    assert log.stat().st_size == 0
    assert (tmp_path / "child.log.1").stat().st_size == 20_000_001
    stop_all([kept], 5)
