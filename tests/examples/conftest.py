"""One real stack for the examples of a file, with a dealership that they are written for."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from launched_stack import Stack, handoff_up, until

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
DEALER = "lisboa-01"
PEOPLE = {"S-7": ["service_advisor"], "S-12": ["product_specialist"], "S-3": ["salesperson"]}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it overrides
        """Say nothing."""


@pytest.fixture(scope="session")
def other_origin() -> Iterator[str]:
    """Where docs/examples is served, as a site of somebody else."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *a: _Quiet(*a, directory=str(EXAMPLES)))  # type: ignore[arg-type]
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def stack(other_origin: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything on this machine, without the demo."""
    settings = {"HANDOFF_DEMO": "0", "HANDOFF_CORS_ORIGINS": other_origin}
    with handoff_up(tmp_path_factory.mktemp("examples") / "data", settings) as stack:
        until(lambda: "ready at " in stack.said() or stack.process.poll() is not None, 180)
        assert stack.process.poll() is None, stack.said()
        yield stack


@pytest.fixture(scope="session")
def address(stack: Stack) -> str:
    """Where the stack is found."""
    return next(line.removeprefix("ready at ") for line in stack.said().splitlines() if line.startswith("ready at "))


@pytest.fixture(scope="session")
def key(stack: Stack) -> str:
    """A key that may do everything."""
    return (stack.folder / "key").read_text().strip()


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
def folder(tmp_path: Path, stack: Stack) -> Path:
    """A checkout's folder with copies of the examples, in which commands may leave files, and the stack's data."""
    shutil.copytree(EXAMPLES, tmp_path / "docs" / "examples")
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / ".data").symlink_to(stack.folder)
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
