"""The shapes every table is written with: texts, instants, JSON, and the record tables."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, DateTime, Index, Integer, MetaData, Table, Text, cast, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id, as text in Python."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in DDL."""
        return "xid8"


class DocumentText(JSONB):
    """A JSON document that is read as its text, for whoever knows most of them by their texts already."""

    cache_ok = True

    def column_expression(self, colexpr: ColumnElement[Any]) -> ColumnElement[Any]:
        """How it is selected."""
        return cast(colexpr, Text)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def instant(name: str, *, null: bool = False) -> Column[Any]:
    """An instant of domain time."""
    return Column(name, DateTime(timezone=True), nullable=null)


def document(name: str, default: str | None = None) -> Column[Any]:
    """A JSON document; nullable without a default."""
    return Column(name, JSONB, nullable=default is None, server_default=None if default is None else text(default))


def texts(name: str) -> Column[Any]:
    """A list of texts, empty by default."""
    return Column(name, ARRAY(Text), nullable=False, server_default=text("'{}'"))


def required(name: str, *, primary: bool = False) -> Column[Any]:
    """A text that must be there."""
    return Column(name, Text, nullable=False, primary_key=primary)


def optional(name: str) -> Column[Any]:
    """A text that may be missing."""
    return Column(name, Text, nullable=True)


def in_list(values: Iterable[str]) -> str:
    """Words of our own as the list of an SQL `in`."""
    return ",".join(f"'{value}'" for value in values)


def record_table(name: str, identity: str, *more: Column[Any] | Index) -> Table:
    """A table of records the dealer's systems PUT: the validated document and its version."""
    return Table(
        name,
        metadata,
        required("dealer_id", primary=True),
        *([] if identity == "dealer_id" else [required(identity, primary=True)]),
        document("record", "'{}'"),
        Column("version", Integer, nullable=False, server_default=text("1")),
        instant("created_at"),
        instant("updated_at"),
        *more,
    )
