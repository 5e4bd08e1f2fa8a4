"""The signals of quality of the documents, each with how it is known here or why it is not."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from journey_api.quality.documents import Signal
from shared.playbook.ruleset.texts import Texts

_FILE: Final = Path(__file__).with_name("signals.yaml")


@cache
def read_signals() -> Mapping[str, Mapping[str, Any]]:
    """Every signal by its id, in the order of the documents: `source`, `measured`, and of flags `flags`."""
    found: Mapping[str, Mapping[str, Any]] = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return found


def list_signals(texts: Texts, language: str) -> list[Signal]:
    """The signals in the reader's language."""
    return [
        {
            "signal": signal,
            "name": texts.text("signal_names", signal, language),
            "source": found["source"],
            "measured": found["measured"],
            "flags": list(found.get("flags") or ()),
            "how": texts.text("signal_means", signal, language),
        }
        for signal, found in read_signals().items()
    ]
