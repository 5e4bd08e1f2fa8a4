"""The data files load, the lint finds what is wrong with them, and reasons read well in both languages."""

import re
import shutil
from pathlib import Path

import pytest
from routing_world import PLAYBOOK, decision_of, make_event, route_event

from shared.languages.registry import language_codes
from shared.playbook.routing.explanation import (
    because_text,
    decision_document,
    entry_title,
    show_decision,
    show_suggestion,
    suggestion_document,
)
from shared.playbook.ruleset.checks import COUNTS, count, lint_playbook
from shared.playbook.ruleset.loader import HALO, InvalidPlaybook, load_playbook
from shared.playbook.ruleset.texts import REASONS
from shared.playbook.types import Because, Decision


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "halo"
    shutil.copytree(HALO, copy)
    return copy


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_playbook_is_whole() -> None:
    assert lint_playbook(PLAYBOOK) == []
    assert count(PLAYBOOK) == COUNTS
    assert [entry for entry in PLAYBOOK.entries if entry.startswith("IN-")] == [f"IN-0{n}" for n in range(1, 9)]
    assert [entry for entry in PLAYBOOK.entries if entry.startswith("FB-")] == [f"FB-{n:02}" for n in range(1, 15)]
    assert PLAYBOOK.entries["SA-07-01-c"].source == "001:1705"


def test_version_follows_the_data(folder: Path) -> None:
    assert load_playbook(folder).version == PLAYBOOK.version
    change(folder, "rulings.yaml", "first_months_days: 180", "first_months_days: 170")
    assert load_playbook(folder).version != PLAYBOOK.version


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("service_advisor.yaml", "to_role: workshop_manager", "to_role: mechanic", "unknown role mechanic"),
        ("service_advisor.yaml", "occurrence: repair_completed", "occurrence: repaired", "repair_completed is no"),
        ("service_advisor.yaml", "condition: C-INFOTAINMENT-CHARGING", "condition: C-X", "unknown condition C-X"),
        ("service_advisor.yaml", 'source: "001:1705"', 'source: "page 7"', "SA-07-01-c: no citation"),
        ("service_advisor.yaml", "id: SA-07-01-c,", "id: SA-07-01-d,", "no text for arrows.SA-07-01-d"),
        ("sales_manager.yaml", "activation: manual, ", "", "173 automatic instead of 172"),
        ("journey.yaml", "id: daily_use", "id: daily_drive", "steps are not those"),
        ("journey.yaml", "code: CXM, has_page: false", "code: CXM, has_page: true", "roles with a page"),
        ("conditions.yaml", "- id: C-TRADE-IN", "- id: C-TRADE", "C-TRADE is used by no entry"),
        ("conditions.yaml", "{deal.trade_in: true}", "{deal.trade: true}", "cannot read 'deal.trade'"),
        ("conditions.yaml", "available(product_specialist)", "available(seller)", "cannot read 'available(seller)'"),
        ("rulings.yaml", "gives: [recall_campaign_applies]", "gives: [recalled]", "unknown occurrence recalled"),
        ("rulings.yaml", "gives: [trade_in_offered]", "gives: [repair_completed]", "not printed for salesperson"),
        ("rulings.yaml", "topics: [payment]", "topics: [bill]", "unknown topic bill"),
        ("rulings.yaml", "    vehicle: &after_sales", "    car: &after_sales", "unknown subject car"),
        ("rulings.yaml", "activity: SP-03-03,", "activity: SP-03-01,", "does not hang on C-EXISTING-CUSTOMER"),
        ("rulings.yaml", "entries: [SP-09-01-a]", "entries: [SP-09-01-z]", "unknown entry SP-09-01-z"),
        ("rulings.yaml", "first_months: true", "first_month: true", "first_month"),
        ("entries.yaml", "id: IN-03, kind: deliver", "id: IN-33, kind: deliver", "unknown entry IN-03"),
    ],
)
def test_lint_names_what_is_wrong(folder: Path, name: str, old: str, new: str, problem: str) -> None:
    change(folder, name, old, new)
    with pytest.raises(InvalidPlaybook, match=re.escape(problem)):
        load_playbook(folder)


def test_two_arrows_of_one_class_overlap(folder: Path) -> None:
    change(folder, "service_advisor.yaml", "id: SA-07-01-b, kind: interact, mode: coordinate, to_role: salesperson",
           "id: SA-07-01-b, kind: interact, mode: coordinate, to_role: client_experience_specialist")  # fmt: skip
    with pytest.raises(InvalidPlaybook, match="SA-07-01: two arrows are one record"):
        load_playbook(folder)


def sample() -> Decision:
    event = make_event("sales_manager", "customer_arrived_at_store", step=6, facts={"customer": {"vip": False}})
    return decision_of(route_event(event), "SM-03-02-a")


def test_decision_is_stored_without_language_and_shown_in_one() -> None:
    stored = decision_document(sample())
    assert stored["because"] == {"code": "facts_missing", "params": {"facts": "customer.public_figure"}}
    shown = show_decision(stored, PLAYBOOK.texts, "pt-PT")
    assert shown["because"] == "Ainda não se sabe: Figura pública."
    assert shown["conditions"] == [
        {
            "id": "C-VIP",
            "text": PLAYBOOK.texts.text("conditions", "C-VIP", "pt"),
            "met": None,
            "facts": [
                {"path": "customer.vip", "value": False, "layer": "event"},
                {"path": "customer.public_figure", "value": None, "layer": None},
            ],
        }
    ]
    assert {"occurrence", "entry", "outcome", "activity", "source", "playbook_version"} < set(shown)


def test_suggestion_is_shown_with_entry_role_and_reason() -> None:
    event = make_event("salesperson", "customer_arrived_at_store", step=6)
    suggestion = route_event(event).suggestions[0]
    shown = show_suggestion(suggestion_document(suggestion), PLAYBOOK.texts)
    assert shown == {
        "entry": "SP-03-02-a",
        "to_role": "client_experience_specialist",
        "because": "Not known yet: Customers waiting.",
    }


def test_reasons_name_roles_conditions_and_people_available() -> None:
    texts = PLAYBOOK.texts
    unavailable = Because("facts_missing", {"facts": "available(product_specialist),claims"})
    people = "People available in the role (Product Specialist)"
    assert because_text(unavailable, texts) == f"Not known yet: {people}, Claims."
    both = Because("conditions_hold", {"conditions": "C-VIP,C-TRADE-IN"})
    assert " e " in because_text(both, texts, "pt")
    assert because_text(Because("already_with", {"role": "salesperson"}), texts, "de").startswith("Salesperson gave")


def test_every_reason_takes_the_same_names_in_every_language() -> None:
    for code in PLAYBOOK.texts.sections()[REASONS]:
        names = [
            set(re.findall(r"{(\w+)}", PLAYBOOK.texts.text(REASONS, code, language))) for language in language_codes()
        ]
        assert all(one == names[0] for one in names), code


@pytest.mark.parametrize(
    ("entry", "section", "text_id"),
    [
        ("SA-07-01-c", "arrows", "SA-07-01-c"),
        ("IN-07", "entries", "IN-07"),
        ("T-16", "entries", "T-16"),
        ("FB-11", "arrows", "SP-09-01-a"),
        ("FB-13", "entries", "T-07"),
    ],
)
def test_title_of_an_entry(entry: str, section: str, text_id: str) -> None:
    for language in ("en", "pt"):
        assert entry_title(PLAYBOOK, entry, language) == PLAYBOOK.texts.find(section, text_id, language)
