"""Rows of other systems' files as events: the mapping's language on every kind of row."""

from collections import Counter
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from handoff_local.errors import CommandFailed
from handoff_local.file_import.conversion import as_id
from handoff_local.file_import.event_fields import DATA
from handoff_local.file_import.input_rows import open_rows
from handoff_local.file_import.mapping import read_mapping
from handoff_local.file_import.row_events import MappedRow, columns_of, map_row
from journey_api.intake.event_models import EventData

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"

MAPPING = """
    source: /crm
    zone: Europe/Lisbon
    skip: [{column: State, is: [test, ""]}]
    event:
      id: {column: No}
      time: {column: At, type: time}
      data:
        dealer_id: d-1
        customer_id: {column: Who, type: id}
        topics: [{column: About, split: "|", values: {Price: price, Noise: noise_vibration}}, recall]
        facts: {customer: {vip: {column: Vip, type: boolean}}}
"""


def mapped(folder: Path, content: bytes, mapping: str = MAPPING, name: str = "rows.csv") -> list[MappedRow]:
    """Every row of a file of this content."""
    (folder / name).write_bytes(content)
    (folder / "map.yaml").write_text(dedent(mapping))
    read = read_mapping(folder / "map.yaml")
    return [map_row(read, row) for row in open_rows(folder / name, read).found]


def data(folder: Path, *cells: str) -> dict[str, Any]:
    """The data of the event of one row of No, At, Who, About, Vip, State."""
    (one,) = mapped(folder, f"No,At,Who,About,Vip,State\n{','.join(cells)}\n".encode())
    assert one.event is not None, one
    return dict(one.event["data"])


def blames(folder: Path, *cells: str) -> list[str]:
    """The columns a row is refused for."""
    (one,) = mapped(folder, f"No,At,Who,About,Vip,State\n{','.join(cells)}\n".encode())
    return [blame.column for blame in one.refused]


def test_a_row_becomes_an_event(tmp_path: Path) -> None:
    content = "No,At,Who,About,Vip,State\n7,2024-07-01T10:00,C-1,price | Noise,yes,open\n"
    (one,) = mapped(tmp_path, content.encode())
    assert one.event == {
        "specversion": "1.0",
        "type": "handoff.journey.step.v1",
        "source": "/crm",
        "id": "7",
        "time": "2024-07-01T09:00:00+00:00",
        "data": {
            "dealer_id": "d-1",
            "customer_id": "C-1",
            "topics": ["price", "noise_vibration", "recall"],
            "facts": {"customer": {"vip": True}},
        },
    }


def test_what_a_row_does_not_say_is_not_in_its_event(tmp_path: Path) -> None:
    assert data(tmp_path, "7", "", "", "", "", "open") == {"dealer_id": "d-1", "topics": ["recall"]}


def test_everything_wrong_with_a_row_is_found_at_once(tmp_path: Path) -> None:
    assert blames(tmp_path, "7", "yesterday", "C-1", "Colour", "perhaps", "open") == ["At", "About", "Vip"]


@pytest.mark.parametrize("state", ["TEST", " test ", ""])
def test_rows_that_are_skipped(tmp_path: Path, state: str) -> None:
    (one,) = mapped(tmp_path, f"No,At,Who,About,Vip,State\n7,,,,,{state}\n".encode())
    assert one.skipped is not None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-07-01 10:00", "2024-07-01T09:00:00+00:00"),
        ("2024-12-01 10:00:30", "2024-12-01T10:00:30+00:00"),
        ("2024-07-01T10:00:00-03:00", "2024-07-01T13:00:00+00:00"),
        ("2023-10-29 01:30", "2023-10-29T00:30:00+00:00"),
        ("2023-10-29 00:30", "2023-10-28T23:30:00+00:00"),
    ],
)
def test_local_times(tmp_path: Path, text: str, instant: str) -> None:
    content = f"No,At,Who,About,Vip,State\n7,{text},C,,,open\n"
    (one,) = mapped(tmp_path, content.encode())
    assert one.event is not None
    assert one.event["time"] == instant


@pytest.mark.parametrize("text", ["2024-03-31 01:30", "31/03/2024", "0001-01-01T00:00:00+23:59", "2024-13-01", "١٢"])
def test_times_that_are_none(tmp_path: Path, text: str) -> None:
    assert blames(tmp_path, "7", text, "C", "", "", "open") == ["At"]


def test_numbers_of_other_systems_become_ids_and_no_two_the_same() -> None:
    assert as_id("C-1001") == "C-1001"
    given = ["L/0007", "L-0007", "L 0007", "Ä1", "Ö1", "x" * 65, "x" * 66, "///"]
    made = [as_id(one) for one in given]
    assert len(set(made)) == len(given)
    assert all(len(one) <= 64 and one.isascii() and " " not in one and "/" not in one for one in made)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_usual_spelling_of_csv(tmp_path: Path, separator: str, encoding: str, end: str) -> None:
    rows = [["Näme", "Note"], ["Conceição", f'"first{end}""second""{separator}x"'], ["", ""], ["Zé", ""]]
    content = end.join(separator.join(row) for row in rows) + end
    mapping = "{source: /x, event: {data: {dealer_id: {column: Näme}, note: {column: Note}}}}"
    first, second = mapped(tmp_path, content.encode(encoding), mapping)
    assert first.event is not None
    assert second.event is not None
    assert first.event["data"] == {"dealer_id": "Conceição", "note": f'first{end}"second"{separator}x'}
    assert second.event["data"] == {"dealer_id": "Zé"}
    assert second.row.line == 5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    ("line", "separator"), [("sep=;", ";"), ("SEP=,", ","), ("sep=\t", "\t"), ('"sep=|"', "|"), ('"sep=;";;', ";")]
)
def test_the_line_that_tells_excel_the_separator(tmp_path: Path, line: str, separator: str, encoding: str) -> None:
    rows = [line, separator.join(["A", "B;,"]), separator.join(["Zé", "x"]), 'a"', separator.join(['"never'] * 2)]
    mapping = "{source: /x, event: {data: {dealer_id: {column: A}, note: {column: 'B;,'}}}}"
    rows[1] = rows[1].replace("B;,", '"B;,"')
    good, short, broken = mapped(tmp_path, "\r\n".join(rows).encode(encoding), mapping)
    assert good.event is not None
    assert (good.row.line, good.event["data"]) == (3, {"dealer_id": "Zé", "note": "x"})
    assert (short.row.line, broken.row.line) == (4, 5)


def test_the_separator_of_the_mapping_goes_before_that_of_the_file(tmp_path: Path) -> None:
    mapping = "{source: /x, separator: comma, event: {data: {note: {column: B}}}}"
    (one,) = mapped(tmp_path, b"sep=;\nA,B\n1,x;y\n", mapping)
    assert one.event is not None
    assert one.event["data"] == {"note": "x;y"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (b"only one", "1 cells"),
        (b"a,b,c,d", "4 cells"),
        (b"a,b\xff", "encoding"),
        (b'a,"never closed', "the quote that begins on line 3 is never closed"),
        (b'a,"b"c', "behind the quote"),
        (b"a," + b"x" * 1_100_000, "more than 1000000 characters"),
        (b"a,\x00", "NUL"),
    ],
)
def test_hostile_rows_are_refused_and_hold_up_no_other(tmp_path: Path, row: bytes, words: str) -> None:
    mapping = "{source: /x, encoding: utf-8, event: {data: {dealer_id: {column: A}, note: {column: B}}}}"
    good, odd = mapped(tmp_path, b"A,B\nx,y\n" + row + b"\n", mapping)[:2]
    assert good.event is not None
    assert odd.refused
    assert words in odd.refused[0].reason


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        ('1,"never\n2,x\n3,y\n', {2: "line 2 is never closed; of the lines 2 to 4 nothing is read"}),
        ('1,"never\n2,x', {2: "line 2 is never closed; of the lines 2 to 3 nothing is read"}),
        ('"a\nb","never\r\n2,x\r\n', {2: "line 3 is never closed; of the lines 2 to 4 nothing is read"}),
        ('1,"never\n2,"x"\n3,y\n', {2: "written twice; of the lines 2 to 3 nothing is read"}),
        ('1,"' + "2,x\n" * 250_100, {2: "1000000 characters; of the lines 2 to 250002 nothing is read"}),
    ],
)
def test_a_quote_takes_no_line_along_in_silence(tmp_path: Path, content: str, refused: dict[int, str]) -> None:
    mapping = "{source: /x, event: {data: {dealer_id: {column: A}, note: {column: B}}}}"
    rows = mapped(tmp_path, f"A,B\n{content}".encode(), mapping)
    found = {one.row.line: one.refused[0].reason for one in rows if one.refused}
    assert found.keys() == refused.keys()
    assert all(found[line].endswith(words) for line, words in refused.items()), found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'A,"B\n1,2\n', "line 1 is never closed"),
        (b"\n1,2\n", "names no column"),
        (b",,\n1,2\n", "names no column"),
        (b"B,A,B,A\n1,2,3,4\n", "more than once: A, B"),
    ],
)
def test_a_file_without_a_line_of_names_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(CommandFailed, match=words):
        mapped(tmp_path, content)


@pytest.mark.parametrize("name", ["rows.csv", "rows.txt", "rows.json", "rows.JSON", "rows.jsonl", "rows.ndjson"])
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \n\r\n\t"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(CommandFailed, match="the file is empty"):
        mapped(tmp_path, content, name=name)


def test_half_a_letter_in_utf_16_refuses_its_row_alone(tmp_path: Path) -> None:
    half = "A,B\n1,".encode("utf-16") + b"\x00\xd8" + "\n2,x\n".encode("utf-16-le")
    first, second = mapped(tmp_path, half, "{source: /x, event: {data: {note: {column: B}}}}")
    assert "no text in the encoding" in first.refused[0].reason
    assert second.event is not None


def test_a_row_without_an_id_is_known_by_its_content(tmp_path: Path) -> None:
    mapping = "{source: /x, event: {data: {dealer_id: {column: A}}}}"
    first, same, other = (one.event for one in mapped(tmp_path, b"A,B\n1,2\n1,2\n1,3\n", mapping))
    assert first is not None
    assert same is not None
    assert other is not None
    assert first["id"] == same["id"] != other["id"]


def test_objects_of_json_by_pointers(tmp_path: Path) -> None:
    mapping = """
        source: /hooks
        each: /items
        event: {id: {pointer: /no}, data: {topics: {pointer: /tags, values: {a: price}, otherwise: null}}}
    """
    lines = b'{"items": [{"no": 7, "tags": ["A", "b"]}, {"no": 8}]}\nnot json\n{"items": 5}\n'
    first, second, broken, nothing = mapped(tmp_path, lines, mapping, "hooks.jsonl")
    assert first.event is not None
    assert second.event is not None
    assert (first.event["id"], first.event["data"]) == ("7", {"topics": ["price"]})
    assert second.event["id"] == "8"
    assert "not JSON" in broken.refused[0].reason
    assert "no object" in nothing.refused[0].reason


def test_half_characters_refuse_their_row(tmp_path: Path) -> None:
    mapping = "{source: /x, event: {data: {note: {pointer: /n}}}}"
    for text in (b"\\ud800", b"\\u0000"):
        (one,) = mapped(tmp_path, b'{"n": "' + text + b'"}', mapping, "x.json")
        assert one.refused[0].column == "/n"
        assert one.refused[0].reason.startswith("characters that are no text")


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("[]", "an object"),
        ("{source: /x}", "/event"),
        ("{source: /x, event: {data: {a: {column: A, sort: 1}}}}", "/event/data/a/sort"),
        ("{source: /x, event: {data: {a: {column: A, pointer: /a}}}}", "/event/data/a: One of"),
        ("{source: /x, zone: Mars/Base, event: {data: {}}}", "/zone"),
        ("{source: /x, encoding: utf-9, event: {data: {}}}", "/encoding"),
        ("{source: /x, skip: 1, event: {data: {}}}", "/skip"),
        ("{source: /x, event: {data: {a: {column: A, type: money}}}}", "/event/data/a/type"),
        ("{source: /x, colour: red, event: {data: {}}}", "/colour"),
        ("{source: /x, separator: [x], event: {data: {}}}", "/separator"),
        ("{source: /x, each: 5, event: {data: {}}}", "/each"),
        ("{source: /x, event: {data: {note: {column: A, required: yes}}}}", "/event/data/note/required: true or false"),
        ("{source: /x, event: {data: {note: .inf}}}", "/event/data/note: No value"),
        ("{source: /x, event: {data: {note: {constant: !!timestamp 2024-01-01}}}}", "note/constant: No value"),
        ('{source: /x, event: {data: {note: {column: A, values: {x: "\\ud800"}}}}}', "note/values/x: No value"),
    ],
)
def test_mappings_that_cannot_be_used(tmp_path: Path, mapping: str, words: str) -> None:
    (tmp_path / "map.yaml").write_text(mapping)
    with pytest.raises(CommandFailed, match=words):
        read_mapping(tmp_path / "map.yaml")


def test_everything_wrong_with_a_mapping_comes_at_once_with_the_nearest_names(tmp_path: Path) -> None:
    mapping = """
        sorce: /crm
        zone: Mars/Base
        skip: [{column: State}, {colum: State, is: x}]
        event:
          tim: {colum: At, typ: time}
          data:
            observed_by: {rol: salesperson}
            vehicle: {plate: {colum: Plate}}
            topics: [{column: About, valus: {}}]
            zzz: 1
    """
    (tmp_path / "map.yaml").write_text(dedent(mapping))
    with pytest.raises(CommandFailed) as failed:
        read_mapping(tmp_path / "map.yaml")
    said = [line.strip().split(": ", 1) for line in str(failed.value).splitlines()[1:]]
    assert {(pointer, words.partition("near: ")[2]) for pointer, words in said if "near: " in words} == {
        ("/sorce", "source"),
        ("/skip/1/colum", "column"),
        ("/event/tim", "time"),
        ("/event/tim/colum", "column"),
        ("/event/tim/typ", "type"),
        ("/event/data/observed_by/rol", "role"),
        ("/event/data/vehicle/plate/colum", "column"),
        ("/event/data/topics/0/valus", "values"),
    }
    assert {"/source", "/zone", "/skip/0", "/event/data/zzz"} <= {pointer for pointer, _ in said}
    assert "there are dealer_id, " in dict(said)["/event/data/zzz"]


def test_a_mapping_has_room_for_what_the_api_takes() -> None:
    schema = EventData.model_json_schema()

    def names(part: dict[str, Any]) -> dict[str, Any] | None:
        for one in (part, *part.get("anyOf", ())):
            found = schema["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            if "properties" in found:
                return {name: names(inner) for name, inner in found["properties"].items()}
        return None

    assert names(schema) == DATA


def test_a_fault_of_an_event_is_one_of_its_columns() -> None:
    mapping = read_mapping(EXAMPLES / "crm-export.yaml")
    assert columns_of(mapping, "/data/topics/1") == "Assunto"
    assert columns_of(mapping, "/time") == "Data Hora"
    assert columns_of(mapping, "/data/dealer_id") == "/data/dealer_id"


def test_the_example_has_200_rows_and_everything_that_goes_wrong() -> None:
    mapping = read_mapping(EXAMPLES / "crm-export.yaml")
    rows = [map_row(mapping, row) for row in open_rows(EXAMPLES / "crm-export.csv", mapping).found]
    assert len(rows) == 200
    columns = Counter(blame.column for one in rows for blame in one.refused)
    assert columns.keys() == {"", "N.º", "Cliente", "Etapa", "Função", "Data Hora", "Assunto", "Canal"}
    assert any("\n" in one.event["data"].get("note", "") for one in rows if one.event)
