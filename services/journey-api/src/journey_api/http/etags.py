"""Versions of records over HTTP: `ETag` out, `If-Match` in."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header

from journey_api.http.problems import Problem

_TAG: Final = re.compile(r'(?<!W/)"([^"]*)"')


def etag(version: int | str) -> str:
    """The `ETag` of a version."""
    return f'"{version}"'


@dataclass(frozen=True, slots=True)
class Expected:
    """The versions `If-Match` accepts; None without the header."""

    versions: frozenset[str] | None = None

    def and_version(self, version: int | str) -> "Expected":
        """The same, and this version too."""
        held = self.versions is None or "*" in self.versions or str(version) in self.versions
        return Expected(frozenset({str(version)} if held else ()))

    def check(self, version: int | str | None) -> None:
        """Raise 412 unless the record's version is accepted; `version` None: there is no record yet."""
        if self.versions is None:
            return
        accepted = version is not None and ("*" in self.versions or str(version) in self.versions)
        if not accepted:
            raise Problem(412, "The record has another version.", code="stale")


def read_if_match(if_match: Annotated[str | None, Header(alias="If-Match")] = None) -> Expected:
    """What the `If-Match` header expects. Weak and unquoted tags match nothing."""
    if if_match is None:
        return Expected()
    return Expected(frozenset({"*"} if if_match.strip() == "*" else _TAG.findall(if_match)))


IfMatchDep = Annotated[Expected, Depends(read_if_match)]
