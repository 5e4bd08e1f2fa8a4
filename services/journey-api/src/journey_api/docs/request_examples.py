"""Examples of requests, which tests post: they are shown in OpenAPI and at `/docs`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def request_examples() -> Mapping[str, Any]:
    """A body of each operation that has one, by its operationId; text where the body is no JSON."""
    text = files("journey_api.docs").joinpath("request_examples.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def add_example(operation: Mapping[str, Any]) -> None:
    """Give an operation's body its example."""
    known = request_examples()
    if operation["operationId"] in known:
        for content in operation["requestBody"]["content"].values():
            content["example"] = known[operation["operationId"]]
