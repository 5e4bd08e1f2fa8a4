"""Types of settings: an address or file in the wrong form is refused. Nobody is contacted; an empty string is unset."""

import re
import ssl
from collections.abc import Callable
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator

_BROKER: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:,\[\]]+):(\d{1,5})")
_POSTGRESQL: Final = ("postgresql://", "postgres://", "postgresql+asyncpg://")
_YEARS: Final = range(1970, 3000)
_LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


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


def is_mail_domain(text: str) -> bool:
    """Whether mail can be sent to addresses at it."""
    return "@" not in text and is_mailbox(f"reply@{text}")


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


def _needs(holds: Callable[[str], bool], form: str) -> AfterValidator:
    def check(value: str) -> str:
        if value and not holds(value):
            raise ValueError(f"needs {form}")
        return value

    return AfterValidator(check)


def _are_web_addresses(value: str) -> bool:
    return all(is_web_address(one.strip()) for one in value.split(","))


def _brokers(value: str) -> str:
    addresses = [address.strip() for address in value.split(",")] if value else []
    if not all(map(is_broker, addresses)):
        raise ValueError("needs host:port, several separated by commas")
    return ",".join(addresses)


def _certificates(value: Path) -> Path:
    if not value.is_file():
        raise ValueError(f"there is no file {value}")
    if not holds_certificates(value):
        raise ValueError(f"there are no certificates (PEM) in {value}")
    return value


def _clock_start(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("needs an offset, for example 2026-11-20T09:00:00Z")
    if value.year not in _YEARS:
        raise ValueError(f"needs a year from {_YEARS[0]} to {_YEARS[-1]}, with room for promises on either side")
    return value


PostgresUrl = Annotated[str, _needs(is_postgresql, "postgresql://user:password@host:port/database")]
WebUrl = Annotated[str, _needs(is_web_address, "a web address without name and password, as https://host/path")]
WebUrls = Annotated[
    str,
    _needs(_are_web_addresses, "web addresses without name and password, as https://host/path, separated by commas"),
]
SmtpUrl = Annotated[
    str, _needs(lambda value: is_url(value, "smtp", "smtps"), "smtp://user:password@host:port, or smtps://…")
]
Mailbox = Annotated[str, _needs(is_mailbox, "an e-mail address, as handoff@dealer.example")]
MailDomain = Annotated[str, _needs(is_mail_domain, "the domain of e-mail addresses, as reply.dealer.example")]
LogLevel = Annotated[str, _needs(lambda value: value.upper() in _LOG_LEVELS, f"one of {', '.join(_LOG_LEVELS)}")]
Brokers = Annotated[str, AfterValidator(_brokers)]
CertificateFile = Annotated[Path, AfterValidator(_certificates)]
ClockStart = Annotated[datetime, AfterValidator(_clock_start)]
