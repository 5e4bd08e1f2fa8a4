"""What the doctor says of the channels' settings: what can be sent, and what comes back of it."""

from collections.abc import Iterator
from typing import Final

from handoff_local.checks.report import Finding
from handoff_local.launcher.settings import StackSettings

_NEEDED: Final = {
    "e-mail": ("smtp_url",),
    "SMS": ("sms_url", "sms_account", "sms_token", "sms_from"),
    "WhatsApp": ("whatsapp_url", "whatsapp_token", "whatsapp_phone_id"),
}
"""Without the first there is no such channel; with the first and not all of the others the notifier does not start."""

_FOR_CALLBACKS: Final = {
    "e-mail": (("email_callback_secret",), "returned mails are heard only from callers with an admin's key"),
    "WhatsApp": (
        ("whatsapp_app_secret", "whatsapp_verify_token"),
        "neither receipts nor customers' messages are heard, so every message is one outside of the 24 hours",
    ),
}


def examine_channels(settings: StackSettings, sink: int | None) -> Iterator[Finding]:
    """What there is to say; `sink` is the port of the local mail sink, if it runs."""
    usable = []
    for channel, names in _NEEDED.items():
        unset = [_variable(name) for name in names if not getattr(settings, name)]
        if not unset:
            usable.append(channel)
            yield Finding("good", f"{channel} has its settings")
        elif channel == "e-mail" and sink:
            yield Finding("good", f"e-mails go to the local sink, http://127.0.0.1:{sink}")
        elif len(unset) < len(names):
            why = f"{channel} is half configured: it cannot be used"
            yield Finding("broken", why, f"set {' '.join(unset)} too, and start anew")
        else:
            yield Finding("missing", f"{channel} has no settings here", f"set {' '.join(unset)}")
    if not usable and not sink:
        why = "no channel has settings: every message fails with no_channel_configured"
        yield Finding("missing", why, "set HANDOFF_SMTP_URL and HANDOFF_SMTP_FROM, and start anew")
    yield from _examine_ways_back(settings, usable)


def _examine_ways_back(settings: StackSettings, usable: list[str]) -> Iterator[Finding]:
    if not settings.public_url:
        why = "HANDOFF_PUBLIC_URL is not set: providers' callbacks and unsubscribe links are off"
        yield Finding("missing", why, "set HANDOFF_PUBLIC_URL to the address providers and customers reach")
    for channel in usable:
        names, why = _FOR_CALLBACKS.get(channel, ((), ""))
        unset = [_variable(name) for name in names if not getattr(settings, name)]
        if unset:
            yield Finding("missing", f"{channel}: {why}", f"set {' '.join(unset)}")


def _variable(name: str) -> str:
    return f"HANDOFF_{name.upper()}"
