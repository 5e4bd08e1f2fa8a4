"""What nobody has asked the customer yet."""

from typing import Any

import pytest

from journey_api.tasks.handover_packet import missing_fields

REQUEST = ("service_request_received",)
APPOINTMENT = ("service_appointment_requested",)
TOLD = {"problem": "screen restarts", "situation": "while driving"}


@pytest.mark.parametrize(
    ("occurrences", "vehicle", "intake", "facts", "missing"),
    [
        (REQUEST, {}, {}, {}, ["vehicle", "problem", "situation"]),
        (REQUEST, {"plate": "AA-00-BB"}, {"problem": "noise"}, {}, ["situation"]),
        (REQUEST, {"vin": "SALWA2"}, TOLD, {}, []),
        (APPOINTMENT, {}, {}, {}, ["mobility"]),
        (APPOINTMENT, {}, {}, {"mobility.option": "none"}, []),
        (("offer_presented",), {}, {}, {}, []),
    ],
)
def test_what_is_missing(
    occurrences: tuple[str, ...],
    vehicle: dict[str, Any],
    intake: dict[str, Any],
    facts: dict[str, Any],
    missing: list[str],
) -> None:
    assert missing_fields(occurrences, vehicle, intake, facts) == missing


def test_what_a_condition_needed_and_nobody_knew_is_missing_until_it_is_known() -> None:
    unknown = ["customer.vip", "customer.vip", "deal.trade_in"]
    assert missing_fields((), {}, {}, {"deal.trade_in": True}, unknown) == ["customer.vip"]
