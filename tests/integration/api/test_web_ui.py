"""The page at the address of a stack."""

import httpx
import pytest

from journey_api.main import create_app
from shared.clock import Clock
from shared.db.engine import Database
from shared.playbook.ruleset.entries import Playbook
from shared.process.settings import Settings

pytestmark = pytest.mark.database


@pytest.mark.parametrize("sink", ["", "http://127.0.0.1:8025/?a=1&b=2"])
async def test_the_front_page_links_the_parts_without_a_key(
    database: Database, clock: Clock, playbook: Playbook, sink: str
) -> None:
    app = create_app(database, clock, Settings(sink_url=sink), playbook=playbook)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://handoff.test") as client:
        answer = await client.get("/")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for link in ("/openapi.json", "/v1/tasks/feed", "/v1/sla/feed"):
        assert f'href="{link}"' in answer.text
    assert ("a=1&amp;b=2" in answer.text) == bool(sink)
