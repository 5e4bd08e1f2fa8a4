"""Writes a message: to a customer, signed by a person; to staff, signed by the dealership."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifier.content.message_words import customer_words, signature, staff_words
from notifier.content.staff_text import render_staff_text, sign_staff_text
from notifier.content.template_data import TemplateData
from notifier.notifications.request import NotificationRequest
from shared.languages.letters import LetterFrame
from shared.languages.renderer import Form, Words, render
from shared.vocabulary import MESSAGE


@dataclass(frozen=True, slots=True)
class Reading:
    """How a message is read: the locale it is in, by which channel, and whether as a letter or in short.

    `pinned`: the version of the wording it was put into before.
    """

    language: str
    channel: str
    form: Form
    pinned: str | None


def write_to_customer(
    data: TemplateData,
    request: NotificationRequest,
    params: Mapping[str, Any],
    reading: Reading,
    frame: LetterFrame,
    source: str | None,
) -> Words:
    """A message to a customer, signed by who writes it, else by the customer owner.

    `source`: the dealer's own template.
    """
    dealer, language, form = data.dealers[request.dealer_id], reading.language, reading.form
    if request.notification_type.name == MESSAGE:
        text = data.staff_texts[request.key]
        signed = {**params, "signature": sign_staff_text(text, data.staff[request.dealer_id], language)}
        return render_staff_text(text, language, signed, form, frame, source)
    given = {**params, **customer_words(data, request, dealer, language)}
    given["signature"] = signature(data, request, language)
    return render(request.notification_type.name, language, given, form, frame, source=source)


def write_to_staff(
    data: TemplateData,
    request: NotificationRequest,
    params: Mapping[str, Any],
    reading: Reading,
    frame: LetterFrame,
    source: str | None,
) -> Words:
    """A notice to staff with those it carries; the dealership signs it, never a person who might be its reader."""
    dealer, language, form = data.dealers[request.dealer_id], reading.language, reading.form
    unsigned = {**params, "signature": ""}
    carried = [one for name in sorted(request.about.get("carries") or ()) if (one := data.carried.get(name))]
    items = []
    for one in (request, *carried):
        words = staff_words(data, one, dealer, language)
        own = None if carried else source
        items.append(
            (words, render(one.notification_type.name, language, {**unsigned, **words}, form, frame, source=own))
        )
    if not carried:
        return items[0][1]
    listed = [{"subject": item.subject, **words} for words, item in items]
    return render("BUNDLE", language, {**unsigned, "items": listed}, form, source=source)
