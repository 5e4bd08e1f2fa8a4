"""The names of keys in the reader's language."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.quality.counts import By, Key
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import dealer, staff
from shared.playbook.routing.explanation import entry_title
from shared.playbook.ruleset.entries import Playbook
from shared.vocabulary import STEPS

_SECTIONS: Final[Mapping[By, str]] = {"role": "roles", "phase": "phases", "signal": "moment_flags"}


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a playbook's words in a language; those of dealers and people are in the tables."""

    playbook: Playbook
    language: str

    async def of(
        self, connection: AsyncConnection, by: Sequence[By], keys: Collection[Key]
    ) -> dict[Key, list[str | None]]:
        """By key a name for each of its parts; the id where there is no name, null for null."""
        people = await self._people(connection, by, keys)
        dealers = await self._dealers(connection) if "dealer" in by else {}
        named: dict[Key, list[str | None]] = {}
        for key in keys:
            parts = list(zip(by, key[1:], strict=True))
            named[key] = [self._name(one, part, people.get((key[0] or "", part or "")), dealers) for one, part in parts]
        return named

    def _name(self, by: By, part: str | None, person: str | None, dealers: Mapping[str, str]) -> str | None:
        if part is None:
            return None
        texts = self.playbook.texts
        match by:
            case "dealer":
                return dealers.get(part, part)
            case "person":
                return person or part
            case "step":
                return texts.text("steps", STEPS[int(part)], self.language)
            case "entry":
                return entry_title(self.playbook, part, self.language)
            case _:
                return texts.text(_SECTIONS[by], part, self.language)

    async def _dealers(self, connection: AsyncConnection) -> dict[str, str]:
        rows = await connection.execute(select(dealer.c.dealer_id, dealer.c.record["name"].astext.label("name")))
        return {row.dealer_id: row.name for row in rows if row.name}

    async def _people(
        self, connection: AsyncConnection, by: Sequence[By], keys: Collection[Key]
    ) -> dict[tuple[str, str], str]:
        places = [place for place, one in enumerate(by, start=1) if one == "person"]
        wanted = {(key[0] or "", key[place] or "") for key in keys for place in places}
        if not wanted:
            return {}
        name = staff.c.record["name"].astext.label("name")
        query = select(staff.c.dealer_id, staff.c.staff_id, name).where(in_keys(staff.c.dealer_id, staff.c.staff_id))
        rows = await connection.execute(query, unnest_keys(wanted))
        return {(row.dealer_id, row.staff_id): row.name for row in rows if row.name}
