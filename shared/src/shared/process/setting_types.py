"""What addresses and files in settings have to look like. Nothing is asked of whoever is there."""

import re
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_BROKER: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:,\[\]]+):(\d{1,5})")
_POSTGRESQL: Final = ("postgresql://", "postgres://", "postgresql+asyncpg://")


def is_broker(address: str) -> bool:
    """Whether it is `host:port`, an IPv6 address in brackets."""
    found = _BROKER.fullmatch(address)
    return found is not None and 0 < int(found[2]) < 65536


def is_url(url: str, *schemes: str) -> bool:
    """Whether it names a host, and a port that there can be if any, under one of these schemes."""
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_web_address(url: str) -> bool:
    """Whether it is an address of the web without a name and password in it: addresses are shown, secrets are not."""
    return is_url(url, "http", "https") and "@" not in urlsplit(url).netloc


def is_origin(url: str) -> bool:
    """Whether it is an origin of the web: scheme, host and port, in lower case, nothing behind (RFC 6454)."""
    return is_web_address(url) and url == url.lower() and url == "{0.scheme}://{0.netloc}".format(urlsplit(url))


def is_mailbox(text: str) -> bool:
    """Whether it is an e-mail address, or a name and one in angle brackets (RFC 5322)."""
    name, address = parseaddr(text)
    try:
        return bool(Address(name, addr_spec=address).domain)
    except (MessageError, IndexError, ValueError):
        return False


def is_postgresql(url: str) -> bool:
    """Whether it is an address of PostgreSQL that SQLAlchemy can read."""
    # only whoever has set one waits for it to be loaded
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return url.startswith(_POSTGRESQL) and bool(make_url(url))
    except (ArgumentError, ValueError):
        return False


def holds_certificates(file: Path) -> bool:
    """Whether a file holds certificates of authorities in PEM."""
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        return False
    return True
