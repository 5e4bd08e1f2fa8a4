"""A form of settings on its way: what was typed, which version it was typed over, whether it was shown before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from journey_api.console.settings.repeated import packed
from journey_api.http.etags import Expected
from journey_api.http.problems import Problem
from journey_api.http.validation_errors import faults_of

MOST_FIELDS: Final = 20_000
"""So many fields a form of settings may have: a person has three for each leave."""

_OWN: Final = frozenset({"do", "version", "previewed"})


@dataclass(frozen=True, slots=True)
class Form:
    """`typed` are the fields of the document; `version` is that of the page it was typed on, empty for a new record."""

    typed: Mapping[str, Sequence[str]]
    do: str
    version: str
    previewed: str

    @property
    def digest(self) -> str:
        """What stands for the fields as they were typed; an empty one is as one that was not sent."""
        given = ((name, sorted(filter(None, values))) for name, values in self.typed.items())
        return sha256(to_json(sorted(one for one in given if one[1]))).hexdigest()

    @property
    def stores(self) -> bool:
        """Whether to store: only what was shown, unchanged."""
        return self.do == "store" and self.previewed == self.digest

    @property
    def expected(self) -> Expected:
        """The version that the record must still have; of a new record none."""
        return Expected(frozenset({self.version})) if self.version else Expected()


def read_fields(pairs: Iterable[tuple[str, str]]) -> Form:
    """The form of its fields, lines ending in LF, empty rows behind the others.

    NUL and halves of characters cannot be stored and are left out.
    """
    typed: dict[str, list[str]] = defaultdict(list)
    own: dict[str, str] = {}
    for name, value in pairs:
        clean = value.replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "ignore").decode()
        if name in _OWN:
            own[name] = clean
        else:
            typed[name].append(clean)
    return Form(packed(typed), own.get("do", ""), own.get("version", ""), own.get("previewed", ""))


def record_of(model: type[BaseModel], document: Mapping[str, Any]) -> BaseModel:
    """The record of a document. Raises Problem 422 with every fault of its form."""
    try:
        return model.model_validate(dict(document))
    except ValidationError as error:
        faults = faults_of(error.errors(include_url=False), dict(document))
        raise Problem(422, faults[0].detail, errors=faults) from None
