"""A dealer's own wordings of messages: judged before they stand, kept by version, withdrawn."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.etags import Expected
from journey_api.http.problems import Problem, not_among, not_found
from journey_api.reference.value_types import IGNORED, DescribedAs
from shared.db.engine import lock_keys
from shared.db.schema import template_override
from shared.faults import Fault, Unknown
from shared.languages.message_lint import lint_message
from shared.languages.message_types import TEMPLATE_NAMES, find_template
from shared.languages.registry import is_written, language_codes, language_of
from shared.languages.wordings import template_parts, template_source
from shared.people.template_overrides import load_wordings, own_version, standing

_COLUMNS: Final = template_override.c
_ANY_BODY: Final = "."


class TemplateWording(BaseModel):
    """The words of a message, in Jinja2: a subject of one line, and a body between greeting and signature.

    They may say the values that the message has (`{{ plate }}`), with `{% if … %}`; a refusal names those there are.
    """

    model_config = ConfigDict(extra="forbid")

    subject: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\n\r]+$")
    ]
    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]


class TemplateSent(TemplateWording):
    """The words of a message; what answers add may be sent back. `version` counts as `If-Match`."""

    dealer_id: Annotated[str | None, Field(description="Added by answers; another dealer's is a conflict.")] = None
    name: Annotated[str | None, Field(description="Added by answers; another template's is a conflict.")] = None
    locale: Annotated[str | None, Field(description="Added by answers; another locale's is a conflict.")] = None
    version: Annotated[str | None, Field(description="Added by answers; counts as `If-Match`.")] = None
    created_at: Annotated[Any, DescribedAs(datetime | None), IGNORED] = None

    def expects(self, dealer_id: str, name: str, locale: str, expected: Expected) -> Expected:
        """What is expected of the version, its own word counted in. Raises Problem 409 for another place."""
        for field, place in (("dealer_id", dealer_id), ("name", name), ("locale", locale)):
            if getattr(self, field) not in (None, place):
                detail = f"{field} names another record than the address does"
                raise Problem(409, detail, code="other_record", errors=[Fault(f"/{field}", "other_record", detail)])
        return expected if self.version is None else expected.and_version(self.version)


class TemplateOverride(TemplateWording):
    """A dealer's own wording as it stands. `version` is what messages put into it are marked with."""

    dealer_id: str
    name: str
    locale: str
    version: str
    created_at: AwareDatetime


async def put_override(
    connection: AsyncConnection,
    dealer_id: str,
    name: str,
    locale: str,
    words: TemplateWording,
    expected: Expected,
    now: datetime,
) -> tuple[TemplateOverride, bool]:
    """Let a wording stand from now on; answers it and whether it is new. The same words again are the same version.

    Raises Problem: 404 for a template there is not, 412 where another version stands than is expected, 422 for a
    language we do not write and for whatever is wrong.
    """
    template = _template(name)
    faults = list(_faults(template, locale, words))
    if faults:
        raise Problem(422, faults[0].detail, errors=faults)
    await lock_keys(connection, [_lock(dealer_id, template, locale)])
    source = template_source(words.subject, words.body)
    present = await _standing(connection, dealer_id, template, locale)
    expected.check(own_version(present.version) if present is not None else None)
    if present is not None and present.source == source:
        return _document(present, name), False
    newest = select(func.max(_COLUMNS.version)).where(*_key(dealer_id, template, locale))
    version = (await connection.scalar(newest) or 0) + 1
    row = {"dealer_id": dealer_id, "name": template, "locale": locale, "version": version}
    added = insert(template_override).values(**row, source=source, created_at=now).returning(template_override)
    return _document((await connection.execute(added)).one(), name), present is None


async def read_override(connection: AsyncConnection, dealer_id: str, name: str, locale: str) -> TemplateOverride:
    """The wording that stands. Raises Problem 404."""
    row = await _standing(connection, dealer_id, _template(name), locale)
    if row is None:
        raise not_found()
    return _document(row, name)


async def list_overrides(connection: AsyncConnection, dealer_id: str) -> list[TemplateOverride]:
    """Every wording of a dealer that stands, by template and locale."""
    rows = standing((await load_wordings(connection, [dealer_id])).rows)
    return [_document(row, row.name.rpartition("/")[2]) for _, row in sorted(rows.items())]


async def withdraw_override(
    connection: AsyncConnection, dealer_id: str, name: str, locale: str, expected: Expected, now: datetime
) -> None:
    """Let the shipped wording stand again; messages that were put into the dealer's keep to it.

    Raises Problem: 404 where none stands, 412 where another version stands than is expected.
    """
    template = _template(name)
    await lock_keys(connection, [_lock(dealer_id, template, locale)])
    present = await _standing(connection, dealer_id, template, locale)
    if present is None:
        raise not_found()
    expected.check(own_version(present.version))
    stands = (*_key(dealer_id, template, locale), _COLUMNS.withdrawn_at.is_(None))
    await connection.execute(update(template_override).where(*stands).values(withdrawn_at=now))


def _lock(dealer_id: str, template: str, locale: str) -> str:
    return f"template/{dealer_id}/{template}/{locale}"


def _template(name: str) -> str:
    template = find_template(name)
    if template is None:
        raise not_among("name", name, TEMPLATE_NAMES)
    return template


def _faults(template: str, locale: str, words: TemplateWording) -> Iterator[Fault]:
    """What is wrong: of the subject alone first, then of both together."""
    if not is_written(locale):
        known = Unknown.of(locale, language_codes())
        yield Fault("/locale", "unknown_language", "We do not write this language", unknown=known)
        return
    language = language_of(locale)
    of_subject = lint_message(template, language, template_source(words.subject, _ANY_BODY))
    yield from (Fault("/subject", "faulty_template", one) for one in of_subject)
    whole = lint_message(template, language, template_source(words.subject, words.body))
    yield from (Fault("/body", "faulty_template", one) for one in whole if one not in of_subject)


def _key(dealer_id: str, template: str, locale: str) -> tuple[Any, ...]:
    return _COLUMNS.dealer_id == dealer_id, _COLUMNS.name == template, _COLUMNS.locale == locale


async def _standing(connection: AsyncConnection, dealer_id: str, template: str, locale: str) -> Row[Any] | None:
    stands = (*_key(dealer_id, template, locale), _COLUMNS.withdrawn_at.is_(None))
    query = select(template_override).where(*stands).order_by(_COLUMNS.version.desc()).limit(1)
    row: Row[Any] | None = (await connection.execute(query)).one_or_none()
    return row


def _document(row: Row[Any], name: str) -> TemplateOverride:
    subject, body = template_parts(row.source)
    return TemplateOverride(
        dealer_id=row.dealer_id,
        name=name,
        locale=row.locale,
        version=own_version(row.version),
        created_at=row.created_at,
        subject=subject,
        body=body,
    )
