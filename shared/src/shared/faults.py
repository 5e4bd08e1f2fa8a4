"""What can be wrong with a document: where, a code that callers tell faults apart by, and words."""

from collections.abc import Iterable
from typing import Literal, NamedTuple, Self

from shared.json_pointer import json_pointer

FaultCode = Literal[
    "ahead_of_clock",
    "already_so",
    "always_quiet",
    "ambiguous",
    "case_closed",
    "closes_before_opening",
    "counts_from_date",
    "counts_from_instant",
    "counts_seconds",
    "duration_too_long",
    "either_or",
    "empty_interval",
    "ends_before_begin",
    "faulty_template",
    "given_twice",
    "leads_to_nothing",
    "long_past",
    "malformed",
    "merged",
    "mixed_duration",
    "needs_one_dealer",
    "needs_person",
    "never_due",
    "not_a_date",
    "not_a_duration",
    "not_a_mail_address",
    "not_a_number",
    "not_a_telephone_number",
    "not_a_time_of_day",
    "not_a_web_address",
    "not_an_instant",
    "not_an_interval",
    "not_business_days",
    "not_handed_on",
    "not_here",
    "not_kept",
    "not_open_time",
    "not_whole_days",
    "of_another",
    "other_content",
    "other_record",
    "overlapping",
    "own_source",
    "past",
    "referred_to",
    "repeat_out_of_range",
    "repeat_without_time",
    "required",
    "reused_key",
    "rule_without_duration",
    "step_in_days",
    "subdivision_without_country",
    "telephone_number_without_country",
    "together",
    "too_early",
    "too_few",
    "too_large",
    "too_late",
    "too_long",
    "too_many",
    "too_old",
    "too_short",
    "too_small",
    "topic_without_row",
    "unknown_country",
    "unknown_cursor",
    "unknown_field",
    "unknown_id",
    "unknown_language",
    "unknown_person",
    "unknown_recipient",
    "unknown_step",
    "unknown_subdivision",
    "unknown_zone",
    "unreachable",
    "unreadable",
    "wait_out_of_range",
    "without_customer",
    "zero_duration",
]
"""One for what is said in one way, wherever it stands; a code that is published keeps its meaning."""

Values = tuple[tuple[str, str | int], ...]
"""What the words of a code put in, by name: `least`, `most`, `country`, `entries`."""


class Unknown(NamedTuple):
    """An id that is none of those there are: an answer names the nearest."""

    given: str
    known: tuple[str, ...]

    @classmethod
    def of(cls, given: object, known: Iterable[str]) -> Self | None:
        """None for what is no text: nothing is near it."""
        return cls(given, tuple(known)) if isinstance(given, str) and given else None


class Fault(NamedTuple):
    """What is wrong at one place: a JSON pointer into the document, or `?name` of a query parameter.

    `allowed`: the known ids nearest to the one that is unknown, the best first; of `unknown` still to be found.
    """

    pointer: str
    code: FaultCode
    detail: str
    allowed: tuple[str, ...] = ()
    values: Values = ()
    unknown: Unknown | None = None

    def below(self, *path: object) -> Self:
        """The fault as one of the document that holds this one under these keys and indexes."""
        return self._replace(pointer=json_pointer(path) + self.pointer)


class Wrong(NamedTuple):
    """What is wrong with a value, wherever it stands."""

    code: FaultCode
    detail: str
    values: Values = ()
    unknown: Unknown | None = None

    def at(self, pointer: str) -> Fault:
        """The fault of the value at this place."""
        return Fault(pointer, self.code, self.detail, values=self.values, unknown=self.unknown)


class WrongValue(ValueError):
    """A value that cannot be used; `wrong` says why."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.detail)
        self.wrong = wrong


def unknown_id(pointer: str, detail: str, given: object, known: Iterable[str]) -> Fault:
    """The fault of an id, or code, that is none of those there are."""
    return Fault(pointer, "unknown_id", detail, unknown=Unknown.of(given, known))


def unknown_fields(given: Iterable[object], known: Iterable[object]) -> list[Fault]:
    """A fault for each name that is none of the known."""
    names = set(known)
    return [Fault(json_pointer([name]), "unknown_field", "unknown field") for name in given if name not in names]
