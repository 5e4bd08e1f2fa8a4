"""Reports whose returned mail, or whose own form, is strange: what lies in a returned mail is never looked into."""

import base64

import pytest
from delivery_reports import ATTEMPT, KIND, recipient, report
from hypothesis import given
from hypothesis import strategies as st

from journey_api.callbacks.bounce_reports import MailReport, read_report
from journey_api.http.problems import Problem

FRAGMENTS = (
    *(b"--b1\r\n", b"--b1--\r\n", b"--b1", b"--in\n", b"\r\n", b"\n", b"\r", b"\x00\xff", b" \t", b"="),
    *(f"{kind}\r\n".encode() for kind in (f"Content-Type: {KIND}", "Content-Type: multipart/mixed; boundary=in")),
    *(b"Content-Type: message/delivery-status\r\n", b"Content-Type: message/rfc822\r\n", b"Action: failed\r\n"),
    *(b"Content-Type: message/feedback-report\r\n", b"Content-Transfer-Encoding: base64\r\n", b"Status: 5.1.1\r\n"),
    f"Message-ID: <{ATTEMPT}@x>\r\n".encode(),
)


def nested(levels: int) -> str:
    """A mail whose multiparts lie within each other."""
    inner = "".join(f'Content-Type: multipart/mixed; boundary="n{n}"\n\n--n{n}\n' for n in range(levels))
    return f"Message-ID: <{ATTEMPT}@lisboa.example>\n{inner}\nx\n"


@pytest.mark.parametrize("levels", [1_200, 15_000])
def test_how_deep_a_returned_mail_nests_is_of_no_matter(levels: int) -> None:
    body = report(recipient("failed", "5.1.1"), returned=nested(levels), returned_kind="message/rfc822")
    assert read_report(KIND, body) == [MailReport(ATTEMPT, "failed", "5.1.1")]


@pytest.mark.parametrize("returned_kind", ["message/rfc822", "message/global"])
def test_what_lies_in_a_returned_mail_is_no_word_of_the_report(returned_kind: str) -> None:
    inner = report(recipient("delivered", "2.0.0"), returned="Message-ID: <other@x>\n").decode().replace("b1", "b2")
    returned = f"Message-ID: <{ATTEMPT}@x>\nContent-Type: {KIND.replace('b1', 'b2')}\n\n{inner}".replace("\r\n", "\n")
    body = report(recipient("failed", "5.1.1"), returned=returned, returned_kind=returned_kind)
    assert read_report(KIND, body) == [MailReport(ATTEMPT, "failed", "5.1.1")]


def test_a_mail_without_an_id_is_not_known_by_one_that_it_holds() -> None:
    returned = f"Subject: x\nContent-Type: message/rfc822\n\nMessage-ID: <{ATTEMPT}@x>\n\nx\n"
    with pytest.raises(Problem):
        read_report(KIND, report(recipient("failed", "5.1.1"), returned=returned, returned_kind="message/rfc822"))


@pytest.mark.parametrize(
    "returned",
    [
        f"X-Long: {'x' * 500_000}\nMessage-ID: <{ATTEMPT}@x>\n",
        "X-Long: x\n" + " x\n" * 100_000 + f"Message-ID: <{ATTEMPT}@x>\n",
        f"Message-ID: <{ATTEMPT}@x>\n" + "\n" * 500_000,
        f"Message-ID: <{ATTEMPT}@x>\nContent-Type: multipart/mixed; boundary*=x; boundary*0=y\n\n--x\n",
        f"no header line\nMessage-ID: <{ATTEMPT}@x>\n",
        f"Message-ID: <{ATTEMPT}@x>\nSubject: \ufffd\ud7ff\x00\n\n\x00",
    ],
    ids=["long", "folded", "blank", "contradictory", "broken", "odd"],
)
def test_a_strange_returned_mail_is_still_a_bounce(returned: str) -> None:
    body = report(recipient("failed", "5.1.1"), returned=returned, returned_kind="message/rfc822")
    assert read_report(KIND, body) == [MailReport(ATTEMPT, "failed", "5.1.1")]


def test_what_stands_around_the_parts_is_not_read() -> None:
    stray = f"Content-Type: message/rfc822\r\n\r\nMessage-ID: <stray@x>\r\n\r\n--b10\r\n{'--b1 --' * 2}\r\n".encode()
    body = stray + report(recipient("failed", "5.1.1")) + b"\r\n--b1\r\n" + stray
    assert read_report(KIND, body) == [MailReport(ATTEMPT, "failed", "5.1.1")]


def test_boundary_lines_may_be_padded_and_the_last_may_be_missing() -> None:
    body = report(recipient("failed", "5.1.1")).replace(b"--b1--\r\n", b"").replace(b"--b1\r\n", b"--b1 \t\r\n")
    assert read_report(KIND, body) == [MailReport(ATTEMPT, "failed", "5.1.1")]
    assert read_report(KIND, body.replace(b"\r\n", b"\n")) == [MailReport(ATTEMPT, "failed", "5.1.1")]


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/global-headers", "message/global"])
def test_a_part_may_be_encoded(kind: str) -> None:
    text = f"Message-ID: <{ATTEMPT}@lisboa.example>\nSubject: Ol\u00e1\n"
    for encoding, encoded in (
        ("base64", base64.encodebytes(text.encode()).decode()),
        ("Quoted-Printable", text.replace("@", "=40").replace("\u00e1", "=C3=A1")),
    ):
        returned = f"{kind}\nContent-Transfer-Encoding: {encoding}"
        body = report(recipient("failed", "5.1.1"), returned=encoded, returned_kind=returned)
        assert read_report(KIND, body) == [MailReport(ATTEMPT, "failed", "5.1.1")]


def test_encoded_statuses_in_utf_8() -> None:
    plain = f"Reporting-MTA: dns; x\n\n\n{recipient('failed', '5.1.1')}\n{recipient('delivered', '2.0.0')}"
    body = (
        "--b1\nContent-Type: message/global-delivery-status\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.encodebytes(plain.encode()).decode()}\n"
        f"--b1\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{ATTEMPT}@x>\n--b1--\n"
    )
    assert [(found.meaning, found.code) for found in read_report(KIND, body.encode())] == [
        ("failed", "5.1.1"),
        ("delivered", "2.0.0"),
    ]


@pytest.mark.parametrize("broken", ["TWVzc2FnZ", "=", "\u00e1" * 9, ""])
def test_what_cannot_be_decoded_is_nothing(broken: str) -> None:
    kind = "text/rfc822-headers\nContent-Transfer-Encoding: base64"
    body = report(recipient("failed", "5.1.1"), returned=broken, returned_kind=kind, envelope=ATTEMPT)
    assert read_report(KIND, body) == [MailReport(ATTEMPT, "failed", "5.1.1")]


def within(levels: int) -> bytes:
    """A report whose parts lie within multiparts within each other."""
    head = "".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(1, levels + 1))
    parts = report(recipient("failed", "5.1.1")).decode().replace("\r\n", "\n").replace("b1", f"b{levels + 1}")
    return (head + parts + f"--b{levels}--\n").encode()


def test_multiparts_within_a_report_are_read_a_few_levels_deep() -> None:
    assert read_report(KIND, within(2)) == [MailReport(ATTEMPT, "failed", "5.1.1")]
    for levels in (3, 10_000):
        with pytest.raises(Problem):
            read_report(KIND, within(levels))


def test_a_report_within_another_mail_is_none() -> None:
    head = b"Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n" + f"Content-Type: {KIND}\r\n\r\n".encode()
    with pytest.raises(Problem) as refused:
        read_report("message/rfc822", head + report(recipient("failed", "5.1.1")) + b"--out--\r\n")
    assert refused.value.status_code == 422


def test_a_report_of_countless_recipients_is_read_in_part() -> None:
    found = read_report(KIND, report(*[recipient("failed", "5.1.1")] * 5_000))
    assert set(found) == {MailReport(ATTEMPT, "failed", "5.1.1")}
    assert len(found) < 100


@pytest.mark.parametrize("parameters", ["boundary*=x; boundary*0=y", "boundary*=idna'x'%FF", "boundary=" + "b" * 5_000])
def test_a_boundary_nobody_can_read_is_none(parameters: str) -> None:
    with pytest.raises(Problem) as refused:
        read_report(f"multipart/report; {parameters}", report(recipient("failed", "5.1.1")))
    assert refused.value.status_code == 422


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30), st.sampled_from([KIND, "message/rfc822"]))
def test_any_order_of_fragments_is_read_or_refused(fragments: list[bytes], kind: str) -> None:
    try:
        found = {said.attempt_id for said in read_report(kind, b"".join(fragments))}
    except Problem:
        found = set()
    assert found <= {ATTEMPT}
