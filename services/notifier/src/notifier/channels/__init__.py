"""The channels this installation has settings for. A new one is added to `open_channels` and nowhere else."""

from collections.abc import Mapping

from notifier.channels.channel import Channel
from notifier.channels.email import EmailChannel, parse_mailbox, parse_server
from notifier.channels.sms import SmsAccount, SmsChannel
from notifier.channels.webhook import WebhookChannel
from notifier.channels.whatsapp import WhatsAppAccount, WhatsAppChannel
from notifier.settings import NotifierSettings
from shared.clock import Clock


def open_channels(settings: NotifierSettings, clock: Clock) -> Mapping[str, Channel]:
    """Each configured channel by its kind; a channel without settings is not there.

    Webhooks of staff need no settings, but where no channel has any, nothing is sent at all. Raises ValueError for an
    address that cannot be read, or settings of a channel that are not complete.
    """
    channels: dict[str, Channel] = {}
    if settings.smtp_url:
        server = parse_server(settings.smtp_url)
        channels["email"] = EmailChannel(server, parse_mailbox(settings.smtp_from, server), clock)
    if settings.sms_url:
        channels["sms"] = _sms(settings)
    if settings.whatsapp_url:
        channels["whatsapp"] = _whatsapp(settings)
    if channels:
        channels["webhook"] = WebhookChannel(private=settings.webhook_private or not settings.database_url)
    return channels


def _sms(settings: NotifierSettings) -> SmsChannel:
    _complete(settings, "sms_account", "sms_token", "sms_from")
    urls = tuple(url.strip() for url in settings.sms_url.split(",") if url.strip())
    account = SmsAccount(settings.sms_account, settings.sms_token, settings.sms_from, settings.public_url)
    return SmsChannel(urls, account)


def _whatsapp(settings: NotifierSettings) -> WhatsAppChannel:
    _complete(settings, "whatsapp_token", "whatsapp_phone_id")
    return WhatsAppChannel(WhatsAppAccount(settings.whatsapp_url, settings.whatsapp_token, settings.whatsapp_phone_id))


def _complete(settings: NotifierSettings, *names: str) -> None:
    missing = [f"HANDOFF_{name.upper()}" for name in names if not getattr(settings, name)]
    if missing:
        raise ValueError(f"{', '.join(missing)} must be set too")
