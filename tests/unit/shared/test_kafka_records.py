"""Records as Kafka messages: whole there and back, and nothing else is taken for one."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bus_records import to_message
from shared.messaging.bus import Record, new_record
from shared.messaging.kafka.message_format import Message, Unreadable, is_other, to_record
from shared.vocabulary import TASKS_TOPIC

NOW = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)
RECORD = new_record(
    TASKS_TOPIC, "handoff.task.created.v1", "lisboa-01", "C-1", NOW, {"number": 1, "why": {"à": [1.5, None]}}, "E-1"
)

_words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=10,
)


@given(
    words=st.tuples(*[_words] * 5),
    time=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30))])),
    data=st.dictionaries(_words, _json, max_size=4),
    event_id=st.none() | _words,
)
def test_a_record_goes_there_and_back_whole(
    words: tuple[str, ...], time: datetime, data: dict[str, object], event_id: str | None
) -> None:
    key, dealer_id, record_id, kind, source = words
    record = Record(TASKS_TOPIC, key, dealer_id, record_id, kind, source, time, data, event_id)
    assert to_record(TASKS_TOPIC, to_message(record)) == record


def test_the_message_is_what_the_cloudevents_binding_says() -> None:
    message = to_message(RECORD)
    assert message.key == b"lisboa-01/C-1"
    assert message.value == '{"number":1,"why":{"à":[1.5,null]}}'.encode()
    assert dict(message.headers) == {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": RECORD.id.encode(),
        "ce_source": b"/dealers/lisboa-01",
        "ce_type": b"handoff.task.created.v1",
        "ce_time": b"2026-11-23T10:00:00.123456+00:00",
        "ce_dealerid": b"lisboa-01",
        "ce_partitionkey": b"lisboa-01/C-1",
        "ce_eventid": b"E-1",
    }


def _changed(**headers: bytes | None) -> Message:
    message = to_message(RECORD)
    kept = [(name, value) for name, value in message.headers if name not in headers]
    return replace(message, headers=[*kept, *((name, value) for name, value in headers.items() if value is not None)])


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Message(None, b"hello", []), "no ce_specversion"),
        (_changed(ce_specversion=b"0.3"), "another version"),
        (_changed(ce_id=None), "no ce_id"),
        (_changed(ce_dealerid=b""), "no ce_dealerid"),
        (_changed(ce_time=b"yesterday"), "no instant"),
        (_changed(ce_time=b"2026-11-23T10:00:00"), "no offset"),
        (_changed(ce_source=b"\xff\xfe"), "not UTF-8"),
        (_changed(ce_source=b"s" * 1281), "too long"),
        (_changed(ce_id="ж".encode() * 641), "too long"),
        (_changed(ce_id=b"a\0b"), "null character"),
        (replace(to_message(RECORD), key=b"\xff"), "key is not UTF-8"),
        (replace(to_message(RECORD), value=None), "not JSON"),
        (replace(to_message(RECORD), value=b"\x00\x01"), "not JSON"),
        (replace(to_message(RECORD), value=b"[1]"), "no JSON object"),
        (replace(to_message(RECORD), value=b'{"a": NaN}'), "not JSON"),
        (replace(to_message(RECORD), value=b'{"a":' * 5000 + b"1" + b"}" * 5000), "not JSON"),
        (replace(to_message(RECORD), value=rb'{"a": "\ud800"}'), "not JSON"),
        (replace(to_message(RECORD), value=rb'{"a": ["\u0000"]}'), "null character"),
        (replace(to_message(RECORD), value=b'{"a": [{"b": -1e400}]}'), "beyond every number"),
        (replace(to_message(RECORD), value=b'{"a": ' + b"9" * 310 + b".5}"), "beyond every number"),
    ],
)
def test_anything_else_is_unreadable_and_says_why(message: Message, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        to_record(TASKS_TOPIC, message)


def test_words_that_only_look_like_a_null_character_are_kept() -> None:
    message = replace(to_message(RECORD), value=rb'{"a": "the six characters \\u0000"}')
    assert to_record(TASKS_TOPIC, message).data == {"a": r"the six characters \u0000"}


@pytest.mark.parametrize("value", [b'{"a": 1e308}', b'{"a": "1e400"}', b'{"a": ' + b"9" * 310 + b"}"])
def test_numbers_that_only_look_beyond_every_number_are_kept(value: bytes) -> None:
    assert to_record(TASKS_TOPIC, replace(to_message(RECORD), value=value)).data["a"]


def test_the_longest_ids_in_any_script_are_read() -> None:
    record = new_record(TASKS_TOPIC, "handoff.task.created.v1", "𝔡" * 128, "𝔠" * 128, NOW, {})
    assert to_record(TASKS_TOPIC, to_message(record)) == record


@given(
    key=st.none() | st.binary(max_size=8),
    value=st.none() | st.binary(max_size=32),
    headers=st.lists(
        st.tuples(st.sampled_from([name for name, _ in to_message(RECORD).headers]), st.none() | st.binary(max_size=12))
    ),
)
def test_bytes_are_unreadable_or_the_record_that_they_say(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    for message in (Message(key, value, headers), replace(to_message(RECORD), key=key, value=value)):
        try:
            record = to_record(TASKS_TOPIC, message)
        except Unreadable:
            continue
        assert record.data == json.loads(message.value or b"")
        assert record.key.encode() == (message.key if message.key is not None else _said(message, "ce_partitionkey"))
        assert record.id.encode() == _said(message, "ce_id")
        assert to_record(TASKS_TOPIC, to_message(record)) == record


@given(data=st.dictionaries(_words, _json, max_size=4), cut=st.integers(1, 1000))
def test_a_whole_value_is_read_and_one_cut_short_is_not(data: dict[str, object], cut: int) -> None:
    message = to_message(replace(RECORD, data=data))
    assert message.value is not None
    assert to_record(TASKS_TOPIC, message).data == data
    with pytest.raises(Unreadable, match="not JSON"):
        to_record(TASKS_TOPIC, replace(message, value=message.value[: -min(cut, len(message.value))]))


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time", "dealerid"])
@pytest.mark.parametrize("value", [None, b"", b"\xff"])
def test_a_message_without_one_of_its_attributes_is_unreadable(name: str, value: bytes | None) -> None:
    assert to_record(TASKS_TOPIC, _changed()) == RECORD
    with pytest.raises(Unreadable):
        to_record(TASKS_TOPIC, _changed(**{f"ce_{name}": value}))


def _said(message: Message, name: str) -> bytes | None:
    return dict(message.headers)[name]


@pytest.mark.parametrize(
    ("headers", "other"),
    [
        ([("ce_type", b"handoff.task.created.v1")], False),
        ([("ce_type", b"handoff.task.updated.v1")], True),
        ([("ce_type", b"\xff")], True),
        ([("ce_type", b"")], False),
        ([("ce_type", None)], False),
        ([], False),
    ],
)
def test_only_a_message_that_says_so_is_of_another_type(headers: list[tuple[str, bytes | None]], other: bool) -> None:
    """One that says nothing is to be read, and found to be none of ours."""
    assert is_other(Message(None, None, headers), {"handoff.task.created.v1"}) is other
