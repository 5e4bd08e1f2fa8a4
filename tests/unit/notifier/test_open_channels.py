"""Which channels there are by the settings."""

from importlib import import_module

import pytest

from journey_api.settings import ApiSettings
from notifier.channels import open_channels
from notifier.settings import NotifierSettings
from shared.channels.registry import channel_kinds, machine_channels
from shared.clock import real_now

SMS = {
    "sms_url": "https://one.example, https://two.example",
    "sms_account": "AC1",
    "sms_token": "t",
    "sms_from": "+351",
}
WHATSAPP = {"whatsapp_url": "https://graph.example/v23.0", "whatsapp_token": "t", "whatsapp_phone_id": "5"}
MAIL = {"smtp_url": "smtp://mail.example"}


async def kinds(settings: dict[str, str]) -> set[str]:
    """The channels of an installation."""
    channels = open_channels(NotifierSettings(**settings), real_now)  # type: ignore[arg-type]
    for channel in channels.values():
        await channel.close()
    return set(channels)


@pytest.mark.parametrize(
    ("settings", "there"),
    [
        ({}, set()),
        (MAIL, {"email", "webhook"}),
        (SMS, {"sms", "webhook"}),
        (WHATSAPP, {"whatsapp", "webhook"}),
        ({**MAIL, **SMS, **WHATSAPP}, {"email", "sms", "whatsapp", "webhook"}),
    ],
)
async def test_a_channel_is_there_by_its_address(settings: dict[str, str], there: set[str]) -> None:
    assert await kinds(settings) == there


def test_every_kind_a_machine_sends_on_has_its_sending_part_and_its_settings() -> None:
    for name in machine_channels():
        assert callable(import_module(f"notifier.channels.{name}").open_channel)
    for kind in channel_kinds():
        assert set(kind.settings) <= set(NotifierSettings.model_fields)
        assert set(kind.callback_settings) <= set(ApiSettings.model_fields)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({**SMS, "sms_from": ""}, "HANDOFF_SMS_FROM"),
        ({"sms_url": "https://one.example"}, "HANDOFF_SMS_ACCOUNT, HANDOFF_SMS_TOKEN, HANDOFF_SMS_FROM"),
        ({**SMS, "sms_url": "one.example"}, "https"),
        ({**WHATSAPP, "whatsapp_phone_id": ""}, "HANDOFF_WHATSAPP_PHONE_ID"),
        ({**WHATSAPP, "whatsapp_url": "graph.example"}, "HANDOFF_WHATSAPP_URL"),
    ],
)
async def test_settings_that_are_not_complete_stop_it(settings: dict[str, str], missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        await kinds(settings)
