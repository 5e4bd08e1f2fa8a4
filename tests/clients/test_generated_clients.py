"""Clients that are generated from the published OpenAPI document: they compile, and call."""

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running_api import KEY, RunningApi

from journey_api.docs.request_examples import request_examples

pytestmark = [pytest.mark.database, pytest.mark.clients]
Tool = Callable[[str], Path]
DEALER = "lisboa-01"

USES = """
import type { components, operations, paths } from "./api";

const dealer: components["schemas"]["Dealer"] = {
  name: "Avenida Motors",
  time_zone: "Europe/Lisbon",
  calendars: { default: { week: { mon: [["09:00", "18:00"]] } } },
  sla: { "T-03": { duration: { days: 1, by: "closing" } } },
};
// @ts-expect-error a dealer has a zone
const placeless: components["schemas"]["Dealer"] = { name: "Avenida Motors" };
const record: components["schemas"]["FeedRecord"]["change"]["action"] = "accepted";
type Task = paths["/v1/tasks/{task_id}"]["get"]["responses"][200]["content"]["application/json"];
const first = (task: Task): string => task.packet.history[0]?.type ?? record;
const scopes: operations["make_key"]["requestBody"]["content"]["application/json"]["scopes"] = ["admin"];
export { dealer, first, placeless, scopes };
"""


def run(*command: str | Path, folder: Path) -> str:
    """What a program says; it ends well."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def published(api: RunningApi, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the documents of a running API."""
    folder = tmp_path_factory.mktemp("published")
    with api.client() as client:
        for name in ("openapi.json", "asyncapi.json"):
            (folder / name).write_bytes(client.get(f"/{name}").raise_for_status().content)
    return folder


@pytest.fixture
def generated(published: Path, python_tool: Tool) -> Iterator[str]:
    """The package that openapi-python-client makes, to be imported."""
    package = "handoff_generated"
    paths = ("--path", published / "openapi.json", "--output-path", published / package)
    said = run(python_tool("openapi-python-client"), "generate", *paths, "--meta", "none", folder=published)
    unread = {line.split()[3] for line in said.splitlines() if line.startswith("WARNING parsing")}
    assert {one for one in unread if "/callbacks/email" not in one and "/calendars/" not in one} == set(), said
    run(sys.executable, "-m", "compileall", "-q", package, folder=published)
    sys.path.insert(0, str(published))
    yield package
    sys.path.remove(str(published))


def test_a_generated_python_client_calls(api: RunningApi, generated: str) -> None:
    def part(name: str) -> Any:
        return importlib.import_module(f"{generated}.{name}")

    models = part("models")
    client = part("client").AuthenticatedClient(base_url=api.address, token=KEY)
    with api.client() as calls:
        client.set_httpx_client(calls)
        call_with(part, models, client)


def call_with(part: Callable[[str], Any], models: Any, client: Any) -> None:
    """Store, post and read, with the examples of the document."""
    examples = request_examples()
    dealer = models.Dealer.from_dict(examples["put_dealer"])
    stored = part("api.dealers.put_dealer").sync(DEALER, client=client, body=dealer)
    assert stored.calendars.default.week.mon == [["09:00", "13:00"], ["14:00", "19:00"]]
    customer = models.Customer.from_dict(examples["put_customer"])
    assert part("api.reference_data.put_customer").sync(DEALER, "C-1001", client=client, body=customer).version == 1
    event = models.CloudEvent.from_dict(examples["take_event"])
    (receipt,) = part("api.events.take_event").sync(client=client, body=event).events
    assert receipt.status == "accepted"
    assert part("api.events.read_an_event").sync(receipt.event_id, client=client).id == event.id
    assert part("api.tasks.get_tasks").sync(client=client, dealer_id=[DEALER]).items == []
    refused = part("api.contacts.post_contact").sync(
        client=client, body=models.ContactBody.from_dict(examples["post_contact"])
    )
    assert (refused.status, refused.errors[0].pointer) == (422, "/staff_id")


def test_generated_types_compile(published: Path, node_tool: Tool) -> None:
    run(
        node_tool("openapi-typescript"),
        "openapi.json",
        "--default-non-nullable=false",
        "-o",
        "api.d.ts",
        folder=published,
    )
    (published / "uses.ts").write_text(USES)
    run(node_tool("tsc"), "--noEmit", "--strict", "--target", "es2022", "uses.ts", folder=published)


def test_spectral_has_nothing_to_say(published: Path, node_tool: Tool) -> None:
    rules = Path(__file__).with_name("spectral.yaml")
    said = run(
        *(node_tool("spectral"), "lint", "--ruleset", rules, "--fail-severity", "warn"),
        *("openapi.json", "asyncapi.json"),
        folder=published,
    )
    assert "0 errors, 0 warnings" in said or "No results" in said, said
