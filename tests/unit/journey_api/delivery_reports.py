"""Reports of mail servers about a mail of ours."""

ATTEMPT = "0192f0c1-5d1e-7a3b-9c4d-2f6e8a1b3c5d"
KIND = 'multipart/report; report-type=delivery-status; boundary="b1"'


def report(
    *blocks: str,
    returned: str = f"Message-ID: <{ATTEMPT}@lisboa.example>\nSubject: x\n",
    returned_kind: str = "text/rfc822-headers",
    envelope: str | None = None,
    kind: str = "message/delivery-status",
) -> bytes:
    """A report with a group of fields for each recipient."""
    per_message = "Reporting-MTA: dns; mx.example.pt\n" + (f"Original-Envelope-Id: {envelope}\n" if envelope else "")
    fields = "\n".join([per_message, *blocks])
    parts = [
        "Content-Type: text/plain\n\nYour mail could not be delivered.\n",
        f"Content-Type: {kind}\n\n{fields}\n",
        f"Content-Type: {returned_kind}\n\n{returned}\n",
    ]
    return ("".join(f"--b1\n{part}" for part in parts) + "--b1--\n").replace("\n", "\r\n").encode()


def recipient(action: str, status: str) -> str:
    """The fields of one recipient."""
    diagnosis = "smtp; 550 5.1.1 <ana@example.pt>: Recipient address rejected"
    return (
        f"Final-Recipient: rfc822; ana@example.pt\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {diagnosis}\n"
    )
