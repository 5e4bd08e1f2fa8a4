"""A service as a real process: its port, its readiness, its end."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

pytestmark = [pytest.mark.database, pytest.mark.processes]

PROGRAM = """
import asyncio
from contextlib import asynccontextmanager
from shared.db.engine import Database
from shared.process.health import Health, database_checks
from shared.process.runner import Parts, run_service
from notifier.settings import NotifierSettings

async def loop(stop):
    if {broken}:
        raise ValueError("the loop is broken")
    await stop.wait()
    print('{{"event": "batch_finished"}}', flush=True)

@asynccontextmanager
async def build(settings, stop):
    database = Database(settings.database_address())
    yield Parts(Health(database_checks(database)), {{"loop": loop}})
    await database.close()

run_service("notifier", NotifierSettings, build)
"""


@asynccontextmanager
async def _service(folder: Path, database_url: str, broken: bool = False) -> AsyncIterator[Process]:
    settings = {
        "HANDOFF_DATABASE_URL": database_url,
        "HANDOFF_DATA_DIR": str(folder),
        "HANDOFF_NOTIFIER_PORT": "0",
        "PATH": "",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM.format(broken=broken), stdout=PIPE, env=settings
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _line(process: Process, event: str) -> dict[str, object]:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        async for line in process.stdout:
            if (content := json.loads(line))["event"] == event:
                return content
    raise AssertionError(f"ended without {event}")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Made before the moment it is needed, which is short."""
    async with httpx.AsyncClient() as client:
        yield client


async def _until_status(client: httpx.AsyncClient, address: str, status: int) -> httpx.Response:
    async with asyncio.timeout(60):
        while (answer := await client.get(address)).status_code != status:
            pass
        return answer


async def test_a_service_tells_its_port_becomes_ready_and_stops_in_order(
    tmp_path: Path, migrated: str, client: httpx.AsyncClient
) -> None:
    async with _service(tmp_path, migrated) as process:
        port = (await _line(process, "listening"))["port"]
        assert (tmp_path / "notifier.port").read_text() == f"{port}\n"
        address = f"http://127.0.0.1:{port}"
        ready = await _until_status(client, f"{address}/readyz", 200)
        assert set(ready.json()["checks"]) == {"process", "database", "schema", "loops"}
        metrics = await _until_status(client, f"{address}/metrics", 200)
        assert 'service="notifier"' in metrics.text
        process.send_signal(signal.SIGTERM)
        stopping = await _until_status(client, f"{address}/readyz", 503)
        assert stopping.json()["checks"]["process"] == "stopping"
        await _line(process, "batch_finished")
        async with asyncio.timeout(60):
            assert await process.wait() == 0


async def test_a_loop_that_keeps_failing_ends_the_process_with_its_reason(tmp_path: Path, migrated: str) -> None:
    async with _service(tmp_path, migrated, broken=True) as process:
        told = await _line(process, "service_failed")
        assert told["causes"] == ["ValueError: the loop is broken"]
        async with asyncio.timeout(60):
            assert await process.wait() == 1


async def test_a_service_without_its_database_lives_and_is_not_ready(tmp_path: Path, client: httpx.AsyncClient) -> None:
    async with _service(tmp_path, "postgresql://handoff@127.0.0.1:1/handoff") as process:
        address = f"http://127.0.0.1:{(await _line(process, 'listening'))['port']}"
        answer = await _until_status(client, f"{address}/readyz", 503)
        assert answer.json()["checks"] == {
            "process": "ok",
            "database": "failed: ConnectionRefusedError",
            "schema": "failed: ConnectionRefusedError",
            "loops": "not running: loop",
        }
        assert (await _until_status(client, f"{address}/livez", 200)).json() == {"status": "alive"}
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            assert await process.wait() == 0


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("journey_api", ["HANDOFF_HTTP_PORT", "HANDOFF_PUBLIC_URL"]),
        ("handoff_worker", ["HANDOFF_WORKER_PORT"]),
        ("notifier", ["HANDOFF_NOTIFIER_PORT", "HANDOFF_SMTP_URL"]),
    ],
)
async def test_each_setting_that_cannot_be_ends_it_with_a_line(module: str, names: list[str]) -> None:
    settings = dict.fromkeys(names, "a lot") | {"PATH": ""}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, stdout=PIPE, stderr=PIPE, env=settings)
    said, complained = await process.communicate()
    assert (process.returncode, said) == (1, b"")
    assert sorted(line.split(":")[0] for line in complained.decode().splitlines()) == names
