"""The signals of quality: the documents' list, each flag named by one, each word in every language."""

from pathlib import Path
from typing import Final

import pytest

from journey_api.docs.quality_page import quality_page
from journey_api.quality.quality_signals import list_signals, read_signals
from shared.languages.registry import find_text, language_codes
from shared.playbook.ruleset.loader import load_playbook
from shared.playbook.ruleset.texts import Texts
from shared.quality.types import FLAGS

PAGE: Final = Path(__file__).parents[3] / "docs/quality.md"
CATALOGUE: Final = [*(f"Q-{number:02}" for number in range(1, 31)), *(f"STD-{number:02}" for number in range(1, 12))]
"""The 30 signals (003, 004) and 11 standards (002, 003) of the documents, in their order."""


def test_the_list_is_the_documents() -> None:
    assert list(read_signals()) == CATALOGUE


def test_every_flag_stands_for_a_signal_and_every_flag_signal_has_one() -> None:
    found = read_signals().values()
    assert {flag for one in found for flag in one.get("flags", ())} == set(FLAGS)
    assert all(bool(one.get("flags")) == (one["measured"] == "flag") for one in found)


@pytest.mark.parametrize("language", language_codes())
def test_every_signal_and_flag_has_its_words(language: str) -> None:
    for one in list_signals(Texts(), language):
        assert one["name"] != one["signal"] != one["how"]
        assert find_text("signal_measures", one["measured"], language)
    assert all(find_text("moment_flags", flag, language) for flag in FLAGS)


def test_the_page_is_what_make_docs_writes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == quality_page(load_playbook())
    assert all(f"| {signal} |" in page for signal in CATALOGUE)
