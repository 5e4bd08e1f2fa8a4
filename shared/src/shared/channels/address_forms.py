"""The forms an address may have: what it looks like, how it is stored, and the one spelling in which it is compared."""

import re
from dataclasses import dataclass
from typing import Final

from shared.channels import mail_addresses
from shared.channels.mail_addresses import sendable
from shared.channels.telephone_numbers import comparable, e164, same_line
from shared.faults import FaultCode, Wrong

WEB_PATTERN: Final = r"https?://[^\s/\x00-\x1f\x7f]+(?:/[^\s\x00-\x1f\x7f]*)?"

_NATIONAL_OR_NOT: Final = "A telephone number with its area code, and with its country code unless it is of {region}"
_INTERNATIONAL: Final = "A telephone number with its country code: the dealer's time zone is that of no country"


@dataclass(frozen=True, slots=True)
class AddressForm:
    """How the addresses of a channel are written: each method takes one as somebody wrote it.

    `pattern` matches a whole address (None: free text), `description` says in a refusal what was expected, `code` is
    the refusal's. `region` (ISO 3166) is whose national telephone numbers are meant; None: nobody's. A form that is
    more than a pattern is a class of its own.
    """

    description: str
    pattern: re.Pattern[str] | None = None
    code: FaultCode = "malformed"

    def fault(self, address: str, region: str | None = None) -> Wrong | None:
        """What was expected instead; None for an address of this form."""
        return None if self.pattern is None or self.pattern.fullmatch(address) else Wrong(self.code, self.description)

    def kept(self, address: str, region: str | None = None) -> str:
        """The address as it is stored: without blanks around it."""
        return address.strip()

    def canonical(self, address: str, region: str | None = None) -> str:
        """The form in which two spellings of one address are equal."""
        return address.strip().lower()

    def stored_spellings(self, address: str, region: str | None = None) -> tuple[str, ...]:
        """The ways in which an address equal to this one may be stored, in small letters: for a look-up by index."""
        return (self.canonical(address, region),)


class _TelephoneNumber(AddressForm):
    """Whatever can be read as a number; it is stored as E.164."""

    __slots__ = ()

    def fault(self, address: str, region: str | None = None) -> Wrong | None:
        if e164(address, region) is not None:
            return None
        if region is None:
            return Wrong("telephone_number_without_country", _INTERNATIONAL)
        return Wrong(self.code, _NATIONAL_OR_NOT.format(region=region))

    def kept(self, address: str, region: str | None = None) -> str:
        return e164(address, region) or address

    def canonical(self, address: str, region: str | None = None) -> str:
        plain = address.strip().lower()
        number = e164(plain, region)
        return comparable(number) if number else plain

    def stored_spellings(self, address: str, region: str | None = None) -> tuple[str, ...]:
        number = e164(address, region)
        return same_line(number) if number else (address.strip().lower(),)


class _MailAddress(AddressForm):
    """What a mail server can be given; stored as it reads, compared by the domain in ASCII."""

    __slots__ = ()

    def fault(self, address: str, region: str | None = None) -> Wrong | None:
        return Wrong(self.code, self.description) if sendable(address) is None else None

    def kept(self, address: str, region: str | None = None) -> str:
        return mail_addresses.kept(address)

    def canonical(self, address: str, region: str | None = None) -> str:
        plain = address.strip().lower()
        return sendable(plain) or plain

    def stored_spellings(self, address: str, region: str | None = None) -> tuple[str, ...]:
        return mail_addresses.stored_spellings(address)


MAIL_ADDRESS: Final = _MailAddress(
    "A mail address that can be written to: its part before the @ in ASCII", code="not_a_mail_address"
)
TELEPHONE_NUMBER: Final = _TelephoneNumber("A telephone number", code="not_a_telephone_number")
WEB_ADDRESS: Final = AddressForm("An http or https address", re.compile(WEB_PATTERN), "not_a_web_address")
FREE_TEXT: Final = AddressForm("An address")
