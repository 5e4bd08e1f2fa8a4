"""The templates of WhatsApp: one for each notice in each language, with its parameters in order."""

import pytest

from notifier.channels.channel import Template
from notifier.content.approved_templates import PARAMETERS, template_for
from notifier.notifications.types import NOTIFICATION_TYPES
from shared.languages.message_types import COMMON, VARIABLES
from shared.languages.renderer import Words
from shared.vocabulary import MESSAGE, TEMPLATES


def test_every_notice_and_every_template_of_people_has_one() -> None:
    assert set(PARAMETERS) == (set(NOTIFICATION_TYPES) - {MESSAGE}) | {"BUNDLE"} | {
        f"said/{name}" for name in TEMPLATES
    }


def test_a_template_is_given_nothing_that_its_words_do_not_say() -> None:
    assert all(set(PARAMETERS[name]) <= {*COMMON, *VARIABLES[name]} for name in PARAMETERS)


def test_a_name_goes_with_its_salutation() -> None:
    words = Words("", "", "said/call_back", {"name": "Ana", "salutation": "Sra. Dra.", "dealer": "L", "when": "noon"})
    assert template_for(words) == Template("handoff_call_back", ("Sra. Dra. Ana", "L", "noon"))


def test_free_words_have_none() -> None:
    assert template_for(Words("News", "Olá", MESSAGE, {"text": "Olá"})) is None


@pytest.mark.parametrize(
    ("words", "template"),
    [
        (
            Words("", "", "STATUS", {"name": "Ana", "dealer": "Lisboa", "happened_at": "Monday", "plate": None}),
            Template("handoff_status", ("Ana", "Lisboa", "-", "Monday", "-")),
        ),
        (
            Words("", "", "said/call_back", {"name": "Ana", "dealer": "Lisboa", "when": "at noon"}),
            Template("handoff_call_back", ("Ana", "Lisboa", "at noon")),
        ),
        (
            Words("", "", "BUNDLE", {"name": "Rui", "items": [{"subject": "One"}, {"subject": "Two"}]}),
            Template("handoff_bundle", ("Rui", "One; Two")),
        ),
    ],
)
def test_parameters_stand_in_their_order(words: Words, template: Template) -> None:
    assert template_for(words) == template
