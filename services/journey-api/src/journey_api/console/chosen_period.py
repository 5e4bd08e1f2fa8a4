"""The period of a page's address, or in words for people what is wrong with it."""

from collections.abc import Mapping

from journey_api.console.catalogue import Catalogue
from journey_api.console.fault_words import fault_text
from journey_api.http.periods import Period, read_period
from journey_api.http.problems import Problem


def read_chosen_period(texts: Catalogue, query: Mapping[str, str]) -> tuple[Period, str | None]:
    """The period of `from` and `to`, and what is wrong with them, if anything is: the period is open then."""
    try:
        return read_period(query.get("from"), query.get("to")), None
    except Problem as problem:
        return Period(), fault_text(texts, problem.errors[0])
