"""The README: every command in it is run, on the stack its first command starts.

Where it names a database and a broker, those of the test stand in for them. What needs a container engine is read:
its files are there and hold what it says; that they work is shown in test_compose.py and test_images.py.
"""

import asyncio
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from aiokafka import AIOKafkaConsumer
from launched_stack import Stack, launched, until
from playwright.sync_api import expect

from handoff_local.database.postgres import EmbeddedPostgres
from handoff_local.kafka import EmbeddedKafka
from harness.chromium import opened_chromium
from harness.kafka_source import Source, choose, this_machine
from shared.vocabulary import JOURNEY_TOPIC

pytestmark = [pytest.mark.database, pytest.mark.processes]

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
CUT_OFF_BY_MAX_TIME = 28
HANGS_MS = 60_000


def run(stack: Stack, block: str) -> subprocess.CompletedProcess[str]:
    """A block of the README, at the address and with the key of this stack."""
    block = block.replace("http://127.0.0.1:8080", stack.address())
    block = block.replace(".data/key", str(stack.folder / "key"))
    environment = {**os.environ, "HANDOFF_DATA_DIR": str(stack.folder)}
    command = ["bash", "-euo", "pipefail", "-c", block]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def shown_after(command: str) -> str:
    """What the README shows below a command."""
    _, _, rest = README.partition(command)
    found = re.search(r"```text\n(.*?)```", rest, re.DOTALL)
    assert found is not None
    return found[1].strip()


@pytest.fixture
def own_broker(kafka_servers: str, tmp_path: Path) -> Iterator[str]:
    """A broker for one stack alone, whose topics have the names they always have."""
    if choose(this_machine()) is not Source.JARS:
        yield kafka_servers
        return
    kafka = EmbeddedKafka(tmp_path / "kafka")
    kafka.start()
    yield kafka.bootstrap()
    kafka.stop()


@pytest.mark.kafka
async def test_two_settings_lead_to_a_real_database_and_broker(
    fresh_postgres: EmbeddedPostgres, own_broker: str, tmp_path: Path
) -> None:
    block = BLOCKS[6]
    given = {"postgresql://handoff:secret@db.example/handoff": fresh_postgres.url(), "kafka.example:9092": own_broker}
    for named, address in given.items():
        assert block.count(named) == 1
        block = block.replace(named, shlex.quote(address))
    command = ["bash", "-euc", block.replace("make run", f"exec make -C {ROOT} run")]
    with launched(command, tmp_path / "data", {}) as stack:
        until(lambda: "the demo is loaded" in stack.said(), 240)
        posted = run(stack, BLOCKS[2].splitlines()[0])
        assert "1 accepted" in posted.stdout, posted.stdout + posted.stderr
        until(lambda: "SA-07-01-c" in run(stack, BLOCKS[2].splitlines()[1]).stdout)
        assert "starting PostgreSQL" not in stack.said()
    async with (
        asyncio.timeout(60),
        AIOKafkaConsumer(JOURNEY_TOPIC, bootstrap_servers=own_broker, auto_offset_reset="earliest") as consumer,
    ):
        assert (await consumer.getone()).key


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """What the README's first command starts, demo and all."""
    with launched(["make", "-C", str(ROOT), "run"], tmp_path_factory.mktemp("run") / "data", {}) as stack:
        stack.address()
        yield stack


@pytest.mark.browser
def test_the_printed_address_leads_to_a_living_board_by_one_click(stack: Stack) -> None:
    with opened_chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(HANGS_MS)
        page.goto(stack.address())
        page.locator("button[name=as]:not([value=admin])").first.click()
        page.wait_for_url("**/board?**")
        first = page.locator(".lane .task[id^=task-]").first
        expect(first).to_be_visible(timeout=HANGS_MS)
        expect(first.locator("handoff-countdown").first).to_have_attribute("due-at", re.compile("^20"))
        expect(page.locator("#live:not([data-state])")).to_be_attached(timeout=HANGS_MS)


def test_every_command_does_what_the_readme_says(stack: Stack) -> None:
    first, explain, post, over_http, follow, look_around, *_ = BLOCKS
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make run", "make test"]
    until(lambda: "the demo is loaded" in stack.said(), 240)

    explained = run(stack, explain)
    assert explained.returncode == 0, explained.stderr
    assert explained.stdout.strip() == shown_after("handoff explain")

    posted = run(stack, post.splitlines()[0])
    assert "1 accepted" in posted.stdout, posted.stdout + posted.stderr
    look = post.splitlines()[1]
    until(lambda: "SA-07-01-c" in run(stack, look).stdout)

    again = run(stack, over_http)
    assert again.returncode == 0, again.stderr
    assert '"status":"duplicate"' in again.stdout

    followed = run(stack, follow)
    assert followed.returncode == CUT_OFF_BY_MAX_TIME, followed.stderr
    assert '"type":"handoff.task.offered.v1"' in followed.stdout

    until(lambda: "no event demo-lost-event" in run(stack, look_around).stdout)
    shown = run(stack, look_around)
    assert shown.returncode == 0, shown.stderr
    assert "product_specialist" in shown.stdout
    assert '"taken_by_task":null' in shown.stdout
    assert '"key":"first_response"' in shown.stdout


def test_what_the_readme_gives_an_engine_is_there() -> None:
    copy, up = (shlex.split(line) for line in BLOCKS[7].splitlines())
    assert copy[0] == "cp"
    assert (ROOT / copy[1]).is_file()
    assert up[:3] == ["docker", "compose", "-f"]
    assert Path(copy[2]) == Path(up[3]).parent / ".env"
    assert set(up[4:]) <= {"up", "--build", "--detach"}
    assert {"postgres", "kafka", "journey-api"} <= set(yaml.safe_load((ROOT / up[3]).read_text())["services"])
    assert len(BLOCKS) == 8, "a new block: run it"


@pytest.mark.parametrize("target", ["run", "test", "check", "help", "kafka"])
def test_the_targets_the_readme_names_exist(target: str) -> None:
    planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert planned.returncode == 0, planned.stderr


def test_every_file_the_readme_points_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
