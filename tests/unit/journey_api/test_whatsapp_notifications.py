"""What a WhatsApp notification says, whatever else is in it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey_api.callbacks.provider_events import Incoming, Statement
from journey_api.callbacks.whatsapp import parse_notification, read_notification
from journey_api.http.problems import Problem

NUMBER = "+351912345678"
WRITTEN_AT = datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)


def notification(**value: Any) -> dict[str, Any]:
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"value": value}]}]}


def message(**item: Any) -> dict[str, Any]:
    return {"from": "351912345678", "id": "wamid.1", "timestamp": "1749416383", **item}


@pytest.mark.parametrize(
    ("said", "kept"), [("sent", "accepted"), ("delivered", "delivered"), ("read", "read"), ("played", "read")]
)
def test_a_status(said: str, kept: str) -> None:
    status = {"id": "wamid.1", "status": said, "timestamp": "1", "biz_opaque_callback_data": "A-1"}
    assert list(read_notification(notification(statuses=[status]))) == [Statement(kept, "A-1", "wamid.1")]


def test_a_failure_has_its_code() -> None:
    errors = [{"code": 131047, "title": "Re-engagement message"}]
    status = {"id": "wamid.1", "status": "failed", "errors": errors}
    expected = Statement("perm_failed", None, "wamid.1", "131047")
    assert list(read_notification(notification(statuses=[status]))) == [expected]


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([{"code": "re-engage_1.0"}], "re-engage_1.0"),
        ([{"code": "x" * 64}], "x" * 64),
        ([{"code": "x" * 65}], None),
        ([{"code": "Ana, +351 912 345 678"}], None),
        ([{"code": "\u00e1"}, {"code": ""}, {"code": "131047\n"}], None),
        ([{"code": {"number": 1}}, {"code": [1]}, {"code": None}, {"code": True}, {"code": 1.5}], None),
        ([None, {"title": "x"}, {"code": "a b"}, {"code": 131026}, {"code": 1}], "131026"),
        ({"code": 1}, None),
    ],
)
def test_a_code_is_a_number_or_a_word(errors: Any, code: str | None) -> None:
    status = {"id": "wamid.1", "status": "failed", "errors": errors}
    assert list(read_notification(notification(statuses=[status]))) == [Statement("perm_failed", None, "wamid.1", code)]


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"type": "text", "text": {"body": "Olá"}}, "Olá"),
        ({"type": "button", "button": {"payload": "P", "text": "Sim"}}, "Sim"),
        ({"type": "interactive", "interactive": {"button_reply": {"id": "1", "title": "Amanhã"}}}, "Amanhã"),
        ({"type": "interactive", "interactive": {"list_reply": {"id": "1", "title": "10:00"}}}, "10:00"),
        ({"type": "image", "image": {"id": "1", "caption": "o risco"}}, "o risco"),
        ({"type": "audio", "audio": {"id": "1"}}, None),
        ({"type": "location", "location": {"latitude": 1}}, None),
    ],
)
def test_a_message_of_each_type(item: dict[str, Any], text: str | None) -> None:
    found = list(read_notification(notification(messages=[message(**item)])))
    assert found == [Incoming("whatsapp", "wamid.1", NUMBER, text, at=WRITTEN_AT)]


def test_a_reaction_asks_for_no_reply() -> None:
    item = message(type="reaction", reaction={"message_id": "wamid.0", "emoji": "👍"})
    assert list(read_notification(notification(messages=[item]))) == [
        Incoming("whatsapp", "wamid.1", NUMBER, "👍", silent=True, at=WRITTEN_AT)
    ]


def test_one_bad_item_never_loses_the_others() -> None:
    bad = [None, 7, "x", [], {}, {"id": "wamid.9"}, {"from": "351912345678"}, message(id="x" * 300), message(id=["y"])]
    worse = [message(**{"from": "abc"}), message(type="system", system={"body": "changed number"})]
    good = [message(id="wamid.2", type="text", text={"body": "a"}), message(id="wamid.3", text="not an object")]
    found = list(read_notification(notification(messages=[*bad, good[0], *worse, good[1]], statuses=[{}, 1])))
    assert [item.reference for item in found] == ["wamid.2", "wamid.3"]


@pytest.mark.parametrize("unkept", ["\x00", "\ud800"])
def test_a_character_that_cannot_be_stored_is_left_out(unkept: str) -> None:
    texts = [f"Ol{unkept}\u00e1 \U0001f44d", unkept, "Ol\u00e1"]
    items = [message(id=f"wamid.{at}{unkept}", type="text", text={"body": text}) for at, text in enumerate(texts)]
    status = {"id": "wamid.9", "status": f"read{unkept}", "biz_opaque_callback_data": f"A-1{unkept}", unkept: 1}
    document = parse_notification(json.dumps(notification(messages=items, statuses=[status])).encode())
    assert list(read_notification(document)) == [
        Statement("read", "A-1", "wamid.9"),
        Incoming("whatsapp", "wamid.0", NUMBER, "Ol\u00e1 \U0001f44d", at=WRITTEN_AT),
        Incoming("whatsapp", "wamid.1", NUMBER, None, at=WRITTEN_AT),
        Incoming("whatsapp", "wamid.2", NUMBER, "Ol\u00e1", at=WRITTEN_AT),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        *[b"", b"{", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf{}", b"NaN", b"[-Infinity]", b"7" * 5_000, b'"\x00"'],
        *[b"[" * 33 + b"]" * 33, b"[" * 500_000, b'{"a":' * 100_000],
    ],
)
def test_what_is_no_json_of_a_depth_we_accept_is_refused(raw: bytes) -> None:
    with pytest.raises(Problem) as refused:
        parse_notification(raw)
    assert refused.value.status_code == 400


def test_a_type_that_is_no_text_is_none() -> None:
    (found,) = read_notification(notification(messages=[message(type=["text"], text={"body": "a"})]))
    assert found == Incoming("whatsapp", "wamid.1", NUMBER, "a", at=WRITTEN_AT)


def test_several_entries_and_changes() -> None:
    first, second = notification(messages=[message(id="1")]), notification(statuses=[{"id": "2", "status": "read"}])
    document = {"entry": [*first["entry"], "noise", *second["entry"]]}
    assert [item.reference for item in read_notification(document)] == ["1", "2"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["entry", "changes", "value", "statuses", "messages", "id", "text", "type", "errors", "code"]
            ),
            inner,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_document_is_read_without_an_error(document: Any) -> None:
    assert all(isinstance(item, Statement | Incoming) for item in read_notification(document))
