"""What the doctor says of the channels' settings."""

from typing import Any

import pytest

from handoff_local.checks.channels import examine_channels
from handoff_local.launcher.settings import StackSettings

SMS = {"sms_url": "https://sms.example", "sms_account": "AC1", "sms_token": "t", "sms_from": "+351210000000"}
WHATSAPP = {"whatsapp_url": "https://wa.example", "whatsapp_token": "t", "whatsapp_phone_id": "1"}
WAYS_BACK = {"whatsapp_app_secret": "s", "whatsapp_verify_token": "v", "email_callback_secret": "e"}


def said(sink: int | None = None, **given: Any) -> dict[str, list[tuple[str, str]]]:
    """What is said, with the cure, by level."""
    found: dict[str, list[tuple[str, str]]] = {"good": [], "missing": [], "broken": []}
    for finding in examine_channels(StackSettings(**given), sink):
        found[finding.level].append((finding.what, finding.cure))
    return found


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes of the machine's own environment."""
    for name in (*SMS, *WHATSAPP, *WAYS_BACK, "smtp_url", "public_url"):
        monkeypatch.delenv(f"HANDOFF_{name.upper()}", raising=False)


def test_everything_configured_is_good() -> None:
    given = {**SMS, **WHATSAPP, **WAYS_BACK, "smtp_url": "smtp://mail.example", "public_url": "https://handoff.example"}
    found = said(**given)
    assert (len(found["good"]), found["missing"], found["broken"]) == (3, [], [])


@pytest.mark.parametrize("left_out", ["sms_account", "sms_token", "sms_from"])
def test_a_channel_that_is_half_configured_is_broken(left_out: str) -> None:
    (finding,) = said(**{name: value for name, value in SMS.items() if name != left_out})["broken"]
    assert "SMS is half configured" in finding[0]
    assert f"HANDOFF_{left_out.upper()}" in finding[1]


def test_a_token_without_an_address_is_half_a_channel_too() -> None:
    (finding,) = said(whatsapp_token="t")["broken"]
    assert "HANDOFF_WHATSAPP_URL HANDOFF_WHATSAPP_PHONE_ID" in finding[1]


def test_without_any_channel_nothing_is_sent() -> None:
    assert any("no_channel_configured" in why for why, _ in said()["missing"])
    assert not any("no_channel_configured" in why for why, _ in said(sink=8025)["missing"])


def test_without_a_public_address_nobody_calls_back() -> None:
    (why,) = [why for why, _ in said(**SMS)["missing"] if "HANDOFF_PUBLIC_URL" in why]
    assert "callbacks and unsubscribe links are off" in why
    assert not any("HANDOFF_PUBLIC_URL" in why for why, _ in said(public_url="https://x.example")["missing"])


def test_whatsapp_without_its_secrets_is_deaf() -> None:
    cures = [cure for why, cure in said(**WHATSAPP)["missing"] if why.startswith("WhatsApp:")]
    assert cures == ["set HANDOFF_WHATSAPP_APP_SECRET HANDOFF_WHATSAPP_VERIFY_TOKEN"]
