"""The kinds of channel. A new one is a file here, the module of its name in `notifier.channels`, and a line below."""

from shared.channels.email import EMAIL
from shared.channels.post import POST
from shared.channels.registry import register
from shared.channels.sms import SMS
from shared.channels.telephone import TELEPHONE
from shared.channels.webhook import WEBHOOK
from shared.channels.whatsapp import WHATSAPP

for _kind in (EMAIL, SMS, WHATSAPP, TELEPHONE, POST, WEBHOOK):
    register(_kind)
