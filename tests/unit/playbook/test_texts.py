"""The wording of the playbook is complete and the same shape in both languages."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import yaml

import shared
from shared import vocabulary
from shared.channels.registry import channel_kinds

Texts = dict[str, dict[str, str]]

TEXTS = Path(shared.__file__).parent / "playbook" / "halo" / "texts"
LANGUAGES = ("en", "pt")
LONGEST = 120
COUNTS = {"conditions": 24, "activities": 117, "arrows": 209}
CLOSED = {
    "roles": vocabulary.ROLES,
    "phases": tuple(dict.fromkeys(vocabulary.STEP_PHASE.values())),
    "steps": tuple(vocabulary.STEPS.values()),
    "topics": vocabulary.TOPICS,
    "occurrences": vocabulary.OCCURRENCES,
    "signals": vocabulary.SIGNALS,
}
ENTRIES = {
    *(f"IN-{number:02}" for number in range(1, 9)),
    *(f"FB-{number:02}" for number in (1, 2, 3, 4, 6, 7, 14)),
    *(f"T-{number:02}" for number in range(1, 49)),
    *("OWNER-DECISION", "CLOSE-LOOP", "CALL", "LETTER", "UNREACHABLE"),
}


def read(language: str) -> Texts:
    loaded: Texts = yaml.safe_load((TEXTS / f"{language}.yaml").read_text(encoding="utf-8"))
    return loaded


def every_text(texts: Texts) -> Iterator[tuple[str, object]]:
    for section, labels in texts.items():
        for key, text in labels.items():
            yield f"{section}/{key}", text


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    english, portuguese = read("en"), read("pt")
    assert [path for path, _ in every_text(english)] == [path for path, _ in every_text(portuguese)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("section", "ids"), CLOSED.items(), ids=CLOSED)
def test_every_id_of_the_vocabulary_is_worded_in_its_order(language: str, section: str, ids: Sequence[str]) -> None:
    assert tuple(read(language)[section]) == tuple(ids)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_channel_is_worded_once_and_no_other(language: str) -> None:
    assert set(read(language)["channels"]) == set(vocabulary.EVENT_CHANNELS)
    assert all(kind.label[language] for kind in channel_kinds())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_beside_the_arrows_is_worded(language: str) -> None:
    assert set(read(language)["entries"]) == ENTRIES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_activity_and_arrow_is_counted(language: str) -> None:
    texts = read(language)
    assert {section: len(texts[section]) for section in COUNTS} == COUNTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_arrow_belongs_to_an_activity(language: str) -> None:
    texts = read(language)
    assert {arrow.rpartition("-")[0] for arrow in texts["arrows"]} <= set(texts["activities"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_a_trimmed_line_that_fits(language: str) -> None:
    unfit = [
        path
        for path, text in every_text(read(language))
        if not isinstance(text, str) or not text or text != " ".join(text.split()) or len(text) > LONGEST
    ]
    assert unfit == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_title_has_four_to_twelve_words(language: str) -> None:
    arrows = read(language)["arrows"]
    assert {arrow: title for arrow, title in arrows.items() if not 4 <= len(title.split()) <= 12} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_arrows_share_a_title(language: str) -> None:
    arrows = read(language)["arrows"]
    assert len(set(arrows.values())) == len(arrows)


def test_no_text_is_left_untranslated() -> None:
    english = dict(every_text(read("en")))
    assert [path for path, text in every_text(read("pt")) if text == english[path]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_written_twice(language: str) -> None:
    written = [line for line in (TEXTS / f"{language}.yaml").read_text(encoding="utf-8").splitlines() if line]
    texts = read(language)
    assert len(written) == len(texts) + sum(len(labels) for labels in texts.values())
