"""The console's texts are complete in every language that has any."""

import re
from importlib.resources import files

import pytest
import yaml

from journey_api.console.catalogue import LANGUAGES, NAMES, catalogue

TEXTS = files("journey_api.console").joinpath("texts")
FORMS = (".zero", ".one", ".two", ".few", ".many", ".other")
Tree = dict[str, "Tree | str"]


def flat(tree: Tree, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in tree.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def read(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in TEXTS.joinpath(language).iterdir():
        found |= flat(yaml.safe_load(file.read_text(encoding="utf-8")))
    return found


def without_forms(keys: dict[str, str]) -> set[str]:
    return {re.sub(r"\.(zero|one|two|few|many|other)$", "", key) for key in keys}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_is_there_and_no_other(language: str) -> None:
    assert without_forms(read(language)) == without_forms(read("en"))
    assert NAMES[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_takes_the_values_that_english_takes(language: str) -> None:
    def values(texts: dict[str, str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for key, text in texts.items():
            found.setdefault(re.sub(r"\.(\w+)$", "", key) if key.endswith(FORMS) else key, set()).update(
                re.findall(r"{(\w+)}", str(text))
            )
        return found

    assert values(read(language)) == values(read("en"))


def test_a_language_without_texts_of_the_console_reads_in_english() -> None:
    assert catalogue("nl").texts == catalogue("en").texts
    assert catalogue("nl").language == "nl"
