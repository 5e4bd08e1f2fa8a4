"""Which messages end messages."""

import pytest

from journey_api.callbacks.wishes import wish_of


@pytest.mark.parametrize(
    "text",
    ["STOP", "stopall", "Unsubscribe", "CANCEL", "end", "QUIT", "Parar", "SAIR", "cancelar", "  Stop\r\n"],
)
def test_stop_in_any_case(text: str) -> None:
    assert wish_of(text) == "stop"


@pytest.mark.parametrize("text", ["START", "Unstop", "COMEÇAR", "começar "])
def test_start_in_any_case(text: str) -> None:
    assert wish_of(text) == "start"


@pytest.mark.parametrize("text", [None, "", " ", "stop it", "STOP.", "non stop", "the end", "pare", "restart"])
def test_only_the_whole_message_counts(text: str | None) -> None:
    assert wish_of(text) is None
