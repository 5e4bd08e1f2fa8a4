"""Fetches what the broker runs on: the jars that `deploy/kafka/pom.xml` names, once per checkout."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[5]
POM: Final = CHECKOUT / "deploy/kafka/pom.xml"
_CACHE: Final = CHECKOUT / ".stamps"
_MAX_WAIT: Final = 300.0


class KafkaFailed(RuntimeError):
    """No broker; the message says what is missing, or carries the end of its log."""


def jars_folder(cache: Path = _CACHE) -> Path:
    """Where the jars of the present pom are, or will be."""
    return cache / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"


def missing_programs(cache: Path = _CACHE) -> list[str]:
    """What this machine lacks for a broker: `java` to run it, `mvn` as long as the jars are not there."""
    wanted = ["java"] if jars_folder(cache).exists() else ["java", "mvn"]
    return [program for program in wanted if shutil.which(program) is None]


def fetch_jars(echo: Callable[[str], None] = lambda _: None, cache: Path = _CACHE) -> Path:
    """The folder of the jars, fetched by the first caller while others wait. Raises KafkaFailed."""
    folder = jars_folder(cache)
    missing = missing_programs(cache)
    if missing:
        raise KafkaFailed(f"a Kafka without Docker needs {' and '.join(missing)}: install Java 17 and Maven")
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            echo("fetching Apache Kafka by Maven (once)")
            _fetch_into(folder)
    return folder


def _fetch_into(folder: Path) -> None:
    """Beside its place and moved there whole, so that an interrupted fetch is never taken for a finished one."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
        libraries = Path(fresh) / "libraries"
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={libraries}"]
        _run(["mvn", "-q", "-B", "-f", str(POM), *goal])
        libraries.rename(folder)


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_MAX_WAIT)
    except subprocess.TimeoutExpired:
        raise KafkaFailed(f"Maven did not fetch Apache Kafka within {_MAX_WAIT:.0f} s") from None
    if done.returncode:
        raise KafkaFailed(f"Maven could not fetch Apache Kafka:\n{(done.stdout + done.stderr)[-2000:]}")
