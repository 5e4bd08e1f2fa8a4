"""What is wrong at a field of the console is said in its language: each code of a fault has words there."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

import journey_api
import shared
from journey_api.console.catalogue import LANGUAGES, catalogue
from journey_api.console.fault_words import fault_text, in_words
from journey_api.http import validation_errors
from journey_api.http.problems import Problem
from journey_api.http.validation_errors import faults_of
from journey_api.reference.dealer_record import Dealer
from journey_api.reference.models import Staff
from journey_api.routes.keys import KeyRequest
from shared.faults import Fault, FaultCode

CODES = get_args(FaultCode)
ENGLISH = catalogue("en").texts
_PUT_IN = {"least", "most", "country", "entries"}
_FORMS = ("AddressForm", "_MailAddress", "_TelephoneNumber")
_MAKING = ("Fault", "Wrong", "CalendarError", "ZoneError", "Invalid", "invalid", "_Kind", *_FORMS)
"""What is given a code."""


def put_in_by(text: object) -> set[str]:
    """What a text leaves room for."""
    return {name for _, name, _, _ in Formatter().parse(str(text)) if name}


def test_there_is_a_text_of_each_code_and_of_no_other() -> None:
    assert {key for key in ENGLISH if key.startswith("faults.")} == {f"faults.{code}" for code in (*CODES, "other")}


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
@pytest.mark.parametrize("code", CODES)
def test_each_code_has_words_of_its_own_in_each_language(code: FaultCode, language: str) -> None:
    key = f"faults.{code}"
    english, own = ENGLISH[key], catalogue(language).texts[key]
    assert own != english
    assert put_in_by(own) == put_in_by(english) <= _PUT_IN


def codes_made() -> Iterator[tuple[str, str, ast.Call]]:
    """Each code that stands in the sources, where, and the call it is given to."""
    for package in (shared, journey_api):
        for file in Path(str(package.__file__)).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MAKING:
                    for one in (*node.args, *(keyword.value for keyword in node.keywords)):
                        if isinstance(one, ast.Constant) and one.value in CODES:
                            yield str(one.value), f"{file}:{node.lineno}", node


def test_no_code_is_without_a_place_that_says_it() -> None:
    made = {code for code, _, _ in codes_made()}
    assert made == set(CODES)


def test_what_the_words_of_a_code_put_in_is_given_with_it() -> None:
    """Those that come of an error of pydantic's name the bounds themselves."""
    lacking = [
        (code, place)
        for code, place, call in codes_made()
        if (wanted := put_in_by(ENGLISH[f"faults.{code}"]))
        if not wanted <= {str(one.value) for one in ast.walk(call) if isinstance(one, ast.Constant)}
        and ast.unparse(call.func) != "_Kind"
        and "values" not in {one.id for one in ast.walk(call) if isinstance(one, ast.Name)}
    ]
    assert lacking == []
    for kind in validation_errors._KINDS.values():
        named = {name for name, key in (("least", kind.least), ("most", kind.most)) if key}
        assert put_in_by(ENGLISH[f"faults.{kind.code}"]) == named


WRONG: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (Dealer, {}),
    (Dealer, {"name": "", "time_zone": "", "colour": 1, "locale": "?", "fallback_locale": "xx"}),
    (Dealer, {"name": "x" * 201, "time_zone": "Mars/Base", "group_mailbox": "nobody", "channels_off": ["pigeon"]}),
    (Dealer, {"name": 7, "time_zone": "Europe/Lisbon", "has_business_development_centre": "yes", "calendars": []}),
    (Dealer, {"name": "L", "time_zone": "Europe/Lisbon", "quiet_hours": {}, "topic_roles": {"infotainment": "king"}}),
    (
        Dealer,
        {"name": "L", "time_zone": "Europe/Lisbon", "quality": {"days": 0, "uneven_over": "x", "least_clocks": "9"}},
    ),
    (
        Dealer,
        {"name": "L", "time_zone": "Europe/Lisbon", "quality": {"spontaneous_below": 2}, "patience": {"sms": "x"}},
    ),
    (Dealer, {"name": "L", "time_zone": "Europe/Lisbon", "throttle": {"messages": 1_001, "per": "PT9999999999999H"}}),
    (
        Dealer,
        {
            "name": "L",
            "time_zone": "Europe/Lisbon",
            "sender": {"website": "x", "telephone": "x", "address": "x" * 2_001},
        },
    ),
    (Dealer, {"name": "L", "time_zone": "Europe/Lisbon", "sender": [], "tables": "x"}),
    (Staff, {}),
    (Staff, {"name": "A", "roles": ["king"], "capacity": "9", "presence": "gone", "shifts": 1, "leave": "x"}),
    (Staff, {"name": "A", "roles": [], "capacity": -1, "leave": [{"from": "2026-02-31", "to": "soon"}]}),
    (Staff, {"name": "A", "roles": ["salesperson"] * 1_001, "channels": [{"kind": "pigeon", "address": ""}]}),
    (Staff, {"name": "A", "roles": [], "substitute_id": "a/b", "channels": [{"kind": "email", "address": "x" * 501}]}),
    (KeyRequest, {"name": "", "dealers": [], "scopes": [], "expires_at": "soon"}),
    (KeyRequest, {"name": "x" * 201, "dealers": ["d"], "scopes": ["root"], "expires_at": "2026-02-31T10:00:00Z"}),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("model", "document"), WRONG)
def test_each_fault_of_a_form_has_words(model: type[BaseModel], document: dict[str, Any], language: str) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(document)
    faults = faults_of(refused.value.errors(include_url=False), document)
    assert all(fault_text(catalogue(language), fault) for fault in faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_english_of_the_api_is_not_what_is_shown(language: str) -> None:
    problem = Problem(
        422, "the moon", errors=[Fault("/moon", "too_large", "the moon is too large", values=(("most", 7),))]
    )
    said = in_words(catalogue(language), problem)
    assert "moon" not in said.detail + said.errors[0].detail
    assert "7" in said.errors[0].detail
    assert in_words(catalogue(language), Problem(400, "x")).detail == catalogue(language).text("faults.unreadable")
