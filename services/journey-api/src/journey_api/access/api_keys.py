"""API keys: made, stored as SHA-256, found again, revoked."""

import hashlib
import hmac
import secrets
from datetime import datetime
from time import monotonic
from typing import Final

from sqlalchemy import select

from journey_api.http.auth import ADMIN, BOOTSTRAP_KEY_ID, Principal
from journey_api.http.problems import Problem
from shared.clock import Clock
from shared.db.engine import EVERY_DEALER, Database
from shared.db.schema import api_key

_REMEMBERED_SECONDS: Final = 2.0
_REMEMBERED_KEYS: Final = 10_000
_BOOTSTRAP: Final = Principal(BOOTSTRAP_KEY_ID, frozenset({EVERY_DEALER}), frozenset({ADMIN}))


def new_secret() -> str:
    """A fresh key, 256 random bits."""
    return "hk_" + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> bytes:
    """What is stored of a key: it is random, so a plain SHA-256 holds."""
    return hashlib.sha256(secret.encode()).digest()


class KeyRing:
    """Finds the principal of a key; remembers it for two seconds, which is how long a revocation elsewhere takes."""

    def __init__(self, database: Database, clock: Clock, bootstrap_key: str = "") -> None:
        self._database = database
        self._clock = clock
        self._bootstrap = secret_hash(bootstrap_key) if bootstrap_key else None
        self._known: dict[bytes, tuple[float, Principal, datetime | None]] = {}

    async def principal(self, token: str) -> Principal:
        """The principal of a key; 401 for an unknown, revoked or expired one."""
        digest = secret_hash(token)
        if self._bootstrap is not None and hmac.compare_digest(digest, self._bootstrap):
            return _BOOTSTRAP
        found = self._known.get(digest)
        if found is None or found[0] < monotonic():
            found = await self._load(digest)
        _, principal, expires_at = found
        if expires_at is not None and expires_at <= self._clock():
            raise Problem(401, "This key has expired.")
        return principal

    async def _load(self, digest: bytes) -> tuple[float, Principal, datetime | None]:
        self._known.pop(digest, None)
        query = select(api_key).where(api_key.c.secret_hash == digest, api_key.c.revoked_at.is_(None))
        async with self._database.transaction(()) as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise Problem(401, "This key is not known.")
        if len(self._known) >= _REMEMBERED_KEYS:
            self._known.clear()
        principal = Principal(row.key_id, frozenset(row.dealers), frozenset(row.scopes), row.staff_id, row.name)
        self._known[digest] = (monotonic() + _REMEMBERED_SECONDS, principal, row.expires_at)
        return self._known[digest]

    def forget(self, key_id: str) -> None:
        """Stop honouring a key in this process at once."""
        self._known = {digest: entry for digest, entry in self._known.items() if entry[1].key_id != key_id}
