"""Migrations are numbered, and the next draft has the next number."""

import pytest
from alembic.script import ScriptDirectory

from handoff_local.database.migrate import alembic_config, head
from handoff_local.database.migration_draft import number_after
from shared.process.health import SCHEMA_HEAD


@pytest.mark.parametrize(("revision", "following"), [(None, "0001"), ("0006", "0007"), ("0999", "1000")])
def test_the_next_number_follows(revision: str | None, following: str) -> None:
    assert number_after(revision) == following


def test_migrations_are_numbered_one_after_the_other_up_to_what_the_services_need() -> None:
    scripts = list(ScriptDirectory.from_config(alembic_config("")).walk_revisions())[::-1]
    numbers = [script.revision for script in scripts]
    first = int(numbers[0] or 0)
    assert numbers == [f"{number:04}" for number in range(first, first + len(scripts))]
    assert head() == SCHEMA_HEAD == numbers[-1]
