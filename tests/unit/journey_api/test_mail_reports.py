"""Mails that came back, as mail servers write them."""

import pytest
from delivery_reports import ATTEMPT, KIND, recipient, report

from journey_api.callbacks.bounce_reports import MailReport, read_report
from journey_api.http.problems import Problem


def test_a_failure_has_its_status() -> None:
    (found,) = read_report(KIND, report(recipient("failed", "5.1.1")))
    assert found == MailReport(ATTEMPT, "failed", "5.1.1")
    assert found.closes_address


@pytest.mark.parametrize(
    ("status", "closes"),
    [("5.1.1", True), ("5.1.10", True), ("5.1.2", True), ("5.1.8", False), ("5.2.2", False), ("5.7.1", False)],
)
def test_only_what_is_said_of_the_address_closes_it(status: str, closes: bool) -> None:
    (found,) = read_report(KIND, report(recipient("failed", status)))
    assert found.closes_address is closes


@pytest.mark.parametrize("status", ["4.4.7", "4.2.2 (mailbox full)"])
def test_a_mail_given_up_after_many_tries_has_failed_too(status: str) -> None:
    (found,) = read_report(KIND, report(recipient("failed", status)))
    assert (found.meaning, found.code, found.closes_address) == ("failed", status[:5], False)


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", "", "unheard-of"])
def test_what_settles_nothing_says_nothing(action: str) -> None:
    assert read_report(KIND, report(recipient(action, "4.0.0"))) == []


def test_a_delivery() -> None:
    assert read_report(KIND, report(recipient("Delivered", "2.1.5"))) == [MailReport(ATTEMPT, "delivered", "2.1.5")]


@pytest.mark.parametrize("returned_kind", ["message/rfc822", "text/rfc822-headers", "message/global-headers"])
def test_the_mail_is_found_in_what_was_returned(returned_kind: str) -> None:
    headers = f"Received: from a\n\tby b\nMessage-Id:\n <{ATTEMPT}@lisboa.example>\nFrom: x@y\n\nwords\n"
    body = report(recipient("failed", "5.1.1"), returned=headers, returned_kind=returned_kind)
    assert [found.attempt_id for found in read_report(KIND, body)] == [ATTEMPT]


@pytest.mark.parametrize("envelope", [ATTEMPT, f"{ATTEMPT}@lisboa.example"])
def test_the_envelope_names_it_where_nothing_was_returned(envelope: str) -> None:
    body = report(recipient("failed", "5.1.1"), returned="gone", returned_kind="text/plain", envelope=envelope)
    assert [found.attempt_id for found in read_report(KIND, body)] == [ATTEMPT]


def test_a_whole_mail_that_is_a_report() -> None:
    head = f"From: MAILER-DAEMON@example.pt\r\nMIME-Version: 1.0\r\nContent-Type: {KIND}\r\n\r\n".encode()
    assert len(read_report("message/rfc822", head + report(recipient("failed", "5.1.1")))) == 1


def test_a_report_in_utf_8() -> None:
    body = report(recipient("failed", "5.1.1"), kind="message/global-delivery-status")
    assert read_report(KIND, body) == [MailReport(ATTEMPT, "failed", "5.1.1")]


def test_a_complaint() -> None:
    body = report("Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n", kind="message/feedback-report")
    body = body.replace(b"Reporting-MTA: dns; mx.example.pt\r\n\r\n", b"")
    (found,) = read_report(KIND.replace("delivery-status", "feedback-report"), body)
    assert found == MailReport(ATTEMPT, "complaint")
    assert found.closes_address


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_a_feedback_that_is_no_complaint(kind: str) -> None:
    body = report(f"Feedback-Type: {kind}\n", kind="message/feedback-report")
    body = body.replace(b"Reporting-MTA: dns; mx.example.pt\r\n\r\n", b"")
    assert read_report(KIND, body) == []


@pytest.mark.parametrize("kind", ["application/json", "", "multipart/mixed; boundary=b1", "text/plain"])
def test_another_media_type_is_refused(kind: str) -> None:
    with pytest.raises(Problem) as refused:
        read_report(kind, b"{}")
    assert refused.value.status_code == 415


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (KIND, b""),
        (KIND, b"no parts at all"),
        ("multipart/report", report(recipient("failed", "5.1.1"))),
        ("message/rfc822", b"Subject: I am on holiday\r\n\r\nBack on Monday."),
        (KIND, report(recipient("failed", "5.1.1"), returned="Message-ID: <>\n")),
        (KIND, report(recipient("failed", "5.1.1"), returned="Message-ID: <a b@c>\n")),
        (KIND, report(recipient("failed", "5.1.1"), returned="Message-ID: <" + "a" * 99 + "@c>\n")),
    ],
)
def test_a_report_of_no_mail_is_invalid(kind: str, body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        read_report(kind, body)
    assert refused.value.status_code == 422
