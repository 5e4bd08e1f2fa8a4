"""Where the tests' Kafka comes from, decided once; and, run as a script, the process that keeps it for a test run.

One broker serves all workers of a run. The keeper starts it, writes its address beside it and stops it when the last
worker has let go of a lock, which the kernel sees to however a worker ends.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from handoff_local.kafka import EmbeddedKafka
from handoff_local.kafka.broker_ports import free_port
from handoff_local.kafka.jars import missing_programs
from handoff_local.kafka.properties import CLUSTER_ID, Node, as_environment, broker_properties

IMAGE = "apache/kafka:4.3.1"
PATIENCE = 300.0


class Source(Enum):
    """The ways to a real Kafka, the first that works wins."""

    GIVEN = "HANDOFF_KAFKA_BOOTSTRAP_SERVERS"
    CONTAINER = "a container"
    JARS = "jars from Maven"


@dataclass(frozen=True)
class Machine:
    """What the decision looks at."""

    given: str
    engine_answers: bool
    missing: tuple[str, ...]
    required: bool


class NoKafka(Exception):
    """There is none; the message says why."""


def choose(machine: Machine) -> Source:
    """The source on this machine. Raises NoKafka."""
    if machine.given:
        return Source.GIVEN
    if machine.engine_answers:
        return Source.CONTAINER
    if not machine.missing:
        return Source.JARS
    missing = " and ".join(machine.missing)
    raise NoKafka(f"no {Source.GIVEN.value}, no container engine answers, and {missing} is missing for Kafka by Maven")


def this_machine(environment: Mapping[str, str] = os.environ) -> Machine:
    """What there is here."""
    return Machine(
        given=environment.get(Source.GIVEN.value, ""),
        engine_answers=engine_answers(environment.get("DOCKER_HOST", "unix:///var/run/docker.sock")),
        missing=tuple(missing_programs()),
        required=environment.get("HANDOFF_REQUIRE_KAFKA", "") == "1",
    )


def engine_answers(address: str) -> bool:
    """Whether a container engine answers there: its client alone may be installed."""
    url = urlsplit(address)
    with suppress(OSError, ValueError):
        local = url.scheme == "unix"
        with closing(socket.socket(socket.AF_UNIX if local else socket.AF_INET)) as connection:
            connection.settimeout(2)
            connection.connect(url.path if local else (url.hostname, url.port or 2375))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
            return b" 200 " in connection.recv(64)
    return False


@contextmanager
def shared_broker(folder: Path, source: Source) -> Iterator[str]:
    """The bootstrap address of the one broker of a test run, whose workers all name the same folder."""
    folder.mkdir(exist_ok=True)
    address = folder / "address"
    with (folder / "users").open("a") as users:
        with (folder / "starting").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)
            if not address.exists():
                _start_keeper(folder, source, address)
        yield address.read_text()


def _start_keeper(folder: Path, source: Source, address: Path) -> None:
    log = folder / "keeper.log"
    with log.open("ab") as output:
        command = [sys.executable, __file__, str(folder), source.name]
        keeper = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, process_group=0)
    deadline = time.monotonic() + PATIENCE
    while not address.exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"no Kafka from {source.value}:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)
    keeper.returncode = 0  # it outlives this worker on purpose


@contextmanager
def opened(folder: Path, source: Source) -> Iterator[str]:
    """A broker of this source while the context is open; its bootstrap address."""
    if source is Source.CONTAINER:
        with _container() as bootstrap:
            yield bootstrap
        return
    kafka = EmbeddedKafka(folder / "kafka")
    kafka.start(PATIENCE)
    try:
        yield kafka.bootstrap()
    finally:
        kafka.kill()


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    node = Node(1, free_port(), 9093)
    properties = broker_properties(node, (node,), "/tmp/kafka-data")
    properties["listeners"] = f"PLAINTEXT://:{node.port},CONTROLLER://:{node.controller_port}"
    container = DockerContainer(IMAGE).with_bind_ports(node.port, node.port).with_env("CLUSTER_ID", CLUSTER_ID)
    for name, value in as_environment(properties).items():
        container.with_env(name, value)
    with container.waiting_for(LogMessageWaitStrategy("Kafka Server started")):
        yield node.address


def keep(folder: Path, source: Source) -> None:
    """Run a broker until nobody holds the lock on `users`; then take its address away and stop it."""
    with opened(folder, source) as bootstrap:
        fresh = folder / "address.new"
        fresh.write_text(bootstrap)
        fresh.rename(folder / "address")
        users = (folder / "users").open("a")
        fcntl.flock(users, fcntl.LOCK_EX)
        (folder / "address").unlink()
    shutil.rmtree(folder / "kafka", ignore_errors=True)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Source[sys.argv[2]])
