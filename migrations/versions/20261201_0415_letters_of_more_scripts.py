"""Find names by eye in more scripts: Arabic and Hebrew without their points, ligatures by their letters."""

from typing import Any, Final

from alembic import context, op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

# as `folded_text` of 0029, also without the points of Hebrew and Arabic and what lengthens a word; letters that one
# script writes in two ways are one, ligatures two, and an apostrophe that counts as a letter is an apostrophe
FOLDED_TEXT: Final = r"""
    CREATE OR REPLACE FUNCTION folded_text(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
      regexp_replace(
        replace(replace(replace(
          translate(
            regexp_replace(
              casefold(normalize(written, NFKD) COLLATE "pg_unicode_fast"),
              '[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe2f\ufeff]',
              '', 'g'),
            'łøđħŧıðŋىیکةʹʻʼʽʾʿ', 'lodhtidnييكه'''''''''''''),
          'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
        '([\u3400-\u9fff\uf900-\ufaff])', ' \1 ', 'g')
"""


def upgrade() -> None:
    """Services of the version before stand still meanwhile, as for every migration before the first release."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(FOLDED_TEXT)
    _fold_anew()


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    (before,) = (text for name, text in _module("0029").FUNCTIONS.items() if name.startswith("folded_text"))
    op.get_bind().exec_driver_sql(before.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    _fold_anew()


def _fold_anew() -> None:
    """What records are found by, by the function as it is now."""
    kept = _module("0034")
    op.execute("DELETE FROM search_number")
    op.execute("DELETE FROM record_search")
    execute = op.get_bind().exec_driver_sql
    for table, parts in kept.INDEXED.items():
        execute(kept.STORED.format(table=table, **parts))
    execute(kept.ENDS)


def _module(of_revision: str) -> Any:
    found = context.script.get_revision(of_revision)
    assert found is not None
    return found.module
