"""Which messages end messages."""

import pytest

from journey_api.callbacks.opt_out_words import opt_out_of


@pytest.mark.parametrize(
    "text",
    [
        *["STOP", "stopall", "Unsubscribe", "end", "QUIT", "revoke", "OptOut"],
        *["Parar", "PARE", "SAIR", "Baja", "ARRÊT", "arre\u0302t", "Arrete"],
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
        *["opt-out", "OPT OUT", "Opt\u2011Out", "opt \u2013 out", "OPT\nOUT", "STOP ALL", "stop-all!", "Un-Subscribe"],
        *[
            "\u201cun subscribe\u201d",
            "opt\u00a0out",
            "stop\u2003all",
            "OPT-\u00adOUT",
            "ST\u200bOP",
            "un\u00adsubscribe",
            "stop it",
            "S.T.O.P.",
            "\U0001f6d1",
        ],
        *[
            "s\u200dt\u2060o\ufeffp",
            "ARR\u00caTER",
            "arr\u00eate\u0301",
            "arreter",
            "ST\u00d3P",
            "P\u00e1re",
        ],
        "STOP" + "!" * 900,
    ],
)
def test_stop_in_any_case(text: str) -> None:
    assert opt_out_of(text) == "stop"


@pytest.mark.parametrize(
    "text", ["START", "Unstop", "COMEÇAR", "começar ", "comec\u0327ar", "comecar", "Start!", "st\u00adart"]
)
def test_start_in_any_case(text: str) -> None:
    assert opt_out_of(text) == "start"


@pytest.mark.parametrize(
    "text",
    [
        *[
            None,
            "",
            " ",
            "non stop",
            "non-stop",
            "the end",
            "st op",
            "restart",
            "...",
        ],
        *["please stop by tomorrow", "opt out of what?", "out opt", "unsub scribe"],
        *[
            "can-cel",
            "un stop",
            "un-stop",
            "st-art",
            "\u00ad",
            "opt",
            "-out",
            "STOP " * 400,
            "STOP" + "\u0301\u0323" * 9_999,
        ],
    ],
)
def test_only_the_whole_message_counts(text: str | None) -> None:
    assert opt_out_of(text) is None
