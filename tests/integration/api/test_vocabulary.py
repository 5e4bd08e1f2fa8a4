"""The vocabulary: complete, in languages, and every occurrence has an example that the API accepts."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from event_posting import DEALER, Events

from journey_api.docs.example_events import example_event
from journey_api.docs.vocabulary_page import vocabulary_page
from shared.playbook.ruleset.entries import Playbook
from shared.vocabulary import OCCURRENCES, ROLES

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
PAGE = Path(__file__).parents[3] / "docs/vocabulary.md"


async def words(client: httpx.AsyncClient, language: str | None = None) -> dict[str, Any]:
    """The vocabulary in a language."""
    headers = {"accept-language": language} if language else {}
    answer = await client.get("/v1/vocabulary", headers=headers)
    assert answer.status_code == 200
    return dict(answer.json())


async def test_every_list_is_whole_and_named(admin: httpx.AsyncClient) -> None:
    found = await words(admin)
    sizes = {name: len(rows) for name, rows in found.items() if isinstance(rows, list)}
    assert sizes == {
        "phases": 9,
        "delivery_phases": 10,
        "steps": 20,
        "roles": 14,
        "occurrences": 81,
        "topics": 28,
        "signals": 16,
        "channels": 8,
        "facts": 27,
        "time_rules": 48,
        "decline_reasons": 5,
        "wait_reasons": 4,
    }
    assert {kind: len(rows) for kind, rows in found["outcomes"].items()} == {"task": 8, "contact": 4, "case": 4}
    assert found["language"] == "en"
    assert found["tables"]["first_months_days"] == 180
    assert found["chains"]["first_response"][1] == {"after": "PT1H", "to": ["manager_of_manager"]}


async def test_names_are_of_the_language_asked_for(admin: httpx.AsyncClient) -> None:
    english, portuguese = await words(admin, "en"), await words(admin, "pt-PT,en;q=0.5")
    assert portuguese["language"] == "pt"
    for section, key in (("time_rules", "rule"), ("roles", "role"), ("occurrences", "occurrence"), ("steps", "step")):
        for here, there in zip(english[section], portuguese[section], strict=True):
            assert here[key] == there[key]
            assert there["name"] != here["name"], (section, here)
            assert there["name"] != there[key]


async def test_what_an_occurrence_tells(admin: httpx.AsyncClient) -> None:
    found = {one["occurrence"]: one for one in (await words(admin))["occurrences"]}
    known = found["early_ownership_problem_reported"]
    assert "service_advisor" in known["observers"]
    assert "SA-07-01-c" in known["entries"]
    assert not known["leads_to_nothing"]
    assert found["vehicle_returned"]["leads_to_nothing"]
    assert "client_experience_specialist" in found["remote_enquiry_received"]["observers"]
    assert all(set(one["observers"]) <= set(ROLES) and one["observers"] for one in found.values())


async def test_facts_and_rules_say_what_they_take(admin: httpx.AsyncClient) -> None:
    found = await words(admin)
    facts = {fact["path"]: fact for fact in found["facts"]}
    assert facts["problem.severity"]["values"] == ["ordinary", "serious"]
    assert facts["customer.vip"]["values"] is None
    assert (facts["feedback.about"]["lifetime"], facts["order.delayed"]["lifetime"]) == ("event", "case")
    rules = {rule["rule"]: rule for rule in found["time_rules"]}
    assert (rules["T-03"]["default"], rules["T-03"]["target"]) == ("PT60M", "first_response")
    assert (rules["T-03"]["start"], rules["T-03"]["parameter"]) == ("inbound: message", False)
    assert "told: answer" in rules["T-03"]["stop"]


async def test_any_key_reads_it(key_of: KeyOf, dealers: None, client_of: Callable[..., httpx.AsyncClient]) -> None:
    assert await words(await key_of("tasks:write"))
    assert (await client_of(None).get("/v1/vocabulary")).status_code == 401


async def test_an_example_of_each_occurrence_is_accepted(events: Events, playbook: Playbook) -> None:
    examples = [example_event(playbook, occurrence) for occurrence in OCCURRENCES]
    assert [one["data"]["occurrences"] for one in examples] == [[occurrence] for occurrence in OCCURRENCES]
    for example in examples:
        answer = await events.send(example)
        assert answer.status_code == 202, (example, answer.text)
        (receipt,) = answer.json()["events"]
        assert receipt["status"] == "accepted"


async def test_the_warnings_of_the_examples_are_those_the_vocabulary_foretells(
    events: Events, playbook: Playbook
) -> None:
    await events.client.put(
        f"/v1/dealers/{DEALER}/customers/C-1001",
        json={"channels": [{"kind": "email", "address": "ana@example.com", "verified": True}]},
    )
    foretold = {one["occurrence"] for one in (await words(events.client))["occurrences"] if one["leads_to_nothing"]}
    answer = await events.batch(*(example_event(playbook, occurrence) for occurrence in OCCURRENCES))
    receipts = dict(zip(OCCURRENCES, answer.json()["events"], strict=True))
    warned = {name for name, receipt in receipts.items() if receipt["warnings"]}
    assert foretold <= warned
    assert warned - foretold == set()


def test_the_page_is_current(playbook: Playbook) -> None:
    assert PAGE.read_text(encoding="utf-8") == vocabulary_page(playbook), "make docs"
