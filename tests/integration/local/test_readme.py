"""The README: every command in it is run, on the stack its first command starts."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from launched_stack import Stack, launched, until

pytestmark = [pytest.mark.database, pytest.mark.processes]

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
CUT_OFF_BY_MAX_TIME = 28


def run(stack: Stack, block: str) -> subprocess.CompletedProcess[str]:
    """A block of the README, at the address and with the key of this stack."""
    said = next(line for line in stack.said().splitlines() if line.startswith("ready at "))
    block = block.replace("http://127.0.0.1:8080", said.removeprefix("ready at "))
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


def test_every_command_does_what_the_readme_says(tmp_path: Path) -> None:
    first, explain, post, over_http, follow = BLOCKS
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make run", "make test"]
    with launched(["make", "-C", str(ROOT), "run"], tmp_path / "data", {}) as stack:
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
        assert followed.stdout.startswith(":")


@pytest.mark.parametrize("target", ["run", "test", "check", "help"])
def test_the_targets_the_readme_names_exist(target: str) -> None:
    planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert planned.returncode == 0, planned.stderr


def test_every_file_the_readme_points_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
