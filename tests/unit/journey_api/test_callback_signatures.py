"""Signatures of providers: their published examples, and vectors made with the openssl command."""

import pytest

from journey_api.callbacks.signatures import hub_signature, is_hubs, is_twilios, twilio_signature

PUBLISHED_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
PUBLISHED_FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
OURS = "https://handoff.example/v1/callbacks/sms/status?attempt=0192"
OURS_WITH_PORT = "https://handoff.example:443/v1/callbacks/sms/status?attempt=0192"
OUR_FORM = [("MessageSid", "SM1"), ("From", "+351912345678"), ("Body", "Olá & até já")]
HUB_BODY = '{"entry":[{"changes":[{"value":{"text":"até já"}}]}]}'.encode()
HUB_SIGNATURE = "sha256=fc0f369ccc50295a11b4975a324f9e1c65db4a78125e89206bfd1394b80917f1"


def test_the_example_of_twilios_libraries() -> None:
    assert twilio_signature("12345", PUBLISHED_URL, PUBLISHED_FORM) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_form_in_utf_8_as_openssl_signs_it() -> None:
    assert twilio_signature("segredo", OURS, OUR_FORM) == "miGLtjKME0zxrcoIXFVUM6dIeHM="


@pytest.mark.parametrize("given", ["miGLtjKME0zxrcoIXFVUM6dIeHM=", "bzNSn/rma9bBUC5xdZ+zqm+HM4Y="])
@pytest.mark.parametrize("url", [OURS, OURS_WITH_PORT])
def test_the_default_port_may_be_written_or_not(url: str, given: str) -> None:
    assert is_twilios("segredo", url, OUR_FORM, given)


@pytest.mark.parametrize(
    ("token", "url", "form", "given"),
    [
        ("segredo", OURS, OUR_FORM, None),
        ("segredo", OURS, OUR_FORM, ""),
        ("segredo", OURS, OUR_FORM, "miGLtjKME0zxrcoIXFVUM6dIeHM"),
        ("segredo", OURS, OUR_FORM, "é"),
        ("segredos", OURS, OUR_FORM, "miGLtjKME0zxrcoIXFVUM6dIeHM="),
        ("segredo", OURS + "3", OUR_FORM, "miGLtjKME0zxrcoIXFVUM6dIeHM="),
        ("segredo", OURS.replace("https", "http"), OUR_FORM, "miGLtjKME0zxrcoIXFVUM6dIeHM="),
        ("segredo", OURS.replace("example", "example:8443"), OUR_FORM, "miGLtjKME0zxrcoIXFVUM6dIeHM="),
        ("segredo", OURS, OUR_FORM[:2], "miGLtjKME0zxrcoIXFVUM6dIeHM="),
        ("segredo", OURS, [*OUR_FORM, ("Extra", "")], "miGLtjKME0zxrcoIXFVUM6dIeHM="),
    ],
)
def test_any_difference_is_a_forgery(token: str, url: str, form: list[tuple[str, str]], given: str | None) -> None:
    assert not is_twilios(token, url, form, given)


def test_the_example_of_the_hub_signature() -> None:
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert hub_signature("It's a Secret to Everybody", b"Hello, World!") == expected


def test_a_body_as_openssl_signs_it() -> None:
    assert is_hubs("app-segredo", HUB_BODY, HUB_SIGNATURE)


@pytest.mark.parametrize(
    ("secret", "body", "given"),
    [
        ("app-segredo", HUB_BODY, None),
        ("app-segredo", HUB_BODY, HUB_SIGNATURE.removeprefix("sha256=")),
        ("app-segredo", HUB_BODY, HUB_SIGNATURE.replace("sha256", "sha1")),
        ("app-segredo", HUB_BODY + b" ", HUB_SIGNATURE),
        ("app-segred", HUB_BODY, HUB_SIGNATURE),
    ],
)
def test_any_difference_of_the_body_is_a_forgery(secret: str, body: bytes, given: str | None) -> None:
    assert not is_hubs(secret, body, given)
