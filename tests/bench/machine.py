"""The machine under test: a PostgreSQL with fsync, the services as processes, and the bare endpoint beside them."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from handoff_local.migrate import migrate
from handoff_local.ports import listen
from handoff_local.postgres import EmbeddedPostgres
from shared.settings import DATABASE_URL_FILE, Settings

KEY = "key-of-the-bench"
DEALER = "bench-01"
HERE = Path(__file__).parent


@dataclass
class Machine:
    """A data folder with a running, migrated PostgreSQL."""

    folder: Path
    postgres: EmbeddedPostgres

    def address(self) -> str:
        """The address of its database."""
        return self.postgres.url()

    @contextmanager
    def service(self, module: str) -> Iterator[int]:
        """A service process that is ready; its port."""
        port_file = self.folder / f"{module}.port"
        port_file.unlink(missing_ok=True)
        with running([sys.executable, "-m", module], self._environment()):
            _until(port_file.exists)
            port = int(port_file.read_text())
            _until(lambda: _answers(f"http://127.0.0.1:{port}/readyz"))
            yield port

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}
        ports = {f"HANDOFF_{name}_PORT": "0" for name in ("HTTP", "WORKER", "NOTIFIER")}
        return {**inherited, **ports, "HANDOFF_DATA_DIR": str(self.folder), "HANDOFF_BOOTSTRAP_KEY": KEY}


@contextmanager
def machine() -> Iterator[Machine]:
    """A fresh machine, gone at the end."""
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="handoff-bench-")))
        folder.chmod(0o755)
        postgres = EmbeddedPostgres(folder)
        postgres.start()
        ends.callback(postgres.stop)
        (folder / DATABASE_URL_FILE).write_text(postgres.url())
        migrate(Settings(data_dir=folder))
        yield Machine(folder, postgres)


@contextmanager
def bare_app() -> Iterator[int]:
    """The bare endpoint in a process of its own; its port."""
    with listen("127.0.0.1", 0, "the bench") as found:
        port = int(found.getsockname()[1])
    with running([sys.executable, str(HERE / "bare_app.py"), str(port)], dict(os.environ)):
        _until(lambda: _answers(f"http://127.0.0.1:{port}/openapi.json"))
        yield port


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """A process for as long as the context lasts."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(15)


def put(port: int, path: str, document: dict[str, object]) -> None:
    """PUT a record."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(document).encode(), headers, method="PUT"
    )
    urllib.request.urlopen(request).read()


def _answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=2).status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _until(condition: object, within: float = 60.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("a process of the bench did not become ready")
        time.sleep(0.05)
