"""The API's reference: every route, shape and topic, without a key and under the policy."""

import re

import httpx
import pytest
from fastapi import FastAPI

from journey_api.console.catalogue import LANGUAGES
from journey_api.console.prose import paragraphs_of, with_code
from journey_api.console.schema_words import example_of, type_words

pytestmark = pytest.mark.database


async def test_it_needs_no_key_and_names_every_route(app: FastAPI, provider: httpx.AsyncClient) -> None:
    answer = await provider.get("/docs")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.text.count("<h1"), answer.text.count("<main")) == (1, 1)
    assert not re.search(r"<[^>]+\sstyle=|<script(?![^>]+src=)|\son[a-z]+=|https?://(?!example)", answer.text)
    document = app.openapi()
    shown = set(re.findall(r"<b>([A-Z]+)</b> ([^<]+)</a>", answer.text))
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert shown == described
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in answer.text
    assert 'id="topic-handoff.tasks.v1"' in answer.text
    ids = re.findall(r' id="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_is_whole(provider: httpx.AsyncClient, language: str) -> None:
    answer = await provider.get("/docs", headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


async def test_examples_have_what_is_required(app: FastAPI) -> None:
    document = app.openapi()
    example = example_of({"$ref": "#/components/schemas/CloudEvent"}, document)
    assert set(document["components"]["schemas"]["CloudEvent"]["required"]) <= set(example)
    assert {"dealer_id", "observed_by"} <= set(example["data"])


def test_types_are_told_in_words() -> None:
    assert type_words({"$ref": "#/components/schemas/Task"}) == "Task"
    assert type_words({"anyOf": [{"type": "string"}, {"type": "null"}]}) == "string | null"
    assert type_words({"type": "array", "items": {"type": "string", "format": "date"}}) == "[string (date)]"
    assert type_words({"enum": ["a", 1]}) == '"a" | 1'
    assert type_words({}) == "any"


async def test_what_descriptions_put_in_backticks_is_code(provider: httpx.AsyncClient) -> None:
    shown = (await provider.get("/docs")).text
    prose = re.sub(r"<pre.*?</pre>", "", shown, flags=re.DOTALL)
    assert "`" not in prose
    assert "<code>events:write</code>" in prose


def test_code_and_all_around_it_is_escaped() -> None:
    assert with_code("a < b `<i>` & `c") == "a &lt; b <code>&lt;i&gt;</code> &amp; `c"
    assert paragraphs_of("One `1`.\n\nTwo.\n") == ["One <code>1</code>.", "Two."]
    assert paragraphs_of("") == []
