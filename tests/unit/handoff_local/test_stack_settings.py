"""Which program knows which settings, and that operators are told of each."""

import re
from pathlib import Path

import pytest

from handoff_local.launcher.settings import StackSettings
from handoff_worker.settings import WorkerSettings
from journey_api.settings import ApiSettings
from notifier.settings import NotifierSettings
from shared.process.settings import InvalidSettings, ServiceSettings, Settings

OPERATIONS = Path(__file__).parents[3] / "docs/operations.md"
SET_BY_THE_LAUNCHER = {"listen_fd", "sink_url", "demo_sign_in"}
READ_BY_THE_COMMAND_LINE = {"url", "key"}
SECRETS = {"bootstrap_key", "sms_token", "whatsapp_token", "whatsapp_app_secret", "email_callback_secret", "smtp_url"}


def documented() -> set[str]:
    """The settings of the table in docs/operations.md, as the classes spell them."""
    rows = re.findall(r"^\| (`HANDOFF_[^|]*)\|[^|]*\| (.*) \|$", OPERATIONS.read_text(), re.MULTILINE)
    named = {name for first, meaning in rows for name in re.findall(r"`HANDOFF_(\w+)`", f"{first} {meaning}")}
    return {name.lower() for name in named}


def test_the_table_of_operations_names_every_setting_and_no_other() -> None:
    known = set(StackSettings.model_fields) - SET_BY_THE_LAUNCHER
    assert documented() == known | READ_BY_THE_COMMAND_LINE


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (Settings, set()),
        (WorkerSettings, set()),
        (ApiSettings, {"bootstrap_key", "sms_token", "whatsapp_app_secret", "email_callback_secret"}),
        (NotifierSettings, {"sms_token", "whatsapp_token", "smtp_url"}),
    ],
)
def test_a_program_knows_no_secret_but_those_it_uses(kind: type[Settings], known: set[str]) -> None:
    assert set(kind.model_fields) & SECRETS == known


@pytest.mark.parametrize("kind", [ApiSettings, WorkerSettings, NotifierSettings])
def test_a_service_listens_on_its_own_port(kind: type[ServiceSettings], monkeypatch: pytest.MonkeyPatch) -> None:
    (name,) = (name for name in kind.model_fields if name.endswith("_port"))
    monkeypatch.setenv(f"HANDOFF_{name.upper()}", "4711")
    assert kind().port == 4711


def test_a_setting_of_another_program_stops_no_service_but_the_whole_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDOFF_SMTP_URL", "mail.example:25")
    assert WorkerSettings()
    for kind in (NotifierSettings, StackSettings):
        with pytest.raises(InvalidSettings, match=r"^HANDOFF_SMTP_URL: "):
            kind()
