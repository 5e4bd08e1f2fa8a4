"""Whatever is sent, well-formed or not, is answered as the OpenAPI document says: schemathesis asks."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from running_api import KEY, RunningApi

pytestmark = [pytest.mark.database, pytest.mark.clients]

CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def ask(schemathesis: Path, api: RunningApi, folder: Path, *options: str) -> None:
    """Put requests to every operation there is. Fails with what is said of the answers that are amiss.

    One worker: threads have been seen to break a cache of hypothesis (KeyError in its sources of lambdas).
    """
    done = subprocess.run(
        [
            *(schemathesis, "run", f"{api.address}/openapi.json", "--header", f"Authorization: Bearer {KEY}"),
            *("--checks", ",".join(CHECKS), "--continue-on-failure", "--no-color", "--warnings", "off"),
            *("--request-timeout", "60", "--workers", "1", *options),
        ],
        cwd=folder,
        env={"SCHEMATHESIS_HOOKS": "mail_bodies", "PYTHONPATH": str(Path(__file__).parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


def test_answers_are_as_described(api: RunningApi, python_tool: Callable[[str], Path], tmp_path: Path) -> None:
    chosen = ("--phases", "fuzzing", "--max-examples", "3", "--generation-deterministic", "--no-shrink")
    ask(python_tool("schemathesis"), api, tmp_path, *chosen)


@pytest.mark.nightly
def test_answers_to_many_requests_are_as_described(
    api: RunningApi, python_tool: Callable[[str], Path], tmp_path: Path
) -> None:
    chosen = (
        "--phases",
        "examples,coverage,fuzzing,stateful",
        "--max-examples",
        "100",
        "--generation-database",
        "none",
    )
    ask(python_tool("schemathesis"), api, tmp_path, *chosen)
