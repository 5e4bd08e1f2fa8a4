"""Liveness, readiness and metrics."""

from pathlib import Path

import httpx
from alembic.config import Config
from alembic.script import ScriptDirectory
from starlette.applications import Starlette

from shared.db.engine import Database
from shared.process.health import OK, SCHEMA_HEAD, Health, database_checks

MIGRATIONS = Path(__file__).parents[3] / "migrations"


async def _get(health: Health, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=health.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.get(path)


async def _well() -> str:
    return OK


async def _ill() -> str:
    return "on fire"


async def _broken() -> str:
    raise ValueError("secret")


def test_the_schema_the_code_needs_is_the_newest_migration() -> None:
    scripts = ScriptDirectory.from_config(Config(MIGRATIONS / "alembic.ini"))
    assert scripts.get_current_head() == SCHEMA_HEAD


async def test_ready_when_all_is_well() -> None:
    answer = await _get(Health({"fire": _well}), "/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"process": "ok", "fire": "ok"}}


async def test_not_ready_says_which_check_fails() -> None:
    answer = await _get(Health({"a": _well, "b": _ill, "c": _broken}), "/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"process": "ok", "a": "ok", "b": "on fire", "c": "failed: ValueError"}


async def test_not_ready_once_told_to_stop_but_alive() -> None:
    health = Health({"fire": _well})
    health.stopping = True
    answer = await _get(health, "/readyz")
    assert (answer.status_code, answer.json()["checks"]["process"]) == (503, "stopping")
    assert (await _get(health, "/livez")).status_code == 200


async def test_metrics_are_served() -> None:
    answer = await _get(Health({}), "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "handoff_consumer_records_total" in answer.text


async def test_a_database_that_is_not_there_is_told() -> None:
    nowhere = Database("postgresql+asyncpg://handoff@127.0.0.1:1/handoff")
    answer = await _get(Health(database_checks(nowhere)), "/readyz")
    assert answer.status_code == 503
    assert set(answer.json()["checks"].values()) == {"ok", "failed: ConnectionRefusedError"}
    await nowhere.close()
