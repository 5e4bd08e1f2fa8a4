"""Every language says everything; one more is a folder and a line."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import meta

from journey_api.tasks.contact_card import ContactOption, contact_document
from shared.channels.registry import channel_kinds
from shared.languages.greetings import greeting, role_title, team_name
from shared.languages.registry import (
    Language,
    Text,
    choose_language,
    find_text,
    language_codes,
    language_of,
    registered,
    text_of,
)
from shared.languages.renderer import render, template_environment
from shared.playbook.routing.explanation import because_text, entry_title
from shared.playbook.ruleset.checks import lint_playbook
from shared.playbook.ruleset.loader import playbook
from shared.playbook.types import Because
from shared.vocabulary import ROLES

ENGLISH = language_of("en")
OWN = ("titles",)
"""Sections that hold what a language needs and others do not."""

every_language = pytest.mark.parametrize("language", [language_of(code) for code in language_codes()])
GENDERS = ("f", "m", "x", None)


def forms(text: Text) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def messages(language: Language) -> set[str]:
    folder = language.folder / "messages"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.txt")}


@every_language
def test_every_section_and_id_is_there_and_no_other(language: Language) -> None:
    ours = {name: set(texts) for name, texts in language.sections.items() if name not in OWN}
    assert ours == {name: set(texts) for name, texts in ENGLISH.sections.items() if name not in OWN}


@every_language
def test_no_id_is_a_truth_of_yaml(language: Language) -> None:
    """`off`, `on`, `yes` and `no` are text only between quotes."""
    assert [name for texts in language.sections.values() for name in texts if not isinstance(name, str)] == []


@every_language
def test_every_text_takes_the_names_that_english_takes(language: Language) -> None:
    names = {
        (section, name, frozenset(re.findall(r"{(\w+)}", form)))
        for section, texts in language.sections.items()
        if section not in ("language", *OWN)
        for name, text in texts.items()
        for form in forms(text)
    }
    for section, name, found in names:
        (wanted,) = {frozenset(re.findall(r"{(\w+)}", form)) for form in forms(ENGLISH.sections[section][name])}
        assert found == wanted, f"{section}.{name}"


@every_language
def test_every_text_with_genders_has_one_for_who_has_none(language: Language) -> None:
    texts = [text for section in language.sections.values() for text in section.values() if isinstance(text, dict)]
    assert all("x" in text for text in texts)


@every_language
def test_every_message_is_there_and_reads_the_same_values(language: Language) -> None:
    assert messages(language) == messages(ENGLISH)
    for message in messages(language):
        assert read_names(language, message) == read_names(ENGLISH, message), message


def read_names(language: Language, message: str) -> set[str]:
    environment = template_environment(language.folder / "messages")
    return meta.find_undeclared_variables(
        environment.parse((language.folder / "messages" / message).read_text(encoding="utf-8"))
    )


@every_language
def test_every_kind_of_channel_has_a_name(language: Language) -> None:
    assert set(language.sections["channel_kinds"]) == {kind.name for kind in channel_kinds()}


@every_language
@pytest.mark.parametrize("gender", GENDERS)
def test_every_greeting_names_who_is_greeted(language: Language, gender: str | None) -> None:
    person = {"name": "Conceição Araújo", "salutation": "Sra. Dra.", "gender": gender}
    assert "Sra. Dra." in greeting(person, language.code)
    assert "Conceição Araújo" in greeting(person, language.code)
    assert "Conceição Araújo" in greeting({**person, "salutation": None}, language.code)
    assert greeting({"gender": gender}, language.code)[-1] in ",:：！!"


@pytest.mark.parametrize(
    ("language", "person", "expected"),
    [
        ("pt-PT", {"name": "Ana Sousa", "gender": "f"}, "Exma. Senhora Ana Sousa,"),
        ("pt", {"name": "Ana Sousa", "gender": "f", "salutation": "Sra. Dra."}, "Exma. Sra. Dra. Ana Sousa,"),
        ("pt", {"name": "Rui Alves", "gender": "m"}, "Exmo. Senhor Rui Alves,"),
        ("es", {"name": "Rui Alves", "gender": "m"}, "Estimado señor Rui Alves:"),
        ("ru", {"name": "Анна Соуза", "gender": "f"}, "Уважаемая госпожа Анна Соуза!"),
        ("zh", {"name": "王芳", "salutation": "博士"}, "尊敬的王芳博士："),
        ("en", {"name": "Ana Sousa", "gender": "x"}, "Dear Ana Sousa,"),
        ("en", {"gender": "f"}, "Dear Madam,"),
    ],
)
def test_a_greeting_is_as_formal_as_the_record_allows(language: str, person: dict[str, str], expected: str) -> None:
    assert greeting(person, language) == expected


@pytest.mark.parametrize("language", language_codes())
def test_where_nobody_is_known_a_team_signs_and_no_field_of_a_form(language: str) -> None:
    teams = {role: team_name(role, language) for role in ROLES}
    assert len(set(teams.values())) == 3
    assert not {"(", "/", "_"} & set("".join(teams.values()))
    assert all("/" not in role_title(role, language) and "(" not in role_title(role, language) for role in ROLES)


def test_a_title_follows_the_gender_where_it_is_known() -> None:
    assert [role_title("salesperson", "pt", {"gender": gender}) for gender in GENDERS] == [
        "Vendedora",
        "Vendedor",
        "Equipa de Vendas",
        "Equipa de Vendas",
    ]
    assert role_title("salesperson", "pt", {"salutation": "Sra. Eng.ª"}) == "Vendedora"
    assert role_title("workshop_manager", "pt") == "Responsável da Oficina"


@pytest.mark.parametrize(
    ("language", "salutation", "expected"),
    [
        ("es", "Sr.", "Estimado Sr. Rui Alves:"),
        ("es", "SRA.", "Estimada SRA. Rui Alves:"),
        ("es", "Sr. D.", "Estimado Sr. D. Rui Alves:"),
        ("es", "Sra. D.ª", "Estimada Sra. D.ª Rui Alves:"),
        ("es", "Don", "Estimado Don Rui Alves:"),
        ("es", "Mr", "Estimado Mr Rui Alves:"),
        ("es", "Ing.", "Estimado/a Ing. Rui Alves:"),
        ("es", "Sr. y Sra.", "Estimado/a Sr. y Sra. Rui Alves:"),
        ("pt", "Sr. Eng.", "Exmo. Sr. Eng. Rui Alves,"),
        ("pt", "Sr.ª Dr.ª", "Exma. Sr.ª Dr.ª Rui Alves,"),
        ("pt", "Dona", "Exma. Dona Rui Alves,"),
        ("pt", "Sr.(a)", "Exmo.(a) Sr.(a) Rui Alves,"),
        ("ru", "г-н", "Уважаемый г-н Rui Alves!"),
        ("ru", "Госпожа", "Уважаемая Госпожа Rui Alves!"),
        ("ru", "д-р", "Здравствуйте, д-р Rui Alves!"),
        ("en", "Sr.", "Dear Sr. Rui Alves,"),
        ("zh", "先生", "尊敬的Rui Alves先生："),
        ("zh", "Sra. Dra.", "尊敬的Sra. Dra. Rui Alves："),
    ],
)
def test_a_salutation_tells_the_gender_that_the_record_does_not(language: str, salutation: str, expected: str) -> None:
    assert greeting({"name": "Rui Alves", "salutation": salutation}, language) == expected


def test_the_gender_of_the_record_goes_before_what_the_salutation_tells() -> None:
    person = {"name": "Ana Sousa", "salutation": "Dr.", "gender": "f"}
    assert greeting(person, "pt") == "Exma. Dr. Ana Sousa,"
    assert greeting({**person, "gender": "x"}, "pt") == "Exmo.(a) Dr. Ana Sousa,"
    assert greeting({"salutation": "Sr."}, "es") == "Estimado señor:"
    assert greeting({"salutation": "Mrs"}, "en") == "Dear Madam,"


@pytest.fixture
def dutch(tmp_path: Path) -> Iterator[Language]:
    folder = tmp_path / "nl"
    shutil.copytree(ENGLISH.folder, folder)
    change(folder / "language.yaml", "en-GB", "nl-NL")
    change(folder / "playbook.yaml", 'CALL: "Call the customer"', 'CALL: "Bel de klant"')
    change(folder / "reasons.yaml", "It always follows.", "Het volgt altijd.")
    change(folder / "people.yaml", 'x: "Dear {name},"', 'x: "Geachte {name},"')
    change(folder / "pages.yaml", "No way to reach the customer is known", "De klant is niet te bereiken")
    change(folder / "messages" / "ACK.txt", "Thank you for your message.", "Dank u voor uw bericht.")
    language = Language("nl", folder)
    with registered(language):
        yield language


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_language_more_is_a_folder_and_a_line(dutch: Language) -> None:
    assert choose_language("nl-NL", {"locale": "pt-PT"}) == "nl-NL"
    assert lint_playbook(playbook()) == []
    assert entry_title(playbook(), "CALL", "nl") == "Bel de klant"
    assert because_text(Because("always", {}), playbook().texts, "nl-NL") == "Het volgt altijd."
    unknown = ContactOption(None, None, allowed_now=False, reason="none")
    assert contact_document(unknown, "nl", masked=False)["because"] == "De klant is niet te bereiken"
    words = render("ACK", "nl-NL", {"name": "Jan", "dealer": "Autos", "signature": "", "answer_by": None})
    assert words.text.startswith("Geachte Jan,\n\nDank u voor uw bericht.")


def test_it_is_gone_where_its_line_is() -> None:
    assert "nl" not in language_codes()
    assert choose_language("nl-NL", {"fallback_locale": "pt-PT"}) == "pt-PT"
    assert text_of("entries", "CALL", "nl") == "Call the customer"


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("playbook.yaml", "  C-VIP: ", "  C-VAP: ", "nl: no text for conditions.C-VIP"),
        ("reasons.yaml", "  always: ", "  ever: ", "nl: no text for reasons.always"),
    ],
)
def test_a_language_with_a_gap_is_reported(tmp_path: Path, file: str, old: str, new: str, problem: str) -> None:
    folder = tmp_path / "nl"
    shutil.copytree(ENGLISH.folder, folder)
    change(folder / file, old, new)
    with registered(Language("nl", folder)):
        assert problem in lint_playbook(playbook())


def test_two_languages_of_one_code_are_refused() -> None:
    with pytest.raises(ValueError, match="language en already"), registered(Language("en", ENGLISH.folder)):
        pass


def test_two_files_of_one_section_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("roles:\n  salesperson: One\n")
    with pytest.raises(ValueError, match="roles"):
        _ = Language("nl", tmp_path).sections


def test_what_is_not_there_is_none() -> None:
    assert find_text("entries", "NO-SUCH", "pt") is None
    assert find_text("no_such", "CALL", "pt") is None
