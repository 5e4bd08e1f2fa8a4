"""The 48 rules as data, the conditions they are made of, and what the lint refuses."""

from itertools import product

import pytest
from condition_proofs import covers, lint, never_together, views_of
from sla_builders import FRIDAY, event, message

from shared import vocabulary
from shared.calendar.durations import BusinessDays, format_target
from shared.conditions import NEVER, AllOf, AnyOf, HasAny, Not
from shared.playbook.ruleset.loader import load_playbook
from shared.sla.fact_view import NAMES, holds, read_condition, view_of
from shared.sla.policy.rules import FIRST_RESPONSE, Conditions, load_rules, running_rules

RULES = load_rules()


def test_all_48_rules_are_there_in_order():
    assert list(RULES) == [f"T-{n:02}" for n in range(1, 49)]
    assert all(rule.what and rule.source for rule in RULES.values())


def test_the_clocks_that_run_by_themselves():
    assert [rule.rule for rule in running_rules()] == [
        "T-02", "T-03", "T-04", "T-21", "T-22", "T-27", "T-31", "T-33", "T-35", "T-46",
    ]  # fmt: skip
    assert FIRST_RESPONSE == ("T-03", "T-04", "T-22", "T-35")
    assert all(RULES[name].target == "first_response" for name in FIRST_RESPONSE)


@pytest.mark.parametrize(
    ("rule", "target", "default"),
    [
        ("T-02", "acknowledgement", "PT10M"),
        ("T-03", "first_response", "PT1H"),
        ("T-04", "first_response", "PT30M"),
        ("T-05", "resolution", "P1D"),
        ("T-21", "resolution", {"days": 1, "by": "closing"}),
        ("T-22", "first_response", "PT1H"),
        ("T-23", "promise", "PT5M"),
        ("T-27", "resolution", {"days": 2, "by": "closing"}),
        ("T-31", "resolution", "PT4H"),
        ("T-33", "resolution", {"days": 1, "by": "closing"}),
        ("T-35", "first_response", "PT1H"),
        ("T-46", "acceptance", "PT15M"),
        ("T-01", None, "PT15S"),
        ("T-06", None, "P1D"),
        ("T-08", None, "P6M"),
        ("T-20", None, "P14D"),
        ("T-25", None, {"days": 2, "by": "closing"}),
        ("T-34", None, "P3M"),
        ("T-39", None, "PT1H"),
    ],
)
def test_targets_and_defaults(rule, target, default):
    found = RULES[rule]
    assert found.target == target
    assert format_target(found.duration) == default


@pytest.mark.parametrize(
    "rule", ["T-01", "T-06", "T-07", "T-14", "T-16", "T-19", "T-20", "T-21", "T-22", "T-23", "T-24", "T-25", "T-26",
             "T-27", "T-29", "T-31", "T-32", "T-33", "T-34", "T-35", "T-39", "T-41", "T-46", "T-48"],
)  # fmt: skip
def test_durations_nobody_stated_are_parameters(rule):
    assert RULES[rule].parameter


def test_stated_durations_are_not():
    assert not any(RULES[rule].parameter for rule in ("T-02", "T-03", "T-04", "T-05", "T-08", "T-09", "T-10", "T-12"))


def test_what_rules_gate_exists():
    entries = {entry for rule in RULES.values() for entry in rule.gates}
    assert entries == {"SA-09-05-a", "SA-09-09-a"}
    assert entries <= set(load_playbook().entries)


def test_what_rules_emit_exists():
    emissions = [emission for rule in RULES.values() for emission in rule.emits]
    assert len(emissions) == 20
    assert {emission.occurrence for emission in emissions} <= set(vocabulary.OCCURRENCES)
    assert {emission.observer for emission in emissions} <= set(vocabulary.ROLES)
    assert {emission.step for emission in emissions} - {None} <= set(vocabulary.STEPS)
    assert {role for rule in RULES.values() for role in rule.to} <= set(vocabulary.ROLES)


def test_who_is_told_of_a_breach():
    assert RULES["T-02"].notice == ("owner",)
    assert not RULES["T-02"].escalates
    assert not RULES["T-46"].escalates
    assert RULES["T-33"].notice == ("owner", "manager", "role:client_experience_manager")
    others = set(RULES) - {"T-02", "T-33"}
    assert {RULES[rule].notice for rule in others} == {("owner", "manager")}


def test_the_rules_pass_their_own_lint():
    assert {name: found for name, rule in RULES.items() if (found := lint(rule.when))} == {}


EMAIL = read_condition({"inbound": ["email"]})


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        (Conditions(start=EMAIL, pause=read_condition({"inbound": ["email", "message"]})), "pauses"),
        (Conditions(start=EMAIL, stop=Not(read_condition({"inbound": ["message"]}))), "stops"),
        (Conditions(start=EMAIL, stop=EMAIL), "stops"),
        (Conditions(start=EMAIL, pause=read_condition({"inbound": ["message"]}), cancel=Not(EMAIL)), "cancelled"),
        (Conditions(start=EMAIL, pause=read_condition({"inbound": ["message"]})), None),
        (Conditions(start=EMAIL, stop=read_condition({"told": ["answer"]})), None),
        (Conditions(stop=EMAIL), None),
    ],
)
def test_pointless_clocks_are_refused(when, complaint):
    found = lint(when)
    assert (complaint in found[0]) if complaint else found == []


@pytest.mark.parametrize(
    "data",
    [
        {"weather": ["rain"]},
        {"signal": ["thunder"]},
        {"signal": []},
        {},
        "message",
        {"any": [{"told": ["shouting"]}]},
        {"not": {}},
    ],
)
def test_conditions_are_a_closed_set(data):
    with pytest.raises(ValueError):
        read_condition(data)


def test_conditions_read():
    data = {"customer": ["present"], "any": [{"signal": ["solution_proposed"]}, {"not": {"inbound": ["email"]}}]}
    condition = read_condition(data)
    assert condition == AllOf(
        (
            HasAny("customer", frozenset({"present"})),
            AnyOf((HasAny("signal", frozenset({"solution_proposed"})), Not(EMAIL))),
        )
    )
    assert holds(condition, view_of(message(FRIDAY)))
    assert not holds(condition, view_of(event(FRIDAY, channel="email")))
    assert not holds(NEVER, view_of(message(FRIDAY)))


def test_proofs_try_every_combination():
    one = read_condition({"signal": ["solution_proposed", "problem_resolved"], "inbound": ["email"]})
    views = list(views_of(one))
    assert len(views) == 4 * 3
    assert covers(read_condition({"signal": ["solution_proposed", "problem_resolved"]}), one)
    assert not covers(one, EMAIL)
    assert never_together(EMAIL, read_condition({"inbound": ["message"]}))
    assert not never_together(
        read_condition({"signal": ["solution_proposed"]}), read_condition({"signal": ["problem_resolved"]})
    )
    assert all(
        covers(a, b) == all(holds(a, v) for v in views_of(a, b) if holds(b, v))
        for a, b in product((one, EMAIL), repeat=2)
    )


def test_every_view_speaks_of_known_names():
    for name, values in view_of(event(FRIDAY, channel="email", sentiment="negative", visit_appointment=True)).items():
        assert values <= set(NAMES[name])


def test_business_days_are_never_hours():
    assert {type(RULES[rule].duration) for rule in ("T-21", "T-27", "T-33", "T-32", "T-25")} == {BusinessDays}
