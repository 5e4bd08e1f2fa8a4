"""The AsyncAPI document at its address."""

import httpx
import pytest

from journey_api.docs.asyncapi import describe
from journey_api.main import create_app
from journey_api.settings import ApiSettings
from shared.clock import Clock
from shared.db.engine import Database
from shared.playbook.ruleset.entries import Playbook

pytestmark = pytest.mark.database


@pytest.mark.parametrize("partitions", [12, 3])
async def test_the_document_is_read_without_a_key_as_openapi_is(
    database: Database, clock: Clock, playbook: Playbook, partitions: int
) -> None:
    """Its topics have as many partitions as the installation's."""
    app = create_app(database, clock, ApiSettings(kafka_partitions=partitions), playbook=playbook)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://handoff.test") as client:
        answer, again, openapi = [
            await client.get(path) for path in ("/asyncapi.json", "/asyncapi.json", "/openapi.json")
        ]
        docs = await client.get("/docs")
        unsent = await client.post("/asyncapi.json")
    assert (answer.status_code, openapi.status_code, unsent.status_code) == (200, 200, 405)
    assert answer.headers["content-type"] == openapi.headers["content-type"] == "application/json"
    assert answer.json() == again.json() == describe(app.title, app.version, partitions, playbook)
    assert answer.json()["info"]["version"] == openapi.json()["info"]["version"]
    assert 'href="/asyncapi.json"' in docs.text


@pytest.mark.parametrize("brokers", ["", "kafka.example:9092"])
async def test_no_broker_is_named(database: Database, clock: Clock, playbook: Playbook, brokers: str) -> None:
    app = create_app(database, clock, ApiSettings(kafka_bootstrap_servers=brokers), playbook=playbook)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://handoff.test") as client:
        answer = await client.get("/asyncapi.json")
    assert answer.status_code == 200
    assert "kafka.example" not in answer.text
    assert [server["host"] for server in answer.json()["servers"].values()] == ["{bootstrap}"]
