"""What stands around the words of a letter to a customer: the dealer's own telephone, address and footer."""

from collections.abc import Mapping
from typing import Any

from shared.languages.letters import LetterFrame
from shared.languages.registry import primary_of


def customer_frame(dealer: Mapping[str, Any], language: str, preferences_url: str | None) -> LetterFrame:
    """The dealer's telephone, website, address and footer, and the customer's way to their preferences."""
    own = dealer.get("sender") or {}
    return LetterFrame(
        telephone=own.get("telephone"),
        website=own.get("website"),
        address=own.get("address"),
        footer=footer_of(dealer, language),
        preferences_url=preferences_url,
    )


def footer_of(dealer: Mapping[str, Any], language: str) -> str | None:
    """The dealer's footer in the reader's locale, else in their language, else in the dealer's own."""
    footers = (dealer.get("sender") or {}).get("footer") or {}
    by_language = {primary_of(tag): text for tag, text in footers.items()}
    found = footers.get(language) or by_language.get(primary_of(language))
    return found or by_language.get(primary_of(dealer.get("locale") or "")) or None
