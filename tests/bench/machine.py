"""The machine under test: a PostgreSQL with fsync, the services as processes, and the bare endpoint beside them."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from handoff_local.database.migrate import migrate
from handoff_local.database.postgres import EmbeddedPostgres
from handoff_local.database.settings import MigrateSettings
from handoff_local.launcher.listening_ports import listen
from shared.process.settings import DATABASE_URL_FILE

KEY = "key-of-the-bench"
DEALER = "bench-01"
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Service:
    """A running service."""

    port: int
    pid: int


@dataclass
class Machine:
    """A data folder with a running, migrated PostgreSQL; `settings` is what its services are told besides."""

    folder: Path
    postgres: EmbeddedPostgres
    settings: Mapping[str, str] = field(default_factory=dict)

    def address(self) -> str:
        """The address of its database."""
        return self.postgres.url()

    @property
    def _log(self) -> Path:
        return self.folder / "services.log"

    @contextmanager
    def service(self, module: str, **settings: str) -> Iterator[Service]:
        """A service process that is ready."""
        port_file = self.folder / f"{module}.port"
        port_file.unlink(missing_ok=True)
        with running([sys.executable, "-m", module], self._environment() | settings, self._log) as pid:
            try:
                until(lambda: port_file.exists() and bool(port_file.read_text()), module)
                port = int(port_file.read_text())
                until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), module)
            except TimeoutError as error:
                raise TimeoutError(f"{error}:\n{self._log.read_text(errors='replace')[-2000:]}") from None
            yield Service(port, pid)

    def _environment(self) -> dict[str, str]:
        ports = {f"HANDOFF_{name}_PORT": "0" for name in ("HTTP", "WORKER", "NOTIFIER")}
        own = {"HANDOFF_DATA_DIR": str(self.folder), "HANDOFF_BOOTSTRAP_KEY": KEY}
        return {**_inherited(), **ports, **own, **self.settings}


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}


@contextmanager
def database(tuning: Mapping[str, str] = {}) -> Iterator[EmbeddedPostgres]:
    """A running PostgreSQL on a folder of its own, gone at the end; `tuning` adds settings."""
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="handoff-bench-")))
        folder.chmod(0o755)
        postgres = EmbeddedPostgres(folder, tuning)
        postgres.start()
        ends.callback(postgres.stop)
        yield postgres


@contextmanager
def machine(kafka: str = "", tuning: Mapping[str, str] = {}) -> Iterator[Machine]:
    """A fresh machine, gone at the end; `kafka`: the broker its services use instead of PostgreSQL."""
    with database(tuning) as postgres:
        folder = postgres.folder
        (folder / DATABASE_URL_FILE).write_text(postgres.url())
        with ThreadPoolExecutor(1) as related:  # it runs a loop of its own, which no running loop allows
            related.submit(migrate, MigrateSettings(data_dir=folder, kafka_bootstrap_servers=kafka)).result()
        yield Machine(folder, postgres, {"HANDOFF_KAFKA_BOOTSTRAP_SERVERS": kafka} if kafka else {})


def postmaster(postgres: EmbeddedPostgres) -> int:
    """The process above all of a database's."""
    return int((postgres.folder / "postgres" / "postmaster.pid").read_text().split()[0])


def bare_app() -> AbstractContextManager[Service]:
    """The bare endpoint in a process of its own."""
    return _bare("bare_app.py", "openapi.json")


def bare_feed() -> AbstractContextManager[Service]:
    """The bare server of a feed in a process of its own."""
    return _bare("bare_feed.py", "")


@contextmanager
def _bare(script: str, page: str) -> Iterator[Service]:
    port = free_port()
    with running([sys.executable, str(HERE / script), str(port)], dict(os.environ)) as pid:
        until(lambda: answers(f"http://127.0.0.1:{port}/{page}"), script)
        yield Service(port, pid)


def free_port() -> int:
    """A port of loopback on which nobody listens now."""
    with listen("127.0.0.1", 0, "the bench") as found:
        return int(found.getsockname()[1])


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path | None = None) -> Iterator[int]:
    """A process for as long as the context lasts; its id."""
    with (log or Path(os.devnull)).open("ab") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(15)


def put(port: int, path: str, document: Mapping[str, object]) -> None:
    """PUT a record."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(document).encode(), headers, method="PUT"
    )
    urllib.request.urlopen(request).read()


def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        return bool(urllib.request.urlopen(url, timeout=2).status == 200)
    except (OSError, urllib.error.URLError):
        return False


def until(condition: Callable[[], bool], what: str, within: float = 60.0) -> None:
    """Wait for a condition. Raises TimeoutError after `within` real seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready within {within:.0f} s")
        time.sleep(0.05)
