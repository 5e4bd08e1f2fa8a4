"""What services note as a code has words where people read it: why a message did not go, what the auditor found."""

from importlib.resources import files

import pytest
import yaml

from handoff_worker.jobs.auditor import COUNTED
from journey_api.console.catalogue import LANGUAGES, catalogue
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_finding_of_the_auditor_has_words(language: str) -> None:
    for finding in COUNTED:
        assert f"operations.findings.{finding}" in catalogue(language)
