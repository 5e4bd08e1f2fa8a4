"""Which pages a request with a session may come from."""

import pytest

from journey_api.http.same_site import is_same_site

HOSTS = ("Handoff.example:8080", "handoff.example")


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"origin": "http://handoff.example:8080"}, True),
        ({"origin": "https://HANDOFF.example"}, True),
        ({"origin": "https://handoff.example:443"}, True),
        ({"origin": "http://handoff.example:80"}, True),
        ({"referer": "http://handoff.example:8080/board?role=salesperson"}, True),
        ({"origin": "http://handoff.example:8081"}, False),
        ({"origin": "https://handoff.example.evil.test"}, False),
        ({"origin": "https://evil.test/handoff.example"}, False),
        ({"origin": "https://handoff.example@evil.test"}, False),
        ({"origin": "null", "referer": "http://handoff.example:8080/"}, False),
        ({"origin": "https://evil.test", "referer": "https://handoff.example/"}, False),
        ({"origin": "file://handoff.example"}, False),
        ({"origin": "http://[handoff"}, False),
        ({"referer": ""}, False),
        ({}, False),
    ],
)
def test_only_pages_of_these_hosts_are_of_the_site(headers: dict[str, str], allowed: bool) -> None:
    assert is_same_site(headers, HOSTS) is allowed


def test_an_empty_public_address_is_no_host() -> None:
    assert not is_same_site({"origin": "http://"}, ("", "handoff.example"))
