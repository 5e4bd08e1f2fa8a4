"""Tasks found by what people type: title, customer, plate, VIN, case; words in any order, each from its beginning."""

from typing import Final

from pydantic_core import to_json
from sqlalchemy import Boolean, ColumnElement, TextClause, text, type_coerce

from shared.languages.registry import language_codes, speakable
from shared.playbook.routing.explanation import entry_title
from shared.playbook.ruleset.entries import Playbook

_FOUND: Final = """
    record_terms(
      '',
      array[
        cast(:titles as jsonb) ->> task.entry,
        (select c.record ->> 'name' from customer c
          where c.dealer_id = task.dealer_id and c.customer_id = task.customer_id)],
      array[task.customer_id, task.case_id] || (
        select array[k.vehicle ->> 'vin', k.vehicle ->> 'plate', v.record ->> 'plate']
          from (select vehicle, vehicle_key(vehicle ->> 'vin') as vin_key from journey_case
                 where dealer_id = task.dealer_id and case_id = task.case_id offset 0) k
          left join vehicle v on v.dealer_id = task.dealer_id and v.vin_key = k.vin_key)
    ) @@ search_query(array[''], :words, '{}', 1)
"""


def found_by(playbook: Playbook, words: str, language: str | None) -> ColumnElement[bool]:
    """The condition of a task that the words find; titles are those of the reader's language, without one of all."""
    spoken = [speakable(language)] if language else language_codes()
    titles = {entry: " ".join(entry_title(playbook, entry, one) for one in spoken) for entry in playbook.entries}
    clause: TextClause = text(_FOUND).bindparams(titles=to_json(titles).decode(), words=words)
    return type_coerce(clause, Boolean)
