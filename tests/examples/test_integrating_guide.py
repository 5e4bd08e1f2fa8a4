"""docs/integrating.md: every command as it stands there, for people of this dealership."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

pytestmark = [pytest.mark.database, pytest.mark.processes]

GUIDE = (Path(__file__).parents[2] / "docs" / "integrating.md").read_text()
BLOCKS = [block.strip() for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)]
Run = Callable[..., subprocess.CompletedProcess[str]]


def test_every_step_of_the_guide_for_systems(run: Run, folder: Path, api: httpx.Client) -> None:
    of_the_dms, post, follow, of_the_phone, export = (block.replace("S-17", "S-12") for block in BLOCKS)
    assert api.get("/v1/me", headers=_bearer(run(of_the_dms))).json()["scopes"] == ["events:write"]
    for status in ("accepted", "duplicate"):
        posted = run(post)
        assert (posted.returncode, f" {status}" in posted.stdout) == (0, True), posted
    followed = run(follow)
    assert [line.partition(":")[0] for line in followed.stdout.splitlines()][-2:] == ["accept", "complete"], followed
    person = api.get("/v1/me", headers=_bearer(run(of_the_phone))).json()["staff"]
    assert person["staff_id"] == "S-12"
    exported = run(export)
    assert exported.returncode == 0, exported.stderr
    assert (folder / "breaches.csv").read_text().startswith("due_at,")


def _bearer(answered: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {"authorization": f"Bearer {json.loads(answered.stdout)['key']}"}
