"""One broker process on a folder; started again on the same folder it has its data."""

import contextlib
import ctypes
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from handoff_local.kafka.broker_ports import free_port
from handoff_local.kafka.jars import CHECKOUT, KafkaFailed, fetch_jars
from handoff_local.kafka.properties import CLUSTER_ID, Node, broker_properties

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None)
_LOG4J: Final = CHECKOUT / "deploy/kafka/log4j2.properties"
_API_VERSIONS: Final = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""Length, request key 18 (ApiVersions), version 0, correlation 1, no client name: what every broker answers."""


@dataclass
class EmbeddedKafka:
    """A broker on `folder`. Port 0 takes a free one at once and keeps it over restarts of this object.

    `voters` names the brokers of a cluster, this one among them (empty: it is alone); `settings` adds properties;
    `echo` hears what takes long. The process dies with the thread that started it.
    """

    folder: Path
    port: int = 0
    node_id: int = 1
    controller_port: int = 0
    voters: tuple[Node, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    heap: str = "512m"
    echo: Callable[[str], None] = lambda _: None
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.folder = self.folder.expanduser().resolve()
        self._data = self.folder / "data"
        self._log = self.folder / "kafka.log"
        self._node = Node(self.node_id, self.port or free_port(), self.controller_port or free_port())

    @property
    def pid(self) -> int | None:
        """The broker's process, for signals and for measuring it; None before the first start."""
        return self._process.pid if self._process else None

    def bootstrap(self) -> str:
        """The address clients begin with, for `HANDOFF_KAFKA_BOOTSTRAP_SERVERS`."""
        return self._node.address

    def start(self, timeout: float = 120.0) -> None:
        """Start the broker and wait until it answers, at most `timeout` real seconds. Raises KafkaFailed."""
        self.launch()
        self.wait_ready(timeout)

    def launch(self) -> None:
        """Start the broker without waiting; a new folder is formatted first. Raises KafkaFailed."""
        jars = fetch_jars(self.echo)
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self._write_properties()
        if not (self._data / "meta.properties").exists():
            self._format(jars, configuration)
        command = [*self._java(jars), f"-Xmx{self.heap}", "kafka.Kafka", str(configuration)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=_die_with_parent,
            )

    def wait_ready(self, timeout: float = 120.0) -> None:
        """Return when it answers as a member of its cluster. Raises KafkaFailed after `timeout` real seconds."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not self.alive():
                raise KafkaFailed("Kafka did not start:\n" + self._log.read_text(errors="replace")[-2000:])
            if answers(self._node.port):
                return
            time.sleep(0.05)
        raise KafkaFailed(f"Kafka was not ready within {timeout:.0f} s, see {self._log}")

    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self, timeout: float = 15.0) -> None:
        """An orderly end; kill after `timeout` real seconds."""
        if self._process is None:
            return
        if self.alive():
            self._process.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, as a crash would end it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _write_properties(self) -> Path:
        properties = {**broker_properties(self._node, self.voters or (self._node,), str(self._data)), **self.settings}
        path = self.folder / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        return path

    def _format(self, jars: Path, configuration: Path) -> None:
        tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(configuration)]
        done = subprocess.run([*self._java(jars), *tool], capture_output=True, text=True, check=False)
        if done.returncode:
            raise KafkaFailed(f"Kafka could not format {self._data}:\n{(done.stdout + done.stderr)[-2000:]}")

    def _java(self, jars: Path) -> list[str]:
        return ["java", f"-Dlog4j2.configurationFile={_LOG4J}", "-cp", f"{jars}/*"]


def answers(port: int) -> bool:
    """Whether a broker on this port of loopback answers a request; it does so only as a member of its cluster."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(_API_VERSIONS)
        return len(connection.recv(4)) == 4
    return False


def _die_with_parent() -> None:
    """For the broker, between fork and exec: SIGKILL when the owner dies, however it dies."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
