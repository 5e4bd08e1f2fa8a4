"""Whether a callback comes from the provider it claims to come from; compared in constant time."""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit, urlunsplit

HALVES: Final = "surrogatepass"
"""How halves of surrogate pairs are read and written, which are no UTF-8 but may be signed."""

_PORTS: Final = {"http": 80, "https": 443}
_HUB_SCHEME: Final = "sha256="


def twilio_signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """The `X-Twilio-Signature` of a form (HMAC-SHA1, base64): the full URL, then each field's name and value, sorted.

    A field that comes twice with the same value counts once, as in Twilio's own libraries.
    """
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return b64encode(hmac.digest(token.encode(), signed.encode(errors=HALVES), "sha1")).decode()


def is_twilios(token: str, url: str, fields: Sequence[tuple[str, str]], given: str | None) -> bool:
    """Whether the account with this token signed a form to this URL, however its default port was written."""
    matches = [
        hmac.compare_digest(twilio_signature(token, way, fields).encode(), (given or "").encode())
        for way in _with_and_without_port(url)
    ]
    return any(matches)


def hub_signature(secret: str, body: bytes) -> str:
    """The `X-Hub-Signature-256` of a body: HMAC-SHA256 with the app's secret, in hexadecimal."""
    return _HUB_SCHEME + hmac.new(secret.encode(), body, sha256).hexdigest()


def is_hubs(secret: str, body: bytes, given: str | None) -> bool:
    """Whether the app with this secret signed the body."""
    return same(hub_signature(secret, body), given or "")


def same(expected: str, given: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())


def _with_and_without_port(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    default = _PORTS.get(parts.scheme)
    if default is None or parts.port not in (None, default) or parts.hostname is None:
        return (url,)
    host = parts.netloc.removesuffix(f":{default}")
    return tuple(urlunsplit(parts._replace(netloc=netloc)) for netloc in (host, f"{host}:{default}"))
