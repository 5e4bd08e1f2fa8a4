"""Settings are refused with their name before a service does anything."""

import pytest
from pydantic import ValidationError

from shared.settings import Settings, async_address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HANDOFF_HTTP_PORT", "70000"),
        ("HANDOFF_CLOCK_START", "2026-11-20T09:00:00"),
        ("HANDOFF_CLOCK_RATE", "0"),
        ("HANDOFF_KAFKA_BOOTSTRAP_SERVERS", "broker:9092"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert refused.value.errors()[0]["loc"] == (name.removeprefix("HANDOFF_").lower(),)


@pytest.mark.parametrize("moved", [{"HANDOFF_CLOCK_RATE": "60"}, {"HANDOFF_CLOCK_START": "2026-11-20T09:00:00Z"}])
def test_the_clock_of_a_real_database_cannot_be_moved(monkeypatch: pytest.MonkeyPatch, moved: dict[str, str]) -> None:
    for name, value in ({"HANDOFF_DATABASE_URL": "postgresql://db/handoff"} | moved).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match="embedded database"):
        Settings()


def test_without_an_address_and_an_embedded_database_the_way_out_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("HANDOFF_DATA_DIR", str(tmp_path))
    with pytest.raises(RuntimeError, match="handoff up"):
        Settings().database_address()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_addresses_name_the_driver(scheme: str) -> None:
    assert async_address(f"{scheme}://u:p@db:5432/handoff") == "postgresql+asyncpg://u:p@db:5432/handoff"
