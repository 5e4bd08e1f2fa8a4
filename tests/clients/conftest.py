"""A running API for those who read its published documents, and the programs that read them."""

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from launched_stack import until
from running_api import KEY, RunningApi

from harness.emptied import empty
from journey_api.access.app_state import stack_of_app
from journey_api.main import create_app
from journey_api.settings import ApiSettings
from shared.clock import real_now
from shared.db.engine import Database
from shared.process.http_protocol import ProblemHttpProtocol
from shared.process.settings import async_address

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROVIDERS = {
    "sms_token": "token-of-the-tests",
    "whatsapp_app_secret": "secret-of-the-tests",
    "whatsapp_verify_token": "verify-token-of-the-tests",
    "email_callback_secret": "mail-secret-of-the-tests",
}
"""With them callbacks are checked, instead of answered by 503."""


@pytest.fixture(scope="module")
def api(migrated: str) -> Iterator[RunningApi]:
    """The API on an empty database, in a thread of its own; about to close, so that feeds end as soon as they begin."""
    database = Database(async_address(migrated), pool_size=10)
    app = create_app(database, real_now, ApiSettings(bootstrap_key=KEY, **PROVIDERS))
    stack_of_app(app).closing.set()
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=ProblemHttpProtocol, lifespan="on", log_config=None))

    async def serve() -> None:
        owner = Database(async_address(migrated), role=None, pool_size=1)
        async with owner.transaction() as connection:
            await empty(connection)
        await owner.close()
        await server.serve()
        await database.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        port = server.servers[0].sockets[0].getsockname()[1]
        yield RunningApi(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join()


def program(folder: Path, name: str, why_not: str) -> Path:
    """A program that `make clients` installs. Skips, or fails where it is required, with the reason."""
    found = folder / name
    if not found.exists():
        if os.environ.get("HANDOFF_REQUIRE_NODE"):
            pytest.fail(f"HANDOFF_REQUIRE_NODE is set, but {why_not}")
        pytest.skip(why_not)
    return found


@pytest.fixture(scope="session")
def python_tool() -> Callable[[str], Path]:
    """Finds a program of requirements.lock."""
    return lambda name: program(ROOT / ".venv-clients" / "bin", name, "`make clients` has not been run")


@pytest.fixture(scope="session")
def node_tool() -> Callable[[str], Path]:
    """Finds a program of package-lock.json."""
    missing = "`make clients` has not been run" if shutil.which("npm") else "there is no node with npm"
    return lambda name: program(HERE / "node_modules" / ".bin", name, missing)
