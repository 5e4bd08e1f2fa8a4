"""Why a task is there, as its document says it."""

from shared.playbook.ruleset.loader import load_playbook
from shared.tasks.documents import show_why


def test_a_task_of_no_event_still_names_every_part() -> None:
    assert show_why({}, load_playbook(), "en") == {"occurrence": None, "conditions": [], "source": None}


def test_what_is_known_stays() -> None:
    known = {"occurrence": "repair_status_changed", "source": "001:2033"}
    assert show_why(known, load_playbook(), "pt") == {**known, "conditions": []}
