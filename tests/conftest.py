"""Fixtures of every test: a migrated PostgreSQL of this worker, emptied between tests, a Kafka, a movable clock."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from launched_stack import Stack, handoff_up

from handoff_local.database.postgres import EmbeddedPostgres
from harness.clocks import MovableClock
from harness.emptied import empty
from harness.kafka_source import NoKafka, Source, choose, shared_broker, this_machine
from harness.served_folder import served
from shared.db.engine import EVERY_DEALER, Database
from shared.process.runner import spare_the_collector
from shared.process.settings import async_address

ROOT = Path(__file__).parent.parent

# how long an example takes says more of the machine than of the product
settings.register_profile("handoff", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("handoff")

# an exception told in colours, with every local, takes seconds in which nothing else of the process goes on
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

# pytest takes from others the right to pass through its folder whenever a run begins, and so from the PostgreSQL of
# another run: each checkout has a folder of its own
TEMPORARY = Path(tempfile.gettempdir()) / f"handoff-tests-{sha256(bytes(ROOT)).hexdigest()[:8]}"
TEMPORARY.mkdir(mode=0o755, exist_ok=True)
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(TEMPORARY))

# the brokers of the tests live for minutes: starting one costs half of what it would with the optimizing compiler
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


# in place of Python's own handler asyncio sets another for each test and fixture, and comparing the two writes out the
# value of the fixture
signal.signal(signal.SIGINT, _interrupt)


def pytest_collection_finish() -> None:
    """Spare the collector as a service does: what was collected lives until the end, thousands of tests and modules."""
    spare_the_collector()


@pytest.fixture
def clock() -> MovableClock:
    """A Monday morning, 10:00 in Lisbon (winter time)."""
    return MovableClock(datetime(2026, 11, 23, 10, 0, tzinfo=UTC))


@contextmanager
def started_postgres() -> Iterator[EmbeddedPostgres]:
    """A server on a folder of its own, outside pytest's, whose rights every run of pytest sets anew."""
    with tempfile.TemporaryDirectory(prefix="handoff-pg-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder), tuning={"fsync": "off", "shared_buffers": "128MB"})
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server of this test worker's own."""
    with started_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def fresh_postgres() -> Iterator[EmbeddedPostgres]:
    """A server that nobody has migrated."""
    with started_postgres() as server:
        yield server


def migrate(address: str) -> None:
    """Run the migrate job on an address, as the deployed one does."""
    command = [sys.executable, "-m", "alembic", "-c", str(ROOT / "migrations/alembic.ini"), "upgrade", "head"]
    subprocess.run(command, check=True, env={"PATH": "", "HANDOFF_MIGRATE_DATABASE_URL": address}, capture_output=True)


@pytest.fixture(scope="session")
def migrated(postgres: EmbeddedPostgres) -> str:
    """The address of a migrated database."""
    migrate(postgres.url())
    return postgres.url()


@pytest.fixture(scope="session")
async def open_database(migrated: str) -> AsyncIterator[Database]:
    """The API's view of the migrated database, kept open for the whole run."""
    database = Database(async_address(migrated), pool_size=20)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def open_services_database(migrated: str) -> AsyncIterator[Database]:
    """The view of worker and notifier, kept open for the whole run."""
    database = Database(async_address(migrated), sees=EVERY_DEALER, pool_size=20, plan_once=True)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def owner_database(migrated: str) -> AsyncIterator[Database]:
    """The same database as its owner, whom row-level security does not bind."""
    database = Database(async_address(migrated), role=None, pool_size=1)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def kafka_servers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The bootstrap address of a real Kafka, one broker for all test workers: let topics and groups be a test's own."""
    machine = this_machine()
    try:
        source = choose(machine)
    except NoKafka as none:
        if machine.required:
            pytest.fail(f"HANDOFF_REQUIRE_KAFKA is set, but {none}")
        pytest.skip(f"Kafka: {none}")
    if source is Source.GIVEN:
        yield machine.given
        return
    folder = tmp_path_factory.getbasetemp()
    with shared_broker((folder if worker_id == "master" else folder.parent) / "kafka", source) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def other_origin() -> Iterator[str]:
    """Where docs/examples is served, as a site of somebody else."""
    with served(ROOT / "docs" / "examples") as port:
        yield f"http://localhost:{port}"


@pytest.fixture(scope="session")
def plain_stack(other_origin: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything on this machine but the demo, for all tests of a worker: let dealers be a file's or a test's own."""
    settings = {"HANDOFF_DEMO": "0", "HANDOFF_CORS_ORIGINS": other_origin}
    with handoff_up(tmp_path_factory.mktemp("plain") / "data", settings) as stack:
        stack.address()
        yield stack


@pytest.fixture
async def database(open_database: Database, owner_database: Database) -> Database:
    """An empty database, in the services' role."""
    async with owner_database.transaction() as connection:
        await empty(connection)
    return open_database


@pytest.fixture
async def services_database(database: Database, open_services_database: Database) -> Database:
    """The same empty database as worker and notifier see it: every dealer, from a connection's start."""
    return open_services_database
