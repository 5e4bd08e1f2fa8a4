"""Which messages end messages."""

import pytest

from journey_api.callbacks.wishes import wish_of


@pytest.mark.parametrize(
    "text",
    [
        *["STOP", "stopall", "Unsubscribe", "CANCEL", "end", "QUIT", "revoke", "OptOut"],
        *["Parar", "PARE", "SAIR", "cancelar", "Baja", "ARRÊT", "arre\u0302t", "Arrete"],
        *[
            "  Stop\r\n",
            "STOP.",
            "stop!",
            "\u201cStop\u201d",
            "\u00a0stop\u00a0",
            "\ufeffSTOP\u200b",
            "\uff33\uff34\uff2f\uff30",
            "STOP \U0001f6d1",
            "STOP\ufe0f",
        ],
    ],
)
def test_stop_in_any_case(text: str) -> None:
    assert wish_of(text) == "stop"


@pytest.mark.parametrize("text", ["START", "Unstop", "COMEÇAR", "começar ", "comec\u0327ar", "comecar", "Start!"])
def test_start_in_any_case(text: str) -> None:
    assert wish_of(text) == "start"


@pytest.mark.parametrize(
    "text",
    [None, "", " ", "stop it", "S.T.O.P.", "non stop", "non-stop", "the end", "st op", "restart", "...", "\U0001f6d1"],
)
def test_only_the_whole_message_counts(text: str | None) -> None:
    assert wish_of(text) is None
