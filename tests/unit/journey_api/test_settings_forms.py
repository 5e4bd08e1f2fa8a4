"""Forms of settings, without pages: how they are read, and what differs."""

from journey_api.console.settings.fields import Field, Section, changes, with_typed
from journey_api.console.settings.form import read_fields
from journey_api.console.settings.written import read_json, read_number


def test_lines_end_as_they_are_stored() -> None:
    form = read_fields([("chains[resolution]", "PT1H manager\r\nPT2H manager"), ("do", "store")])
    assert form.typed == {"chains[resolution]": ["PT1H manager\nPT2H manager"]}


def test_an_untouched_text_is_no_change() -> None:
    before = [Section("Chains", (Field("chains[resolution]", "Resolution", "textarea", ("a\nb",)),))]
    typed = read_fields([("chains[resolution]", "a\r\nb")]).typed
    assert changes(before, with_typed(before, typed)) == []


def test_ticks_keep_the_order_that_is_stored() -> None:
    options = (("a", "A"), ("b", "B"), ("c", "C"))
    before = [Section("Person", (Field("roles", "Roles", "checkboxes", ("c", "a"), options),))]
    assert changes(before, with_typed(before, {"roles": ["a", "c"]})) == []
    assert changes(before, with_typed(before, {"roles": ["a", "b", "c"]})) == [("Person: Roles", "C, A", "C, A, B")]
    assert changes(before, with_typed(before, {"roles": ["a"]})) == [("Person: Roles", "C, A", "A")]


def test_numbers_and_tables_that_cannot_be_read_stay_what_they_are() -> None:
    assert (read_number("12"), read_number(""), read_number("-1")) == (12, None, "-1")
    assert read_json('{"a": [1]}') == {"a": [1]}
    for text in ("9" * 5_000, "\u0663"):
        assert read_number(text) == text
    for text in ("{", "[" * 100_000, "[" * 40 + "]" * 40, "NaN", '"\\u0000"', '"\\ud800"'):
        assert read_json(text) == text


def test_a_row_left_empty_gives_its_place_to_the_next() -> None:
    pairs = [("leave[0][from]", " "), ("leave[0][to]", ""), ("leave[1][from]", "2026-12-24"), ("leave[1][to]", "")]
    assert read_fields([*pairs, ("name", "Ana"), ("shifts[mon]", "")]).typed == {
        "leave[0][from]": ["2026-12-24"],
        "leave[0][to]": [""],
        "leave[1][from]": [" "],
        "leave[1][to]": [""],
        "name": ["Ana"],
        "shifts[mon]": [""],
    }
