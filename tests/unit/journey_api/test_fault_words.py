"""What is wrong at a field of the console is said in its language: all that the API may say there has words."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from journey_api.console import fault_words
from journey_api.console.catalogue import LANGUAGES, catalogue
from journey_api.console.fault_words import OTHER, fault_text, kind_of_fault
from journey_api.http.validation_errors import faults_of
from journey_api.reference.dealer_record import Dealer
from journey_api.reference.models import Staff
from journey_api.routes.keys import KeyRequest

_SAYING = {"Fault": 1, "CalendarError": 1, "ZoneError": 1, "DurationError": 0, "ValueError": 0, "invalid": 1}
"""What makes a fault, and which of its arguments says what is wrong."""

_CHECKED = (
    "journey_api.reference.checks",
    "journey_api.reference.dealer_times",
    "journey_api.reference.value_types",
    "journey_api.reference.named_people",
    "journey_api.routes.keys",
    "shared.calendar.document",
    "shared.calendar.durations",
    "shared.calendar.quiet_hours",
    "shared.calendar.weekly_hours",
    "shared.playbook.ruleset.dealer_settings",
    "shared.playbook.ruleset.topic_roles",
    "shared.sla.policy.escalation_steps",
    "shared.sla.policy.overrides",
    "shared.sla.policy.policy",
)
"""The modules that check what a settings form may hold."""

_ELSEWHERE = {"The dealer has no such customer", "Before it starts", "'x' (at 'x')"}
"""Of records that have no form, and of documents read back."""

_RETURNED = (
    "needs a country",
    "unknown country 'XX'",
    "unknown subdivision 'YY' of PT",
    "A mail address that can be written to: its part before the @ in ASCII",
    "A telephone number with its area code, and with its country code unless it is of PT",
    "A telephone number with its country code: the dealer's time zone is that of no country",
    "An http or https address",
    "the rule counts from a date: whole days, weeks, months or years, such as P14D",
    "the rule counts from an instant: an ISO 8601 duration, such as PT4H or P1D",
    "unknown role",
    "unknown topic",
)
"""What is handed to a fault by a name."""


def said_in(module: ModuleType) -> Iterator[str]:
    """The texts of the faults that a module makes, with a word for what is put in."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SAYING:
            at = _SAYING[node.func.id]
            if len(node.args) > at:
                yield from _texts(node.args[at], module)


def _texts(node: ast.expr, module: ModuleType) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(one.value) if isinstance(one, ast.Constant) else "'x'" for one in node.values)
    elif isinstance(node, ast.Name) and isinstance(getattr(module, node.id, None), str):
        yield getattr(module, node.id)


SAID = sorted({text for name in _CHECKED for text in said_in(importlib.import_module(name))} - _ELSEWHERE)


def test_the_checks_were_found() -> None:
    assert {"overlaps another interval", "Before it begins", "The dealer has no such person"} <= set(SAID)
    assert len(SAID) > 40


@pytest.mark.parametrize("detail", [*SAID, *_RETURNED])
def test_each_fault_of_a_check_has_words(detail: str) -> None:
    assert kind_of_fault(detail)[0] != OTHER


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


@pytest.mark.parametrize(("model", "document"), WRONG)
def test_each_fault_of_a_form_has_words(model: type[BaseModel], document: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(document)
    faults = faults_of(refused.value.errors(include_url=False), document)
    assert [fault for fault in faults if kind_of_fault(fault.detail)[0] == OTHER] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_no_words_of_its_own_is_said_without_english(language: str) -> None:
    texts = catalogue(language)
    assert fault_text(texts, "the moon is in the wrong house") == texts.text("faults.other")


def test_what_differs_is_put_in() -> None:
    assert "10000" in fault_text(catalogue("ru"), "Input should be less than or equal to 10000")
    assert "XX" in fault_text(catalogue("zh"), "unknown country 'XX'")


@pytest.mark.parametrize(("kind", "said"), [(kind, one) for kind, texts in fault_words._SAID.items() for one in texts])
def test_a_text_is_never_taken_for_another_kind(kind: str, said: str) -> None:
    stands = re.sub(r"\{\w+\}", "X1", said.replace("{{", "\0").replace("}}", "\1"))
    assert kind_of_fault(stands.replace("\0", "{").replace("\1", "}"))[0] == kind
