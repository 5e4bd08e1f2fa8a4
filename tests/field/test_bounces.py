"""Reports of mails that came back, as servers write them: the same codes close an address as in the dialogue."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "journey_api"))

from delivery_reports import KIND, report

from journey_api.callbacks.bounce_reports import read_report

PLAIN = "Final-Recipient: rfc822; ana@example.pt\n"


@pytest.mark.parametrize(
    "fields",
    [
        "Action: failed\nStatus: 5.1.1\n",
        "Action: failed (user unknown)\nStatus: 5.1.10 (null MX)\n",
        "ACTION: Failed\nStatus: 5.2.1\n",
        "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.6 moved for good\n",
        "Action: failed\nDiagnostic-Code: smtp;550-5.1.3 bad syntax\n",
        "Action:failed(gone)\nStatus: 5.4.4\nDiagnostic-Code: x-unix; none\n",
        "Action: failed\nStatus: 5.1.10\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found\n",
        "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 sorry, no mailbox here by that name. (#5.1.1)\n",
        "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550-5.1.1 The account does not\n 550 5.1.1 exist\n",
        "Action: failed\nStatus:\n 5.4.4\nDiagnostic-Code: X-Postfix; Name service error: Host not found\n",
        "action:\tFAILED\nstatus:\t5.1.1\t(não existe)\nDiagnostic-Code: utf-8; não existe\n",
        "Action: failed\nStatus: 5.1.2\nDiagnostic-Code: smtp; 450 4.4.7 tried for days\n",
    ],
)
def test_nobody_there_closes_the_address(fields: str) -> None:
    (found,) = read_report(KIND, report(PLAIN + fields))
    assert (found.meaning, found.closes_address) == ("failed", True)


@pytest.mark.parametrize(
    "fields",
    [
        "Action: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 550 5.7.1 blocked\n",
        "Action: failed (message too large)\nStatus: 5.3.4\n",
        "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 554 5.7.26 unauthenticated\n",
        "Action: failed\nStatus: 5.7.133\nDiagnostic-Code: smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticated\n",
        "Action: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp;554 5.2.2 full;\n STOREDRV.Deliver.Exception:Quota\n",
        "Action: failed\nStatus: 4.4.1\nDiagnostic-Code: X-Postfix; connect to 192.0.2.1:25: Connection timed out\n",
        "Action: failed\nStatus: 5.4.1\nDiagnostic-Code: smtp;550 5.4.1 Recipient address rejected: Access denied.\n",
        "Action: failed\nStatus: 5.1.7\n",
        "Action: failed\nStatus: 5.1.8\n",
        "Action: failed\nStatus: 5.2.2\n",
        "Action: failed\nStatus: 5.1.11\n",
        "Action: failed\nDiagnostic-Code: smtp; 550 host 192.5.1.1 said no\n",
        "Action: failed\n",
    ],
)
def test_what_speaks_of_us_or_of_now_closes_nothing(fields: str) -> None:
    (found,) = read_report(KIND, report(PLAIN + fields))
    assert (found.meaning, found.closes_address) == ("failed", False)
