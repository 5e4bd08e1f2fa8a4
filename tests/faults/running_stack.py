"""A whole installation as real processes: the launcher, its services and their database, on a folder of its own."""

import asyncio
import os
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
from waiting import until

KEY = "bootstrap-key-of-the-fault-tests"
SERVICES = ("journey_api", "handoff_worker", "notifier")
START_WITHIN = 60.0


@contextmanager
def passable_folder() -> Iterator[Path]:
    """A temporary folder the database's system user may pass through."""
    with tempfile.TemporaryDirectory(prefix="handoff-faults-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@dataclass
class RunningStack:
    """`handoff up` on a folder. Its processes are found by what the contract says of their command lines."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    launcher: Process | None = None

    async def start(self) -> None:
        """Start the launcher in a session of its own and wait until all services are ready."""
        handoff = Path(sys.executable).parent / "handoff"
        with (self.folder / "launcher.log").open("ab") as log:
            self.launcher = await asyncio.create_subprocess_exec(
                str(handoff), "up", env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )
        await self.ready()

    def environment(self) -> dict[str, str]:
        """What the launcher is told."""
        return {
            **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
            "HOME": str(self.folder),
            "HANDOFF_DEMO": "0",
            "HANDOFF_DATA_DIR": str(self.folder / "data"),
            "HANDOFF_HTTP_PORT": "0",
            "HANDOFF_WORKER_PORT": "0",
            "HANDOFF_NOTIFIER_PORT": "0",
            "HANDOFF_BOOTSTRAP_KEY": KEY,
            **self.settings,
        }

    async def ready(self) -> None:
        """Wait until every service says it is ready."""
        async with httpx.AsyncClient(timeout=5) as client:
            for service in SERVICES:
                await until(lambda name=service: self.is_ready(client, name), START_WITHIN, f"{service} ready")

    async def is_ready(self, client: httpx.AsyncClient, service: str) -> bool:
        """Whether a service says so."""
        assert self.launcher is not None
        assert self.launcher.returncode is None, (self.folder / "launcher.log").read_text()
        with suppress(httpx.TransportError, FileNotFoundError, ValueError):
            return (await client.get(f"{self.url(service)}/readyz")).status_code == 200
        return False

    def url(self, service: str = "journey_api") -> str:
        """The address of a service as it is now."""
        return f"http://127.0.0.1:{int((self.folder / 'data' / f'{service}.port').read_text())}"

    @asynccontextmanager
    async def api(self) -> AsyncIterator["Api"]:
        """A client that may do everything."""
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}, timeout=10) as client:
            yield Api(self, client)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the tables' owner, past every service."""
        connection = await asyncpg.connect((self.folder / "data/database-url").read_text().strip())
        try:
            yield connection
        finally:
            await connection.close()

    def processes(self) -> dict[str, psutil.Process]:
        """The launcher's children by the service their command line names, as they are now."""
        assert self.launcher is not None
        found: dict[str, psutil.Process] = {}
        children = Path(f"/proc/{self.launcher.pid}/task/{self.launcher.pid}/children").read_text()
        for child in map(int, children.split()):
            with suppress(OSError, psutil.NoSuchProcess):
                line = Path(f"/proc/{child}/cmdline").read_text()
                found |= {service: psutil.Process(child) for service in SERVICES if service in line}
        return found

    @asynccontextmanager
    async def second(self, service: str, instance: str = "second") -> AsyncIterator[Process]:
        """A second process of a service beside the launcher's, as on another machine; ready. It may end before."""
        folder = self.folder / f"{instance}-{service}"
        folder.mkdir()
        own = {
            **self.environment(),
            "HANDOFF_DATA_DIR": str(folder),
            "HANDOFF_DATABASE_URL": (self.folder / "data/database-url").read_text().strip(),
            "HANDOFF_INSTANCE": instance,
        }
        with (self.folder / "data" / f"{instance}-{service}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", service, env=own, stdout=log, stderr=log
            )
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                port = folder / f"{service}.port"
                await until(lambda: _answers(client, port), START_WITHIN, f"{instance} {service} ready")
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()

    def ended_at(self) -> list[str]:
        """The named places at which processes ended themselves, as their logs say."""
        logs = [log.read_text() for log in (self.folder / "data").glob("*.log")]
        said = "ended at "
        return [line.removeprefix(said) for log in logs for line in log.splitlines() if line.startswith(said)]

    def postmaster(self) -> psutil.Process:
        """The database server."""
        return psutil.Process(int((self.folder / "data/postgres/postmaster.pid").read_text().splitlines()[0]))

    def everybody(self) -> list[psutil.Process]:
        """Every process of the installation, the launcher and the database's own included."""
        assert self.launcher is not None
        launcher = psutil.Process(self.launcher.pid)
        return [launcher, *launcher.children(recursive=True)]

    def complaints(self) -> str:
        """The newest errors in the services' logs."""
        lines = [line for log in (self.folder / "data").glob("*.log") for line in log.read_text().splitlines()]
        return "\n".join(line[:1500] for line in lines if '"level": "error"' in line)[-6000:]

    def end_group(self) -> None:
        """SIGTERM to the launcher's group."""
        assert self.launcher is not None
        os.killpg(self.launcher.pid, signal.SIGTERM)

    async def stop(self) -> None:
        """End everything, however it stands."""
        if self.launcher is None or self.launcher.returncode is not None:
            return
        self.end_group()
        async with asyncio.timeout(30):
            await self.launcher.wait()


async def _answers(client: httpx.AsyncClient, port: Path) -> bool:
    with suppress(httpx.TransportError, FileNotFoundError, ValueError):
        return (await client.get(f"http://127.0.0.1:{_number(port)}/readyz")).status_code == 200
    return False


def _number(port: Path) -> int:
    return int(port.read_text())


@dataclass(frozen=True)
class Api:
    """The API, wherever it listens at this moment. Raises httpx.TransportError while it does not."""

    stack: RunningStack
    client: httpx.AsyncClient

    async def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request."""
        return await self.client.request(method, self._address(path), **request)

    async def get(self, path: str, **query: Any) -> Any:
        """The document of a GET that has to succeed."""
        answer = await self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stream(self, path: str, **request: Any) -> AbstractAsyncContextManager[httpx.Response]:
        """An answer that does not end by itself."""
        return self.client.stream("GET", self._address(path), timeout=None, **request)

    def _address(self, path: str) -> str:
        try:
            return self.stack.url() + path
        except (FileNotFoundError, ValueError):
            raise httpx.ConnectError("it listens nowhere") from None
