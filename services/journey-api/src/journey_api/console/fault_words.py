"""What is wrong with a field, in the reader's language: said by its code, whatever the API says of it in English."""

from typing import Final

from journey_api.console.catalogue import Catalogue
from journey_api.http.problems import Problem
from shared.faults import Fault

IN_WORDS: Final = "in_words"
"""The code of a problem whose detail is of the texts already."""


def fault_text(texts: Catalogue, fault: Fault) -> str:
    """What is wrong, in the language of the texts."""
    return texts.text(f"faults.{fault.code}", **dict(fault.values))


def in_words(texts: Catalogue, problem: Problem) -> Problem:
    """The problem with what is wrong said in the language of the texts; one the console raised says so already."""
    errors = [fault._replace(detail=fault_text(texts, fault)) for fault in problem.errors]
    detail = problem.detail if problem.code == IN_WORDS else _problem_text(texts, problem)
    return Problem(problem.status_code, detail, code=problem.code, errors=errors)


def _problem_text(texts: Catalogue, problem: Problem) -> str:
    key = "faults.unreadable" if problem.status_code == 400 else f"faults.{problem.code}"
    return texts.text(key if key in texts else "faults.other")
