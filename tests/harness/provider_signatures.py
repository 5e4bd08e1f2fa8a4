"""How providers sign what they post, computed as their documentation says and not by our own code."""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def twilio_signature(url: str, form: Mapping[str, str], token: str) -> str:
    """The URL, then names and values in the order of the names: HMAC-SHA1 in base64."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def hub_signature(body: bytes, secret: str) -> str:
    """HMAC-SHA256 of the body as it is sent, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
