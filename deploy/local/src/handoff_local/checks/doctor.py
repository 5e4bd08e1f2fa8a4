"""`handoff doctor`: looks at the database, Kafka, the services, the channels and the dealers, and names the cure."""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg

from handoff_local.checks.channels import examine_channels, mail_domain
from handoff_local.checks.dealers import examine_dealer
from handoff_local.checks.findings import Finding
from handoff_local.checks.kafka import examine_kafka
from handoff_local.client import connect
from handoff_local.errors import CommandFailed
from handoff_local.launcher.data_folder import SINK, DataFolder
from handoff_local.launcher.readiness import ask_ready
from handoff_local.launcher.settings import StackSettings
from handoff_local.launcher.stack import SERVICES
from shared.process.settings import InvalidSettings


def examine() -> Iterator[Finding]:
    """Everything there is to say, from the ground up. What cannot be looked at any further ends it."""
    try:
        settings = StackSettings()
    except InvalidSettings as refused:
        for line in str(refused).splitlines():
            yield Finding("broken", line, "correct the environment variable")
        return
    folder = DataFolder(settings.data_dir)
    yield from _examine_database(settings)
    yield from examine_kafka(settings)
    yield from _examine_services(settings, folder)
    yield from examine_channels(settings, folder.port(SINK))
    yield from _examine_dealers(mail_domain(settings))


def _examine_database(settings: StackSettings) -> Iterator[Finding]:
    from handoff_local.database.migrate import head

    try:
        found = asyncio.run(_revision(settings.database_address()))
    except (RuntimeError, OSError, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        why = str(error) or type(error).__name__
        yield Finding("broken", f"the database cannot be reached: {why}", _database_cure(settings))
        return
    yield Finding("good", "the database answers")
    if found == head():
        yield Finding("good", f"the migrations are at head ({found})")
    else:
        yield Finding("broken", f"the migrations are at {found or 'nothing'}, head is {head()}", "handoff migrate")


async def _revision(address: str) -> str | None:
    connection = await asyncpg.connect(address.replace("postgresql+asyncpg://", "postgresql://"), timeout=5)
    try:
        if not await connection.fetchval("select to_regclass('public.alembic_version')"):
            return None
        revision: str | None = await connection.fetchval("select version_num from public.alembic_version")
        return revision
    finally:
        await connection.close()


def _database_cure(settings: StackSettings) -> str:
    return "correct HANDOFF_DATABASE_URL" if settings.database_url else "make run"


def _examine_services(settings: StackSettings, folder: DataFolder) -> Iterator[Finding]:
    for service, port in zip(SERVICES, settings.ports(), strict=True):
        found = folder.port(service.name) or port
        status, checks = ask_ready(settings.http_host, found, timeout=3)
        if status == 200:
            yield Finding("good", f"{service.name} is ready on port {found}")
        elif status == 0:
            yield Finding("broken", f"{service.name} does not answer on port {found}", "make run")
        else:
            yield Finding(
                "broken", f"{service.name} is not ready: {_failing(checks)}", f"see {folder.log(service.name)}"
            )


def _failing(checks: dict[str, Any]) -> str:
    parts = checks.get("checks", checks)
    return ", ".join(f"{name}: {state}" for name, state in parts.items()) if isinstance(parts, dict) else str(parts)


def _examine_dealers(domain: str | None) -> Iterator[Finding]:
    try:
        client = connect()
        dealers = list(client.items("/v1/dealers"))
    except CommandFailed as failed:
        yield Finding("broken", f"the API cannot be asked: {failed}", "make run, or set HANDOFF_URL and HANDOFF_KEY")
        return
    if not dealers:
        yield Finding("missing", "there is no dealer", "PUT /v1/dealers/{dealer_id} {name, time_zone}")
    for dealer in dealers:
        yield from examine_dealer(client, dealer, domain)
