"""Settings are refused with their name before a service does anything."""

import socket

import certifi
import pytest

from handoff_local.launcher.settings import StackSettings
from shared.process.settings import InvalidSettings, Settings, async_address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HANDOFF_HTTP_PORT", "70000"),
        ("HANDOFF_CLOCK_START", "2026-11-20T09:00:00"),
        ("HANDOFF_CLOCK_START", "9999-12-31T23:00:00Z"),
        ("HANDOFF_CLOCK_START", "0001-01-01T00:00:00+14:00"),
        ("HANDOFF_CLOCK_RATE", "0"),
        ("HANDOFF_KAFKA_BOOTSTRAP_SERVERS", "broker"),
        ("HANDOFF_KAFKA_BOOTSTRAP_SERVERS", "one:9092,,two:9092"),
        ("HANDOFF_KAFKA_BOOTSTRAP_SERVERS", "one:99999"),
        ("HANDOFF_KAFKA_BOOTSTRAP_SERVERS", "one:0"),
        ("HANDOFF_KAFKA_BOOTSTRAP_SERVERS", "kafka://one:9092"),
        ("HANDOFF_KAFKA_SECURITY_PROTOCOL", "TLS"),
        ("HANDOFF_KAFKA_SASL_MECHANISM", "GSSAPI"),
        ("HANDOFF_KAFKA_SSL_CAFILE", "/nowhere/ca.pem"),
        ("HANDOFF_KAFKA_SSL_CAFILE", __file__),
        ("HANDOFF_KAFKA_PARTITIONS", "0"),
        ("HANDOFF_KAFKA_PARTITIONS", "-3"),
        ("HANDOFF_KAFKA_PARTITIONS", "many"),
        ("HANDOFF_DATABASE_URL", "mysql://db/handoff"),
        ("HANDOFF_DATABASE_URL", "postgresql://db:none/handoff"),
        ("HANDOFF_MIGRATE_DATABASE_URL", "db.example"),
        ("HANDOFF_PUBLIC_URL", "handoff.example"),
        ("HANDOFF_CORS_ORIGINS", "app.example"),
        ("HANDOFF_CORS_ORIGINS", "https://app.example/"),
        ("HANDOFF_CORS_ORIGINS", "https://app.example, https://user:word@other.example"),
        ("HANDOFF_LOG_LEVEL", "loud"),
        ("HANDOFF_SMTP_URL", "mail.example:25"),
        ("HANDOFF_SMTP_URL", "smtp://mail.example:99999"),
        ("HANDOFF_SMTP_URL", "smtp://"),
        ("HANDOFF_SMS_URL", "https://one.example,two.example"),
        ("HANDOFF_SMS_URL", "https://one.example,"),
        ("HANDOFF_SMS_URL", "https://user:secret@sms.example"),
        ("HANDOFF_SMTP_FROM", "nope"),
        ("HANDOFF_SMTP_FROM", "a@b@c.example"),
        ("HANDOFF_WHATSAPP_URL", "ftp://graph.example"),
        ("HANDOFF_INSTANCE", "a name"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings, match=f"^{name}: [^\n]+$"):
        StackSettings()


def test_every_setting_that_cannot_be_has_a_line_and_no_secret_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDOFF_HTTP_PORT", "none")
    monkeypatch.setenv("HANDOFF_DATABASE_URL", "mysql://handoff:hunter2@db/handoff")
    monkeypatch.setenv("HANDOFF_KAFKA_SASL_PASSWORD", "hunter2")
    with pytest.raises(InvalidSettings) as refused:
        StackSettings()
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "HANDOFF_DATABASE_URL",
        "HANDOFF_HTTP_PORT",
    ]
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HANDOFF_DATABASE_URL", "postgresql://handoff@/handoff?host=/run/postgresql"),
        ("HANDOFF_DATABASE_URL", "postgres://user:p#a/s%40s@db:5433/handoff"),
        ("HANDOFF_LOG_LEVEL", "debug"),
        ("HANDOFF_PUBLIC_URL", "http://localhost:8080/"),
        ("HANDOFF_KAFKA_PARTITIONS", ""),
        ("HANDOFF_SMTP_URL", "smtps://user:p%40ss@mail.example"),
        ("HANDOFF_SMS_URL", "https://one.example, http://127.0.0.1:8000/api"),
        ("HANDOFF_SMTP_FROM", "Handoff <handoff@dealer.example>"),
        ("HANDOFF_SMTP_FROM", "handoff@localhost"),
        ("HANDOFF_WHATSAPP_URL", "https://graph.example/v23.0"),
    ],
)
def test_a_setting_that_can_be_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert StackSettings()


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"SECURITY_PROTOCOL": "SASL_SSL"}, "needs HANDOFF_KAFKA_SASL_USERNAME"),
        ({"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_USERNAME": "handoff"}, "HANDOFF_KAFKA_SASL_PASSWORD"),
        ({"SASL_USERNAME": "handoff"}, "need HANDOFF_KAFKA_SECURITY_PROTOCOL"),
        ({"SECURITY_PROTOCOL": "SSL", "SASL_PASSWORD": "secret"}, "need HANDOFF_KAFKA_SECURITY_PROTOCOL"),
        ({"SSL_CAFILE": certifi.where()}, "HANDOFF_KAFKA_SSL_CAFILE needs HANDOFF_KAFKA_SECURITY_PROTOCOL"),
    ],
)
def test_settings_of_kafka_that_do_not_go_together_are_refused(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], missing: str
) -> None:
    monkeypatch.setenv("HANDOFF_KAFKA_BOOTSTRAP_SERVERS", "broker:9092")
    for name, value in values.items():
        monkeypatch.setenv(f"HANDOFF_KAFKA_{name}", value)
    with pytest.raises(InvalidSettings, match=missing):
        Settings()


def test_brokers_are_one_list_and_the_process_is_the_only_one_of_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDOFF_KAFKA_BOOTSTRAP_SERVERS", "one:9092, [::1]:9093")
    settings = Settings()
    assert settings.kafka_bootstrap_servers == "one:9092,[::1]:9093"
    assert settings.instance == f"{socket.gethostname()}-0"


@pytest.mark.parametrize("moved", [{"HANDOFF_CLOCK_RATE": "60"}, {"HANDOFF_CLOCK_START": "2026-11-20T09:00:00Z"}])
def test_the_clock_of_a_real_database_cannot_be_moved(monkeypatch: pytest.MonkeyPatch, moved: dict[str, str]) -> None:
    for name, value in ({"HANDOFF_DATABASE_URL": "postgresql://db/handoff"} | moved).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings, match="embedded database"):
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
