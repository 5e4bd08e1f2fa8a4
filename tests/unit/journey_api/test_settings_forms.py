"""Forms of settings, without pages: how they are read, and what differs."""

from journey_api.console.settings.form import read_fields
from journey_api.console.settings.form_fields import Field, Section, changes, with_typed
from journey_api.console.settings.repeated import with_spare
from journey_api.console.settings.written import read_decimal, read_number


def test_lines_end_as_they_are_stored() -> None:
    form = read_fields([("sender[footer][pt]", "Avenida Motors\r\nLisboa"), ("do", "store")])
    assert form.typed == {"sender[footer][pt]": ["Avenida Motors\nLisboa"]}


def test_an_untouched_text_is_no_change() -> None:
    before = [Section("Footers", (Field("sender[footer][pt]", "Portuguese", "textarea", ("a\nb",)),))]
    typed = read_fields([("sender[footer][pt]", "a\r\nb")]).typed
    assert changes(before, with_typed(before, typed)) == []


def test_ticks_keep_the_order_that_is_stored() -> None:
    options = (("a", "A"), ("b", "B"), ("c", "C"))
    before = [Section("Person", (Field("roles", "Roles", "checkboxes", ("c", "a"), options),))]
    assert changes(before, with_typed(before, {"roles": ["a", "c"]})) == []
    assert changes(before, with_typed(before, {"roles": ["a", "b", "c"]})) == [("Person: Roles", "C, A", "C, A, B")]
    assert changes(before, with_typed(before, {"roles": ["a"]})) == [("Person: Roles", "C, A", "A")]


def test_numbers_that_cannot_be_read_stay_what_they_are() -> None:
    assert (read_number("12"), read_number(""), read_number("-1")) == (12, None, "-1")
    assert (read_decimal("0,8"), read_decimal("3"), read_decimal("")) == (0.8, 3.0, None)
    for text in ("9" * 5_000, "\u0663"):
        assert read_number(text) == read_decimal(text) == text
    for text in ("NaN", "1e9", "-0.1", "0.8.1", ".5", "much"):
        assert read_decimal(text) == text


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


def test_rows_of_a_table_in_a_table_are_packed_as_others() -> None:
    pairs = [("tables[inspection][0][to_role]", ""), ("tables[inspection][1][to_role]", "service_manager")]
    typed = read_fields(pairs).typed
    assert typed == {
        "tables[inspection][0][to_role]": ["service_manager"],
        "tables[inspection][1][to_role]": [""],
    }
    assert [at for at, _ in with_spare([{"to_role": "x"}], typed, "tables[inspection]")] == [0, 1, 2]
    more = read_fields([(f"tables[inspection][{at}][to_role]", "service_manager") for at in range(3)]).typed
    assert [at for at, _ in with_spare([], more, "tables[inspection]")] == [0, 1, 2, 3, 4]


def test_what_was_shown_is_the_same_whatever_empty_rows_are_sent() -> None:
    filled = [("tables[inspection][0][to_role]", "service_manager")]
    assert read_fields(filled).digest == read_fields([*filled, ("tables[inspection][1][to_role]", "")]).digest
    assert read_fields(filled).digest != read_fields([("tables[inspection][0][to_role]", "king")]).digest
