"""Whether a request with a cookie comes from a page of this host (`Origin`, else `Referer`). Pure."""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def is_same_site(headers: Mapping[str, str], hosts: Iterable[str]) -> bool:
    """Whether the page that sent a request is of one of the hosts (`host[:port]`, any case).

    Neither header, an unreadable one, or the origin `null`: no. `headers` has lower-case names.
    """
    sender = headers.get("origin") or headers.get("referer")
    if sender is None:
        return False
    try:
        parts = urlsplit(sender)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            return False
        return _authority(parts.netloc, parts.scheme) in {_authority(host, parts.scheme) for host in hosts if host}
    except ValueError:
        return False


def _authority(host: str, scheme: str) -> tuple[str | None, int]:
    parts = urlsplit(f"//{host}")
    return parts.hostname, parts.port or _DEFAULT_PORTS[scheme]
