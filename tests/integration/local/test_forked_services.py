"""Services as forks of a launcher: each is like a process of its own, and keeps nothing of the launcher's."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from launched_stack import until

pytestmark = pytest.mark.processes

SERVICE: Final = """
import json, os, signal, sys
from prometheus_client import Gauge, generate_latest
from shared.ids import new_id
from shared.process.telemetry import sla_breaches_total

own = Gauge("own_of_NAME", "Of this service.")

def main():
    if os.environ["ACT"] == "refuse":
        raise SystemExit("refused: no settings")
    if os.environ["ACT"] == "fail":
        raise LookupError("nothing there")
    told = {
        "told": os.environ["TOLD"],
        "metrics": generate_latest().decode(),
        "open": sorted(map(int, os.listdir("/proc/self/fd"))),
        "typed": sys.stdin.read(),
        "ids": [new_id() for _ in range(3)],
        "caught": [signal.getsignal(number) != signal.SIG_DFL for number in (signal.SIGTERM, signal.SIGCHLD)],
        "held_back": [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
        "wakes": signal.set_wakeup_fd(-1),
    }
    print(json.dumps(told))
    signal.pause()
"""

LAUNCHER: Final = """
import os, sys
from pathlib import Path
from handoff_local.launcher.forked_service import ForkedService, import_services
from handoff_local.launcher.process_signals import Signals
from shared.ids import new_id

folder = Path(sys.argv[1])
print("not written yet", end="")
new_id()
secret = open(folder / "lock", "w")
listener = os.open("/dev/null", os.O_RDONLY)
import_services(["one", "two"])
with Signals() as signals:
    services = [
        ForkedService(
            name, ("python", "-m", name), {"TOLD": name}, folder / f"{name}.log", (listener,), others=(other,)
        )
        for name, other in (("one", "two"), ("two", "one"))
    ]
    for service in services:
        service.start()
    (folder / "launched").write_text(f"{listener} {' '.join(str(service.process.pid) for service in services)}")
    while any(service.alive() for service in services):
        signals.wait(1)
    for service in services:
        print(service.last_words())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "main.py").write_text(SERVICE.replace("NAME", name))
    return tmp_path


class Launched:
    """A launcher of two services that say what they find."""

    def __init__(self, folder: Path, act: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(folder), "ACT": act, "TOLD": "nothing"}
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, str(folder)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def started(self) -> tuple[int, dict[str, int]]:
        """The number of the listener, and the process of each service."""
        launched = self.folder / "launched"
        until(lambda: launched.exists() and len(launched.read_text().split()) == 3)
        listener, one, two = map(int, launched.read_text().split())
        return listener, {"one": one, "two": two}

    def found(self) -> Mapping[str, dict[str, Any]]:
        """What each service has said, which it says before it waits."""
        logs = {name: self.folder / f"{name}.log" for name in ("one", "two")}
        until(lambda: all(log.exists() and log.read_text().endswith("\n") for log in logs.values()))
        return {name: json.loads(log.read_text()) for name, log in logs.items()}

    def end(self) -> str:
        """What the launcher says when all services have ended."""
        return self.process.communicate(timeout=30)[0]


@pytest.fixture
def launched(folder: Path) -> Iterator[Launched]:
    running = Launched(folder, "wait")
    yield running
    running.process.kill()
    running.end()


def test_each_is_told_its_own_and_writes_its_own_log_at_once(launched: Launched) -> None:
    assert {name: found["told"] for name, found in launched.found().items()} == {"one": "one", "two": "two"}


def test_each_has_the_command_line_of_its_service(launched: Launched) -> None:
    launched.found()
    for name, pid in launched.started()[1].items():
        assert Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0") == f"python -m {name}"


def test_each_publishes_its_own_metrics_and_those_of_all(launched: Launched) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        metrics = launched.found()[name]["metrics"]
        assert f"own_of_{name} 0.0" in metrics
        assert f"own_of_{other}" not in metrics
        assert "handoff_sla_breaches_total" in metrics


def test_none_keeps_what_is_the_launchers(launched: Launched) -> None:
    listener, _ = launched.started()
    for found in launched.found().values():
        looking = 1  # at the folder of descriptors itself
        assert set(found["open"]) >= {0, 1, 2, listener}
        assert len(found["open"]) == 4 + looking
        assert (found["typed"], found["wakes"]) == ("", -1)
        assert (found["caught"], found["held_back"]) == ([False, False], [])


def test_no_two_make_the_same_ids(launched: Launched) -> None:
    found = launched.found()
    tails = [made[15:] for one in found.values() for made in one["ids"]]
    assert len(set(tails)) == 6


def test_the_launcher_learns_how_each_ended(launched: Launched) -> None:
    launched.found()
    _, pids = launched.started()
    os.kill(pids["one"], signal.SIGKILL)
    os.kill(pids["two"], signal.SIGTERM)
    folder = launched.folder
    assert launched.end().splitlines() == [
        f"not written yetone was killed by signal 9, see {folder / 'one.log'}",
        f"two was killed by signal 15, see {folder / 'two.log'}",
    ]


@pytest.mark.parametrize(("act", "said"), [("refuse", "refused: no settings"), ("fail", "LookupError: nothing there")])
def test_one_that_cannot_begin_says_why_and_ends_with_1(folder: Path, act: str, said: str) -> None:
    ended = Launched(folder, act).end()
    assert "one ended with code 1" in ended
    assert (folder / "one.log").read_text().endswith(f"{said}\n")


def test_each_dies_with_its_launcher(launched: Launched) -> None:
    launched.found()
    launched.process.kill()
    for pid in launched.started()[1].values():
        until(lambda: not Path(f"/proc/{pid}/exe").exists(), 10)  # noqa: B023
