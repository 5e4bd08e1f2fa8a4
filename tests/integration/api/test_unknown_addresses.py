"""An address that leads nowhere: a page with a way back for people, the problem document for programs."""

import httpx
import pytest

pytestmark = pytest.mark.database

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(("language", "title"), [("en", "Nothing here"), ("pt", "Aqui não há nada")])
async def test_a_browser_gets_a_page_with_a_way_back(provider: httpx.AsyncClient, language: str, title: str) -> None:
    answer = await provider.get("/nowhere/at/all", headers={"accept": BROWSER, "accept-language": language})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert f"<h1>{title}</h1>" in answer.text
    assert '<a class="btn" href="/">' in answer.text
    assert "/sign-out" not in answer.text


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/nowhere", "application/json"),
        ("/nowhere", "*/*"),
        ("/v1/nowhere", BROWSER),
        ("/v1", BROWSER),
    ],
)
async def test_a_program_gets_the_problem(provider: httpx.AsyncClient, path: str, accept: str) -> None:
    answer = await provider.get(path, headers={"accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["instance"] == path


async def test_what_is_sent_nowhere_is_no_page(provider: httpx.AsyncClient) -> None:
    answer = await provider.post("/nowhere", headers={"accept": BROWSER})
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
