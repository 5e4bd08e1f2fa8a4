"""docs/promises.md: its commands as they stand there, for a person of this dealership."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from launched_stack import until

pytestmark = [pytest.mark.database, pytest.mark.processes]

GUIDE = (Path(__file__).parents[2] / "docs" / "promises.md").read_text()
BLOCKS = [block.strip() for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)]
Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_promise_as_the_guide_gives_it(run: Run, api: httpx.Client) -> None:
    person = {"name": "Paulo Antunes", "roles": ["service_advisor"]}
    api.put("/v1/dealers/lisboa-01/staff/S-08", json=person).raise_for_status()
    open_case, promise = BLOCKS
    (receipt,) = _answer(run(open_case))["events"]
    assert receipt["status"] == "accepted"
    until(lambda: api.get("/v1/dealers/lisboa-01/cases/repair-order-4711").status_code == httpx.codes.OK)
    made = _answer(run(promise))
    assert (made["state"], made["amount"], made["owner"]["staff_id"]) == ("open", 250.0, "S-08"), made


def _answer(answered: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert answered.returncode == 0, answered.stderr
    document: dict[str, Any] = json.loads(answered.stdout)
    return document
