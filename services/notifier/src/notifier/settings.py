"""Settings of the notifier: its port, and what each channel sends by."""

from typing import Annotated

from shared.process.setting_types import Mailbox, MailDomain, SmtpUrl, WebUrl, WebUrls
from shared.process.settings import Port, ServiceSettings


class NotifierSettings(ServiceSettings):
    """What the notifier reads from `HANDOFF_*`. A channel whose address is empty is not there."""

    notifier_port: Annotated[int, Port] = 8082
    public_url: WebUrl = ""

    smtp_url: SmtpUrl = ""
    smtp_from: Mailbox = ""
    reply_domain: MailDomain = ""
    sms_url: WebUrls = ""
    sms_account: str = ""
    sms_token: str = ""
    sms_from: str = ""
    whatsapp_url: WebUrl = ""
    whatsapp_token: str = ""
    whatsapp_phone_id: str = ""
    webhook_private: bool = False

    @property
    def port(self) -> int:
        """The port of `HANDOFF_NOTIFIER_PORT`."""
        return self.notifier_port
