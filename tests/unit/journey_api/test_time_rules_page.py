"""`docs/time-rules.md` is what the rules make of it, and tells of all 48."""

from pathlib import Path

from journey_api.docs.time_rules_page import time_rules_page
from shared.playbook.ruleset.loader import load_playbook

PAGE = Path(__file__).parents[3] / "docs/time-rules.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == time_rules_page(load_playbook()), "make docs"


def test_every_rule_says_what_it_is_and_how_it_is_met() -> None:
    rows = [line.split(" | ") for line in time_rules_page(load_playbook()).splitlines() if line.startswith("| T-")]
    assert [row[0] for row in rows] == [f"| T-{number:02}" for number in range(1, 49)]
    for row in rows:
        assert len(row) == 9
        assert all(row[place].strip(" |") for place in (1, 2, 3, 4, 8)), row
