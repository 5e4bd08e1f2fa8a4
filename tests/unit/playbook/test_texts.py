"""The wording of the playbook is complete and the same shape in every language."""

from collections.abc import Iterator, Sequence

import pytest
import yaml

from shared import vocabulary
from shared.languages.registry import language_codes, language_of

Texts = dict[str, dict[str, str]]

LANGUAGES = language_codes()
TRANSLATIONS = [language for language in LANGUAGES if language != "en"]
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


def source(language: str) -> str:
    return (language_of(language).folder / "playbook.yaml").read_text(encoding="utf-8")


def read(language: str) -> Texts:
    loaded: Texts = yaml.load(source(language), Loader=yaml.CSafeLoader)
    return loaded


def every_text(texts: Texts) -> Iterator[tuple[str, object]]:
    for section, labels in texts.items():
        for key, text in labels.items():
            yield f"{section}/{key}", text


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_language_has_the_same_keys_in_the_same_order(language: str) -> None:
    assert [path for path, _ in every_text(read("en"))] == [path for path, _ in every_text(read(language))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("section", "ids"), CLOSED.items(), ids=CLOSED)
def test_every_id_of_the_vocabulary_is_worded_in_its_order(language: str, section: str, ids: Sequence[str]) -> None:
    assert tuple(read(language)[section]) == tuple(ids)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_channel_is_worded_once_and_no_other(language: str) -> None:
    assert set(read(language)["channels"]) == set(vocabulary.EVENT_CHANNELS)


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
def test_every_title_says_enough_and_no_more(language: str) -> None:
    arrows = read(language)["arrows"]
    # Chinese does not part its words
    sizes = {arrow: len(title) / 2 if language == "zh" else len(title.split()) for arrow, title in arrows.items()}
    assert {arrow: arrows[arrow] for arrow, size in sizes.items() if not 4 <= size <= 12} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_arrows_share_a_title(language: str) -> None:
    arrows = read(language)["arrows"]
    assert len(set(arrows.values())) == len(arrows)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_no_text_is_left_untranslated(language: str) -> None:
    english = dict(every_text(read("en")))
    assert [path for path, text in every_text(read(language)) if text == english[path]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_written_twice(language: str) -> None:
    written = [line for line in source(language).splitlines() if line]
    texts = read(language)
    assert len(written) == len(texts) + sum(len(labels) for labels in texts.values())
