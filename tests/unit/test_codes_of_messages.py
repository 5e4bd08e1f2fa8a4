"""Why a message did not go has words in every language of the timeline, whatever part of the notifier says it."""

from importlib.resources import files

import pytest
import yaml

from journey_api.console.catalogue import LANGUAGES
from notifier.dispatch.claim import SUPPRESSED
from notifier.dispatch.delivery_timeouts import NO_DELIVERY, NO_READ
from notifier.dispatch.status_queries import NOT_TAKEN
from notifier.notifications.types import BUNDLED
from notifier.planning.channel_selection import COMPLAINT_OPEN, NO_CHANNEL, NO_CHANNEL_CONFIGURED, OPTED_OUT

CODES = {
    BUNDLED,
    COMPLAINT_OPEN,
    NO_CHANNEL,
    NO_CHANNEL_CONFIGURED,
    NO_DELIVERY,
    NO_READ,
    NOT_TAKEN,
    OPTED_OUT,
    SUPPRESSED,
    *("another_channel", "cancelled", "closed", "no_words"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_code_has_words(language: str) -> None:
    texts = files("journey_api.cases").joinpath("texts", f"{language}.yaml").read_text(encoding="utf-8")
    assert CODES - yaml.safe_load(texts)["codes"].keys() == set()
