"""The forms an address may have: what it looks like, and the one spelling in which it is compared."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import phonenumbers


@dataclass(frozen=True, slots=True)
class AddressForm:
    """How the addresses of a channel are written.

    `pattern` matches a whole address (None: free text), `description` says in a refusal what was expected. `normalize`
    takes a stripped address in small letters and the country (ISO 3166) whose national numbers are meant.
    """

    description: str
    pattern: re.Pattern[str] | None
    normalize: Callable[[str, str | None], str] = lambda plain, _region: plain

    def fault(self, address: str) -> str | None:
        """What was expected instead; None for an address of this form."""
        return None if self.pattern is None or self.pattern.fullmatch(address) else self.description

    def canonical(self, address: str, region: str | None = None) -> str:
        """The form in which two spellings of one address are equal."""
        return self.normalize(address.strip().lower(), region)


def e164(text: str, region: str | None = None) -> str | None:
    """A telephone number as E.164 writes it (`+351911111111`); None for what can be no number.

    `region` (ISO 3166) is whose national numbers are meant where no country code is given. Providers that leave the
    plus out, as WhatsApp does, are to have it put before.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


MAIL_ADDRESS: Final = AddressForm("A mail address", re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+"))
TELEPHONE_NUMBER: Final = AddressForm(
    "A telephone number",
    re.compile(r"\+?[0-9][0-9 ()./-]{2,31}", re.ASCII),
    lambda plain, region: e164(plain, region) or plain,
)
WEB_ADDRESS: Final = AddressForm(
    "An http or https address", re.compile(r"https?://[^\s/\x00-\x1f\x7f]+(?:/[^\s\x00-\x1f\x7f]*)?")
)
FREE_TEXT: Final = AddressForm("An address", None)
