"""Names in Hebrew, Arabic and Latin letters within sentences."""

from zoneinfo import ZoneInfo

import pytest

from journey_api.cases.timeline_words import Words
from journey_api.console.catalogue import LANGUAGES, catalogue
from shared.languages.isolation import isolate, join_isolated
from shared.playbook.ruleset.loader import load_playbook

HEBREW, ARABIC = "יעל כהן (VIP)", "Sr. محمد 7"
PLAIN = ("Sra. Valdouro", "Tomé Arruda-Çelik", "Дарья", "王小明", "Range Rover, AA-01-BB", "€ 40 – «x»", "")


@pytest.mark.parametrize("name", [HEBREW, ARABIC])
def test_a_right_to_left_name_is_isolated(name: str) -> None:
    assert isolate(name) == f"\u2068{name}\u2069"


@pytest.mark.parametrize("name", PLAIN)
def test_any_other_name_stays_as_it_is(name: str) -> None:
    assert isolate(name) == name


def test_each_part_of_a_list_is_isolated_by_itself() -> None:
    assert join_isolated(" · ", [HEBREW, None, "", "12 km"]) == f"\u2068{HEBREW}\u2069 · 12 km"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_isolate_what_is_put_into_them(language: str) -> None:
    said = catalogue(language).text("board.live.taken", name=ARABIC, title=PLAIN[0])
    assert f"\u2068{ARABIC}\u2069" in said
    assert said.count("\u2068") == said.count("\u2069") == 1
    assert "\u2068" not in catalogue(language).text("board.live.taken", name=PLAIN[1], title=PLAIN[0])


def test_lines_of_a_timeline_isolate_names() -> None:
    words = Words("en", ZoneInfo("UTC"), load_playbook().texts)
    assert f"\u2068{HEBREW}\u2069" in words.line("clock_because.owner_moved", who=HEBREW)
