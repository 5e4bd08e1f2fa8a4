"""Ids that are looked up by a check of ours: an unknown one comes with those nearest to it."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from journey_api.http.field_types import Step
from journey_api.http.validation_errors import faults_of
from journey_api.promises.requests import Currency
from journey_api.reference.value_types import WrittenLocale, Zone


class Looked(BaseModel):
    """One field of each of these types."""

    step: Step = None
    zone: Zone | None = None
    locale: WrittenLocale | None = None
    currency: Currency | None = None


@pytest.mark.parametrize(
    ("field", "given", "near"),
    [
        ("step", "easy_acess_ongoing_support", "easy_access_ongoing_support"),
        ("zone", "Europe/Lisbonne", "Europe/Lisbon"),
        ("locale", "ptt", "pt"),
        ("currency", "EUU", "EUR"),
        ("step", 21, None),
        ("zone", "", None),
    ],
)
def test_an_unknown_id_comes_with_the_nearest(field: str, given: Any, near: str | None) -> None:
    with pytest.raises(ValidationError) as refused:
        Looked.model_validate({field: given})
    (fault,) = faults_of(refused.value.errors(), {field: given})
    assert fault.pointer == f"/{field}"
    assert (fault.allowed[0] if fault.allowed else None) == near
    assert len(fault.allowed) <= 10
