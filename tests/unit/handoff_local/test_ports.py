"""Ports are taken before anything starts, or refused with the setting to change."""

import pytest

from handoff_local.launcher.listening_ports import PortBusy, listen
from handoff_local.launcher.readiness import ask_ready, reachable, web_address


def test_a_busy_port_names_the_setting() -> None:
    with listen("127.0.0.1", 0, "HANDOFF_HTTP_PORT") as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortBusy, match=rf"port {port} on 127.0.0.1 is taken .* set HANDOFF_HTTP_PORT"):
            listen("127.0.0.1", port, "HANDOFF_HTTP_PORT")
    listen("127.0.0.1", port, "HANDOFF_HTTP_PORT").close()


def test_what_is_no_port_is_refused_in_words() -> None:
    with pytest.raises(PortBusy, match="99999 is no port: set HANDOFF_SINK_PORT"):
        listen("127.0.0.1", 99999, "HANDOFF_SINK_PORT")


def test_an_address_that_is_not_ours_is_refused_in_words() -> None:
    with pytest.raises(PortBusy, match=r"cannot listen on 203\.0\.113\.7 port 8080"):
        listen("203.0.113.7", 8080, "HANDOFF_HTTP_PORT")


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80")],
)
def test_the_address_is_one_a_browser_can_open(host: str, address: str) -> None:
    assert web_address(host, 80) == address


def test_nobody_answering_is_status_zero() -> None:
    with listen("127.0.0.1", 0, "HANDOFF_HTTP_PORT") as holder:
        port = holder.getsockname()[1]
    assert ask_ready(reachable("0.0.0.0"), port) == (0, {})
