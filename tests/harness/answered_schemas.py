"""Answers held against the OpenAPI document: every status documented, every body of its schema."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import httpx
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from shared.channels.registry import customer_channels

_MODES: Final = {"application/cloudevents-batch+json": "#batch", "application/json": "#binary"}
"""What follows the path of events in the document, by the type of the body."""


_KNOWN: dict[tuple[str, ...], "AnsweredSchemas"] = {}


def answered_schemas(app: FastAPI) -> "AnsweredSchemas":
    """What an application says of its answers; all applications of a process with the same channels say the same."""
    channels = tuple(customer_channels())
    if channels not in _KNOWN:
        _KNOWN[channels] = AnsweredSchemas(app.openapi())
    return _KNOWN[channels]


class AnsweredSchemas:
    """What an OpenAPI document says of answers; `check` is a hook for an httpx client of tests."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._validators: dict[str, Draft202012Validator] = {}

    async def check(self, response: httpx.Response) -> None:
        """Fail for an answer of the API that its document does not allow."""
        path = response.request.url.path
        mode = _MODES.get(response.request.headers.get("content-type", ""), "") if path == "/v1/events" else ""
        operation = self._operation(response.request.method.lower(), path + mode)
        if operation is None or response.headers.get("content-type", "").startswith("text/event-stream"):
            return
        status = str(response.status_code)
        assert status in operation["responses"], f"{response.request.method} {path}: {status} is not documented"
        described = _resolved(self._document, operation["responses"][status])
        if response.is_success:
            assert ("etag" in response.headers) == ("ETag" in described.get("headers", {})), f"{path}: ETag of {status}"
        content = described.get("content", {})
        kind = response.headers.get("content-type", "").partition(";")[0]
        await response.aread()
        if not response.content:
            return
        assert kind in content, f"{response.request.method} {path}: {status} as {kind} is not documented"
        if kind.endswith("json"):
            faults = [
                f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:300]}"
                for fault in self._validator(str(content[kind]["schema"]), content[kind]["schema"]).iter_errors(
                    response.json()
                )
            ]
            assert not faults, f"{response.request.method} {path}: {status} breaks its schema: {faults[:3]}"

    def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        if not path.startswith("/v1/"):
            return None
        return next((one for form, one in self._operations(method) if form.fullmatch(path)), None)

    @cache  # noqa: B019 - it lives as long as the process
    def _operations(self, method: str) -> list[tuple[re.Pattern[str], Mapping[str, Any]]]:
        """The operations of a method, those with fixed names before those with parameters in their place."""
        paths = self._document["paths"]
        found = [(path, item[method]) for path, item in paths.items() if method in item]
        found.sort(key=lambda one: [part.startswith("{") for part in one[0].split("/")])
        return [(re.compile(re.sub(r"\\\{[^}]+\\\}|\{[^}]+\}", "[^/]+", path)), item) for path, item in found]

    def _validator(self, key: str, schema: Mapping[str, Any]) -> Draft202012Validator:
        if key not in self._validators:
            whole = {**schema, "components": self._document["components"]}
            self._validators[key] = Draft202012Validator(whole)
        return self._validators[key]


def _resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = document
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found  # type: ignore[no-any-return]
