"""The published schema of an event and the server agree, in both directions."""

from typing import Any

import jsonschema
import pytest
from event_posting import Events
from fastapi import FastAPI

from journey_api.docs.example_events import example_event
from shared.playbook.ruleset.entries import Playbook
from shared.vocabulary import OCCURRENCES

pytestmark = pytest.mark.database
LEAD = {"email": "x@example.com"}


def validator(app: FastAPI, name: str) -> jsonschema.protocols.Validator:
    """Reads values by a schema of the published document."""
    document = app.openapi()
    return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", **document})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"step": "easy_access_ongoing_support"},
        {"step": None},
        {"customer_id": None},
        {"customer_id": None, "step": None},
        {"customer_id": None, "lead": LEAD},
        {"customer_id": None, "lead": LEAD, "step": None},
        {"lead": LEAD},
        {"step": 0},
        {"step": 21},
        {"step": "13"},
        {"step": True},
        {"occurrences": ["vehicle_delivered", "nothing"]},
        {"topics": []},
        {"facts": {"problem": {"severity": "serious"}, "claims": None}},
        {"facts": {"problem": {"severity": "grave"}}},
        {"facts": {"visit": {"waiting_customers": -1}}},
        {"note": 1},
        {"colour": "red"},
        {"observed_by": {"role": "nobody"}},
        {"dealer_id": ""},
        {"customer_id": "C/1"},
    ],
)
async def test_data_is_accepted_where_its_schema_says_so(events: Events, app: FastAPI, changes: dict[str, Any]) -> None:
    data = {**events.data(), **changes}
    event = events.event(data=data)
    published = validator(app, "CloudEvent").is_valid(event)
    answer = await events.send(event)
    assert (answer.status_code == 202) is published, (published, answer.text)
    assert validator(app, "EventData").is_valid(data) is published


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "/a b"},
        {"source": "urn:x:%41"},
        {"id": "line\nbreak"},
        {"specversion": "0.3"},
        {"type": "other"},
        {"sequence": 7},
        {"sequence": 7.5},
        {"sequence": {"a": 1}},
        {"Upper": "x"},
        {"time": None},
    ],
)
async def test_attributes_are_accepted_where_the_schema_says_so(
    events: Events, app: FastAPI, changes: dict[str, Any]
) -> None:
    event = events.event(**{"id": "1", **changes})
    assert ((await events.send(event)).status_code == 202) is validator(app, "CloudEvent").is_valid(event)


async def test_receipts_fit_their_schema_in_every_answer(events: Events, app: FastAPI) -> None:
    reader = validator(app, "Receipts")
    batch = [events.event("1"), events.event("2", data=events.data(topics=["x"])), events.event("1")]
    headers = {"content-type": "application/cloudevents-batch+json"}
    for query in ({"dry_run": "true", "partial": "true"}, {"partial": "true"}):
        answer = await events.client.post("/v1/events", json=batch, headers=headers, params=query)
        assert answer.status_code == 207
        reader.validate(answer.json())
    reader.validate((await events.batch()).json())
    problem = validator(app, "Problem")
    problem.validate((await events.batch(*batch)).json())


async def test_every_example_fits_the_schema(app: FastAPI, playbook: Playbook) -> None:
    reader = validator(app, "CloudEvent")
    for occurrence in OCCURRENCES:
        reader.validate(example_event(playbook, occurrence))


def test_each_operation_has_one_body_and_a_name_of_its_own(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    operations = [paths[path]["post"] for path in ("/v1/events", "/v1/events#batch", "/v1/events#binary")]
    bodies = [list(operation["requestBody"]["content"]) for operation in operations]
    assert bodies == [
        ["application/cloudevents+json"],
        ["application/cloudevents-batch+json"],
        ["application/json"],
    ]
    assert len({operation["operationId"] for operation in operations}) == 3
    assert {"partial", "dry_run"} == {one["name"] for one in operations[1]["parameters"]}
