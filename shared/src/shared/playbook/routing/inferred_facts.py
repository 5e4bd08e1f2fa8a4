"""Routing step 2: the occurrences of an event that posts none, read off its own topics and feedback."""

from dataclasses import dataclass

from shared.playbook.routing.situation import Situation
from shared.playbook.ruleset.defaults import InferenceRow


@dataclass(frozen=True, slots=True)
class Inference:
    """The occurrences inferred, in the order of the table, and the topics no row used."""

    occurrences: tuple[str, ...]
    unused_topics: tuple[str, ...]


def infer(situation: Situation) -> Inference:
    """Every row that fits gives its occurrences."""
    occurrences: dict[str, None] = {}
    used: set[str] = set()
    above = False
    observer = situation.observer
    for row in situation.playbook.rulings.inference:
        # most rows are other observers': looked at first, and without a call
        fits = observer in row.seen_by and row_fits(row, situation, row_above=above)
        if fits:
            occurrences |= dict.fromkeys(row.gives)
            used |= row.topics.intersection(situation.own_topics)
        above = fits
    return Inference(tuple(occurrences), tuple(topic for topic in situation.own_topics if topic not in used))


def row_fits(row: InferenceRow, situation: Situation, *, row_above: bool) -> bool:
    """Whether every part the row gives is known and true; `row_above` says whether the row before it fitted."""
    return (
        situation.observer in row.seen_by
        and not (row.unless_row_above and row_above)
        and (not row.topics or not row.topics.isdisjoint(situation.own_topics))
        and (row.first_months is None or row.first_months == situation.first_months)
        and _says(situation, "problem.severity", row.severity)
        and _says(situation, "contact.first_receiver", row.first_receiver)
        and _feedback_fits(row, situation)
        and _step_fits(row, situation.event.step)
    )


def _says(situation: Situation, path: str, wanted: str | None) -> bool:
    return wanted is None or situation.view.read(path).value == wanted


def _feedback_fits(row: InferenceRow, situation: Situation) -> bool:
    sentiment = situation.view.read("feedback.sentiment").value
    if row.feedback is None:
        return True
    return sentiment is not None and row.feedback in ("any", sentiment)


def _step_fits(row: InferenceRow, step: int | None) -> bool:
    return row.steps is None or (step is not None and row.steps[0] <= step <= row.steps[1])
