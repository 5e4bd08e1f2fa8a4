"""The page of a customer's preferences, in their language: what is unsubscribed from, and how they are written to."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from babel.dates import get_day_names
from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from journey_api.consent.preferences import MOST_WINDOWS, Holder, channel_key, shown_end, topic_value
from journey_api.consent.unsubscribe import MARKETING, Leaving
from journey_api.tasks.contact_card import mask
from shared.calendar.opening_hours import WEEKDAYS
from shared.channels.registry import kind_of
from shared.languages.registry import language_of, text_of
from shared.people.addresses import region_of
from shared.vocabulary import SAFETY_TOPICS, TOPICS


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a select."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chooser:
    """A select: the name of its field, its label, its options."""

    name: str
    label: str
    choices: tuple[Choice, ...]


def render_page(token: str, leaving: Leaving, holder: Holder | None, notice: str | None = None) -> str:
    """The page behind a link; `holder` None: the customer is not there any more. `notice`: what became of a form."""
    language = language_of(leaving.locale)
    words = {**language.sections["preferences"], **language.sections["unsubscribe"]}
    given = {"dealer": leaving.dealer, "address": leaving.address or ""}
    return _layout().render(
        language=language.code,
        style=_STYLE,
        token=token,
        words={name: str(text).format(**given) for name, text in words.items()},
        leaving=leaving,
        marketing=leaving.purpose == MARKETING,
        notice=notice,
        form=_form(holder, leaving.locale) if holder else None,
    )


def headers() -> dict[str, str]:
    """What the page is answered with: nothing is loaded, nothing runs, nobody frames, keeps or indexes it."""
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none';"
            " base-uri 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
    }


def _form(holder: Holder, locale: str) -> Mapping[str, Any]:
    record = holder.record
    return {
        "version": holder.version,
        "consent": record.consent,
        "channels": tuple(_channels(holder, locale)),
        "windows": tuple(_windows(holder)),
        "days": tuple(zip(WEEKDAYS, _day_names(locale), strict=True)),
        "topics": tuple(_topics(holder, locale)),
    }


def _channels(holder: Holder, locale: str) -> Iterator[Chooser]:
    region = region_of(holder.dealer)
    count = len(holder.record.channels)
    for index, one in enumerate(holder.record.channels):
        choices = tuple(Choice(str(place), str(place), place == index + 1) for place in range(1, count + 1))
        label = f"{text_of('channel_kinds', one.kind, locale)} · {mask(one.address)}"
        yield Chooser(f"place-{channel_key(one, region)}", label, choices)


def _windows(holder: Holder) -> Iterator[Mapping[str, Any]]:
    for number in range(MOST_WINDOWS):
        kept = holder.record.quiet_hours[number] if number < len(holder.record.quiet_hours) else None
        yield {
            "number": number,
            "begins": kept.begins if kept else "",
            "ends": shown_end(kept.ends) if kept else "",
            "days": kept.days if kept else list(WEEKDAYS),
            "shown": kept is not None or number <= len(holder.record.quiet_hours),
        }


def _topics(holder: Holder, locale: str) -> Iterator[Chooser]:
    """A select for each topic: as usual, by one of the customer's channels, as it is now, not at all."""
    words = language_of(locale).sections["preferences"]
    kinds = [kind for kind in dict.fromkeys(one.kind for one in holder.record.channels) if not kind_of(kind).manual]
    for topic in sorted(TOPICS, key=lambda one: text_of("topics", one, locale)):
        present = topic_value(holder.record.preferences.get(topic))
        values = ["", *kinds, *([] if topic in SAFETY_TOPICS else ["off"])]
        if present not in values:
            values.insert(1, present)
        named = {"": str(words["as_usual"]), "off": str(words["not_at_all"])}
        choices = (Choice(value, named.get(value) or _kinds(value, locale), value == present) for value in values)
        yield Chooser(f"topic-{topic}", text_of("topics", topic, locale), tuple(choices))


def _kinds(value: str, locale: str) -> str:
    return ", ".join(text_of("channel_kinds", kind, locale) for kind in value.split(","))


def _day_names(locale: str) -> list[str]:
    names = get_day_names("abbreviated", context="stand-alone", locale=language_of(locale).code)
    return [str(names[day]) for day in range(7)]


def _read(name: str) -> str:
    return files("journey_api.consent").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _layout() -> Template:
    loader = FunctionLoader(_read)
    return Environment(loader=loader, undefined=StrictUndefined, autoescape=True).get_template("preferences.html")


_STYLE: Final = _read("preferences.css")
_STYLE_HASH: Final = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
