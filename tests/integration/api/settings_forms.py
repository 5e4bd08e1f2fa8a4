"""The settings as somebody without script uses them: open a part, type, see what it changes, store."""

from typing import Any

import httpx
import pytest
from console_visitor import HERE, Element, Visitor, read_page
from event_posting import DEALER
from fastapi import FastAPI

PATH = f"/settings/{DEALER}"
RECORD = f"/v1/dealers/{DEALER}"


@pytest.fixture
async def visitor(app: FastAPI) -> Any:
    """An admin with a session."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://handoff.test") as client:
        yield await Visitor(client, PATH).sign_in("bootstrap-key-of-the-tests")


def fields_of(page: Element) -> dict[str, str | list[str]]:
    """What the form of the page would send as it stands."""
    form = page.one("form", id="settings")
    given: dict[str, str | list[str]] = {}
    for one in form.all("input"):
        kind, name = one.attributes.get("type", "text"), one.attributes["name"]
        if kind == "checkbox":
            given.setdefault(name, [])
            if "checked" in one.attributes:
                given[name] += [one.attributes["value"]]  # type: ignore[operator]
        else:
            given[name] = one.attributes.get("value", "")
    for one in form.all("textarea"):
        given[one.attributes["name"]] = one.text
    for one in form.all("select"):
        chosen = [option for option in one.all("option") if "selected" in option.attributes]
        given[one.attributes["name"]] = chosen[0].attributes["value"] if chosen else ""
    return given


async def change(visitor: Visitor, part: str, status: int = 200, **typed: Any) -> Element:
    """Open a part, type, and see what it would change."""
    page = await visitor.open(f"{PATH}?part={part}")
    return await send(visitor, page, part, status, do="preview", **typed)


async def send(visitor: Visitor, page: Element, part: str, status: int = 200, **typed: Any) -> Element:
    """Send the form of a page with something typed; the page that answers."""
    answer = await visitor.client.post(f"{PATH}?part={part}", data=fields_of(page) | typed, headers=HERE)
    assert answer.status_code == status, answer.text
    return read_page(answer.text)


async def store(visitor: Visitor, page: Element, part: str) -> None:
    """Store what a page has shown."""
    answer = await visitor.client.post(f"{PATH}?part={part}", data=fields_of(page) | {"do": "store"}, headers=HERE)
    assert (answer.status_code, answer.headers.get("location", "").partition("&")[0]) == (303, f"{PATH}?part={part}")


async def record(admin: httpx.AsyncClient, path: str = "") -> dict[str, Any]:
    """A record as the API shows it."""
    shown: dict[str, Any] = (await admin.get(RECORD + path)).json()
    return shown
