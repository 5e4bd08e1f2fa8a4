"""Dealers' own wordings of messages: judged on PUT, shown by previews, kept by version."""

import httpx
import pytest

from harness.provider_callbacks import DEALER

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
ROOT = f"/v1/dealers/{DEALER}/templates"
WORDS = {"subject": "Thank you", "body": "We have it.{% if answer_by %} You hear by {{ answer_by }}.{% endif %}"}


async def put(admin: httpx.AsyncClient, words: dict[str, str], name: str = "ACK", locale: str = "en") -> httpx.Response:
    return await admin.put(f"{ROOT}/{name}/{locale}", json=words)


async def preview(admin: httpx.AsyncClient, name: str = "ACK", locale: str = "en") -> dict[str, str]:
    query = {"dealer_id": DEALER, "locale": locale}
    return dict((await admin.get(f"/v1/messages/templates/{name}/preview", params=query)).json())


async def test_its_words_stand_between_greeting_and_signature(admin: httpx.AsyncClient) -> None:
    before = await preview(admin)
    answer = await put(admin, WORDS)
    assert (answer.status_code, answer.json()["version"]) == (201, "own-1")
    shown = await preview(admin)
    assert (shown["subject"], shown["version"]) == ("Thank you", "own-1")
    assert shown["text"].startswith("Dear Ana Sousa,\n\nWe have it. You hear by ")
    assert "We have it." in shown["html"]
    assert (await preview(admin, locale="pt"))["version"] != "own-1"
    assert (await admin.delete(f"{ROOT}/ACK/en")).status_code == 204
    assert await preview(admin) == before


async def test_each_wording_is_a_version_and_the_same_again_is_none(admin: httpx.AsyncClient) -> None:
    answers = [await put(admin, WORDS), await put(admin, WORDS), await put(admin, {**WORDS, "subject": "Thanks"})]
    assert [(one.status_code, one.json()["version"]) for one in answers] == [
        (201, "own-1"),
        (200, "own-1"),
        (200, "own-2"),
    ]
    await admin.delete(f"{ROOT}/ACK/en")
    assert (await put(admin, WORDS)).json()["version"] == "own-3"
    (listed,) = (await admin.get(ROOT)).json()["items"]
    assert (listed["name"], listed["locale"], listed["version"], listed["body"]) == (
        "ACK",
        "en",
        "own-3",
        WORDS["body"],
    )
    assert (await admin.get(f"{ROOT}/ACK/en")).json() == listed


async def test_a_locale_comes_before_its_language(admin: httpx.AsyncClient) -> None:
    await put(admin, {**WORDS, "subject": "Obrigado"}, locale="pt")
    await put(admin, {**WORDS, "subject": "Valeu"}, locale="pt-BR")
    assert (await preview(admin, locale="pt-BR"))["subject"] == "Valeu"
    assert (await preview(admin, locale="pt-PT"))["subject"] == "Obrigado"


async def test_peoples_own_templates_are_worded_too(admin: httpx.AsyncClient) -> None:
    assert (await put(admin, {"subject": "A call", "body": "We call: {{ when }}."}, "call_back")).status_code == 201
    assert (await preview(admin, "call_back"))["subject"] == "A call"
    assert [one["name"] for one in (await admin.get(ROOT)).json()["items"]] == ["call_back"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"body": "{{ plate }}"}, "/body"),
        ({"body": "{{ dealer.__class__ }}"}, "/body"),
        ({"body": "{% for x in dealer %}{{ x }}{% endfor %}"}, "/body"),
        ({"body": "{% endblock %}{% block other %}x"}, "/body"),
        ({"body": "By {{ answer_by }}"}, "/body"),
        ({"body": "word " * 400}, "/body"),
        ({"body": "日本"}, "/body"),
        ({"body": ""}, "/body"),
        ({"subject": "{{ plate }}"}, "/subject"),
        ({"subject": "a\nb"}, "/subject"),
        ({"subject": "{% include 'letter.txt' %}"}, "/subject"),
        ({"greeting": "Hi"}, "/greeting"),
    ],
)
async def test_what_would_not_do_is_refused(admin: httpx.AsyncClient, changed: dict[str, str], pointer: str) -> None:
    answer = await put(admin, {**WORDS, **changed})
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {pointer}
    assert (await admin.get(f"{ROOT}/ACK/en")).status_code == 404


@pytest.mark.parametrize(
    ("name", "locale", "status"), [("NOTHING", "en", 404), ("ACK", "fr", 422), ("ACK", "pt_PT!", 422)]
)
async def test_what_there_is_not_cannot_be_worded(
    admin: httpx.AsyncClient, name: str, locale: str, status: int
) -> None:
    assert (await put(admin, WORDS, name, locale)).status_code == status


async def test_a_wording_has_versions_as_every_document_of_a_dealer(admin: httpx.AsyncClient) -> None:
    path = f"{ROOT}/ACK/en"
    assert (await admin.put(path, json=WORDS, headers={"If-Match": '"own-1"'})).status_code == 412
    first = await admin.put(path, json=WORDS)
    assert (first.headers["etag"], (await admin.get(path)).headers["etag"]) == ('"own-1"', '"own-1"')
    second = await admin.put(path, json={**first.json(), "subject": "Thanks"}, headers={"If-Match": '"own-1"'})
    assert (second.status_code, second.headers["etag"]) == (200, '"own-2"')
    assert (await admin.put(path, json=first.json())).status_code == 412
    assert (await admin.put(path, json=WORDS, headers={"If-Match": '"own-1"'})).status_code == 412
    assert (await admin.put(path, json=second.json())).json() == second.json()
    for field, other in (("dealer_id", "porto-01"), ("name", "REMIND"), ("locale", "pt")):
        answer = await admin.put(path, json={**WORDS, field: other})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, f"/{field}")
    assert (await admin.delete(path, headers={"If-Match": '"own-1"'})).status_code == 412
    assert (await admin.delete(path, headers={"If-Match": '"own-2"'})).status_code == 204
    assert (await admin.delete(path)).status_code == 404
