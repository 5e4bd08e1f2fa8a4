"""Time zones: their former names, the country they are in, and whose rules hold."""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from zoneinfo import available_timezones

import httpx
import pytest

from shared.calendar.document import load_zone
from shared.people.addresses import canonical, region_of

RULES = files("tzdata").joinpath("zoneinfo")


@pytest.mark.parametrize(
    ("zone", "written", "number"),
    [
        ("Asia/Calcutta", "098765 43210", "+919876543210"),
        ("Europe/Kiev", "067 123 45 67", "+380671234567"),
        ("Asia/Saigon", "0912 345 678", "+84912345678"),
        ("Asia/Katmandu", "984-1234567", "+9779841234567"),
        ("America/Buenos_Aires", "011 4321-5678", "+541143215678"),
        ("Asia/Rangoon", "09 421 234 567", "+959421234567"),
        ("America/Godthab", "22 12 34", "+299221234"),
        ("Iceland", "611 1234", "+3546111234"),
        ("Africa/Timbuktu", "65 01 23 45", "+22365012345"),
        ("Turkey", "0501 234 56 78", "+905012345678"),
        ("US/Pacific", "(415) 555-0100", "+14155550100"),
        ("America/Coyhaique", "9 8765 4321", "+56987654321"),
    ],
)
@pytest.mark.parametrize("locale", ["en-GB", "en-US", "pt-PT", None])
def test_national_numbers_are_those_of_the_zones_country(
    zone: str, written: str, number: str, locale: str | None
) -> None:
    place = {"time_zone": zone, "locale": locale}
    assert canonical("telephone", written, region_of(place)) == number


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+3", "CET", "EST", "Greenwich", "nowhere", ""])
def test_a_zone_of_no_country_has_none(zone: str) -> None:
    assert region_of({"time_zone": zone, "locale": "pt-BR"}) is None


def test_every_place_of_the_database_is_in_a_country() -> None:
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    places = {zone for zone in available_timezones() if zone.startswith(areas)}
    assert len(places) > 400
    assert {zone for zone in places if region_of({"time_zone": zone}) is None} == set()


def test_a_former_name_is_a_zone_with_the_same_rules() -> None:
    former = {"Asia/Calcutta": "Asia/Kolkata", "Europe/Kiev": "Europe/Kyiv", "America/Godthab": "America/Nuuk"}
    for old, new in former.items():
        assert load_zone(old).key == old
        assert RULES.joinpath(*old.split("/")).read_bytes() == RULES.joinpath(*new.split("/")).read_bytes()


def test_rules_of_the_machine_are_never_used(tmp_path: Path) -> None:
    """A machine whose rules say that Lisbon keeps the time of Tokyo."""
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Lisbon").write_bytes(RULES.joinpath("Asia", "Tokyo").read_bytes())
    (tmp_path / "Europe" / "Atlantis").write_bytes(RULES.joinpath("Asia", "Tokyo").read_bytes())
    asked = (
        "import shared; from zoneinfo import ZoneInfo, available_timezones as zones; from datetime import datetime;"
        "print(datetime(2026, 11, 23, tzinfo=ZoneInfo('Europe/Lisbon')).utcoffset(), 'Europe/Atlantis' in zones())"
    )
    environment = {**os.environ, "PYTHONTZPATH": str(tmp_path)}
    answer = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["0:00:00", "False"]


@pytest.mark.database
@pytest.mark.parametrize(
    ("zone", "written", "number"),
    [
        ("Asia/Dacca", "01712-345678", "+8801712345678"),
        ("Pacific/Samoa", "(684) 733-1234", "+16847331234"),
        ("Europe/Uzhgorod", "050 123 45 67", "+380501234567"),
    ],
)
async def test_a_dealer_of_a_former_zone_keeps_numbers_of_its_country(
    admin: httpx.AsyncClient, zone: str, written: str, number: str
) -> None:
    dealer = {"name": "A dealer", "time_zone": zone, "locale": "en-GB"}
    assert (await admin.put("/v1/dealers/d-1", json=dealer)).status_code == 201
    customer = {"channels": [{"kind": "sms", "address": written}]}
    answer = await admin.put("/v1/dealers/d-1/customers/c-1", json=customer)
    assert answer.status_code == 201, answer.text
    assert answer.json()["channels"][0]["address"] == number


@pytest.mark.database
async def test_a_national_number_where_there_is_no_country_is_refused(admin: httpx.AsyncClient) -> None:
    await admin.put("/v1/dealers/d-1", json={"name": "A dealer", "time_zone": "UTC", "locale": "pt-PT"})
    customer = {"channels": [{"kind": "sms", "address": "912 345 678"}]}
    answer = await admin.put("/v1/dealers/d-1/customers/c-1", json=customer)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/channels/0/address"]
    assert "no country" in answer.json()["errors"][0]["detail"]
