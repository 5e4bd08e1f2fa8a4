"""What the forms of an SMS provider say, whatever is in them."""

import pytest

from journey_api.callbacks.provider_events import Incoming, Statement
from journey_api.callbacks.signatures import is_twilios, twilio_signature
from journey_api.callbacks.sms import read_message, read_status

NUMBER = "+351912345678"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("30006", "30006"),
        ("a.B-c_9", "a.B-c_9"),
        ("x" * 64, "x" * 64),
        ("x" * 65, None),
        ("", None),
        ("30006 ", None),
        ("30006\n", None),
        ("\u0663", None),
        (f"no such number: {NUMBER}", None),
        ("ana@example.pt", None),
        ("30006\x00", "30006"),
    ],
)
def test_a_code_is_a_number_or_a_word(said: str, code: str | None) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": said}
    assert read_status(form, None) == Statement("perm_failed", None, "SM1", code)


@pytest.mark.parametrize("unkept", ["\x00", "\ud800"])
def test_a_character_that_cannot_be_stored_is_left_out(unkept: str) -> None:
    form = {"MessageSid": f"SM1{unkept}", "From": NUMBER, "Body": f"Ol{unkept}\u00e1", f"X{unkept}": unkept}
    assert read_message(form) == Incoming("sms", "SM1", NUMBER, "Ol\u00e1")
    assert read_message({**form, "Body": unkept}) == Incoming("sms", "SM1", NUMBER, None)
    status = {"MessageSid": f"SM1{unkept}", "MessageStatus": f"read{unkept}", "To": NUMBER}
    assert read_status(status, "A-1") == Statement("read", "A-1", "SM1", None, NUMBER)


def test_an_id_of_nothing_else_is_none() -> None:
    assert read_message({"MessageSid": "\x00", "From": NUMBER, "Body": "x"}) is None
    assert read_status({"MessageSid": "\ud800", "MessageStatus": "read"}, None) is None


def test_whatever_a_form_holds_can_be_signed() -> None:
    fields = [("Body", "Ol\x00\ud800\u00e1")]
    assert is_twilios("t", "https://x.example/", fields, twilio_signature("t", "https://x.example/", fields))
    assert not is_twilios("t", "https://x.example/", fields, twilio_signature("t", "https://x.example/", []))
