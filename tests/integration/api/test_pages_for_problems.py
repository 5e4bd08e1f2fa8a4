"""Problems as pages: a page with a way back for people, the problem document for programs."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

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
    assert 'href=""' not in answer.text
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


@pytest.fixture
def failing(app: FastAPI) -> FastAPI:
    """An app with addresses that fail in each way, of the console, of the API and of customers."""
    for place in ("", "/v1", "/u/token"):

        async def bug() -> None:
            raise RuntimeError("secret internals")

        async def away() -> None:
            raise OperationalError("select", None, ConnectionRefusedError())

        app.add_api_route(f"{place}/bug", bug, methods=["GET", "POST"])
        app.add_api_route(f"{place}/away", away)
    return app


@pytest.mark.parametrize(
    ("path", "status", "language", "title"),
    [
        ("/bug", 500, "en", "That did not work"),
        ("/bug", 500, "es", "No ha funcionado"),
        ("/away", 503, "en", "Not just now"),
        ("/away", 503, "zh", "暂时无法使用"),
    ],
)
async def test_a_browser_gets_a_page_of_a_failure(
    failing: FastAPI, provider: httpx.AsyncClient, path: str, status: int, language: str, title: str
) -> None:
    answer = await provider.get(path, headers={"accept": BROWSER, "accept-language": language})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert f"<h1>{title}</h1>" in answer.text
    assert '<a class="btn primary" href="">' in answer.text
    assert '<a class="btn" href="/">' in answer.text
    assert "/sign-out" not in answer.text
    assert "secret" not in answer.text
    assert answer.headers.get("retry-after") == ("1" if status == 503 else None)


async def test_a_form_that_fails_is_answered_by_a_page(failing: FastAPI, provider: httpx.AsyncClient) -> None:
    answer = await provider.post("/bug", headers={"accept": BROWSER})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert 'href=""' not in answer.text


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/bug", "*/*"),
        ("/away", "application/json"),
        ("/v1/bug", BROWSER),
        ("/v1/away", BROWSER),
        ("/u/token/bug", BROWSER),
    ],
)
async def test_a_program_gets_the_problem_of_a_failure(
    failing: FastAPI, provider: httpx.AsyncClient, path: str, accept: str
) -> None:
    answer = await provider.get(path, headers={"accept": accept})
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["status"] == answer.status_code >= 500
