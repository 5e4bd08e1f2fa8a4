"""Who calls: the principal behind a bearer key, what it may do and whose dealers it sees."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from journey_api.http.problems import Problem
from shared.db.engine import EVERY_DEALER

ADMIN: Final = "admin"
SCOPES: Final = ("events:write", "tasks:read", "tasks:write", "ops:read", ADMIN)
BOOTSTRAP_KEY_ID: Final = "bootstrap"
BOOTSTRAP_KEY_NAME: Final = "Bootstrap key"


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller. `dealers` holds `*` for every dealer; `staff_id` is the only person it may act as, if any.

    `owner` is who the token was made for: the name of a key, whoever a token was issued to; the first key has none.
    `secret_hash` is SHA-256 of its key: what sessions and tickets are bound to.
    """

    key_id: str
    dealers: frozenset[str]
    scopes: frozenset[str]
    staff_id: str | None = None
    owner: str = ""
    secret_hash: bytes = field(default=b"", repr=False, compare=False)

    @property
    def caller(self) -> str:
        """Who calls, whatever the token: the same for each token of a person, or of an owner, that may do the same.

        Tokens with other dealers or scopes are another caller's: what one was answered, the other might not read.
        """
        who = ["staff", self.staff_id] if self.staff_id is not None else ["owner", self.owner]
        return json.dumps([*who, sorted(self.dealers), sorted(self.scopes)])

    @property
    def sees_all(self) -> bool:
        """Whether it is bound to no dealer."""
        return EVERY_DEALER in self.dealers

    @property
    def reach(self) -> str | list[str]:
        """The dealers of its transactions, as `Database.transaction` takes them."""
        return EVERY_DEALER if self.sees_all else sorted(self.dealers)

    def sees(self, dealer_id: str) -> bool:
        """Whether the dealer exists for it, should it exist at all."""
        return self.sees_all or dealer_id in self.dealers

    def may(self, scopes: Iterable[str]) -> bool:
        """Whether it has one of the scopes; `admin` includes every other."""
        return ADMIN in self.scopes or not self.scopes.isdisjoint(scopes)

    def require(self, *scopes: str) -> None:
        """Raise 403 unless it has one of the scopes."""
        if not self.may(scopes):
            raise Problem(403, f"This key lacks the scope {' or '.join(scopes)}.", code="scope")

    def act_as(self, staff_id: str | None) -> None:
        """Raise 403 when it is bound to a person and another one is named."""
        if self.staff_id is not None and staff_id is not None and staff_id != self.staff_id:
            raise Problem(403, "This key acts only as its own person.", code="person")


def bearer_token(header: str | None) -> str:
    """The key of an `Authorization` header; 401 without one."""
    scheme, _, token = (header or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(401, "A bearer key is needed.")
    return token.strip()
