"""The dealership that the examples are written for, on the real stack of the worker."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from launched_stack import Stack

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
DEALER = "lisboa-01"
PEOPLE = {"S-7": ["service_advisor"], "S-12": ["product_specialist"], "S-3": ["salesperson"]}


@pytest.fixture(scope="session")
def address(plain_stack: Stack) -> str:
    """Where the stack is found."""
    return plain_stack.address()


@pytest.fixture(scope="session")
def key(plain_stack: Stack) -> str:
    """A key that may do everything."""
    return plain_stack.key()


@pytest.fixture(scope="session")
def api(address: str, key: str) -> Iterator[httpx.Client]:
    """The API as an admin; the dealership is there."""
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False) as client:
        dealer = {"name": "Avenida Motors", "time_zone": "Europe/Lisbon"}
        client.put(f"/v1/dealers/{DEALER}", json=dealer).raise_for_status()
        for staff_id, roles in PEOPLE.items():
            person = {"name": f"Person {staff_id}", "roles": roles}
            client.put(f"/v1/dealers/{DEALER}/staff/{staff_id}", json=person).raise_for_status()
        yield client


@pytest.fixture
def folder(tmp_path: Path, plain_stack: Stack) -> Path:
    """A checkout's folder with copies of the examples, in which commands may leave files, and the stack's data."""
    shutil.copytree(EXAMPLES, tmp_path / "docs" / "examples")
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / ".data").symlink_to(plain_stack.folder)
    return tmp_path


@pytest.fixture
def run(address: str, key: str, api: httpx.Client, folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a shell command in that folder, with the stack's address and key."""
    assert not api.is_closed

    def run_it(command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}
        environment = {**inherited, "HANDOFF_URL": address, "HANDOFF_KEY": key, **settings}
        return subprocess.run(
            ["bash", "-uo", "pipefail", "-c", command.replace("http://127.0.0.1:8080", address)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run_it
