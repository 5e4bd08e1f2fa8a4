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
from shared.clock import Clock, real_now
from shared.db.engine import EVERY_DEALER, Database
from shared.db.schema import api_key

_REMEMBERED_SECONDS: Final = 2.0
_REMEMBERED_KEYS: Final = 10_000


def new_secret() -> str:
    """A fresh key, 256 random bits."""
    return "hk_" + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> bytes:
    """What is stored of a key: it is random, so a plain SHA-256 holds."""
    return hashlib.sha256(secret.encode()).digest()


class KeyRing:
    """Finds the principal of a key; remembers it for two seconds, which is how long a revocation elsewhere takes.

    Keys expire in real time, which `real` tells.
    """

    def __init__(self, database: Database, bootstrap_key: str = "", real: Clock = real_now) -> None:
        self._database = database
        self._real = real
        self._bootstrap = _bootstrap(bootstrap_key) if bootstrap_key else None
        self._known: dict[bytes, tuple[float, Principal, datetime | None]] = {}
        self._revoked: set[str] = set()

    async def principal(self, token: str) -> Principal:
        """The principal of a key; 401 for an unknown, revoked or expired one."""
        return await self.principal_of_hash(secret_hash(token))

    async def principal_of_hash(self, digest: bytes) -> Principal:
        """The principal of a key by its SHA-256; 401 as for the key itself."""
        if self._bootstrap is not None and hmac.compare_digest(digest, self._bootstrap.secret_hash):
            return self._bootstrap
        found = self._known.get(digest)
        if found is None or found[0] < monotonic():
            found = await self._load(digest)
        _, principal, expires_at = found
        if expires_at is not None and expires_at <= self._real():
            raise Problem(401, "This key has expired.", code="key_expired")
        return principal

    async def _load(self, digest: bytes) -> tuple[float, Principal, datetime | None]:
        self._known.pop(digest, None)
        async with self._database.transaction(()) as connection:
            row = (await connection.execute(select(api_key).where(api_key.c.secret_hash == digest))).one_or_none()
        if row is None:
            raise Problem(401, "This key is not known.", code="key_unknown")
        if row.revoked_at is not None:
            raise Problem(401, "This key has been withdrawn.", code="key_withdrawn")
        if len(self._known) >= _REMEMBERED_KEYS:
            self._known.clear()
        principal = Principal(
            row.key_id, frozenset(row.dealers), frozenset(row.scopes), row.staff_id, row.name, bytes(digest)
        )
        found = (monotonic() + _REMEMBERED_SECONDS, principal, row.expires_at)
        if principal.key_id not in self._revoked:
            self._known[digest] = found
        return found

    def forget(self, key_id: str) -> None:
        """Look a key up anew from now on, which a transaction that is under way revokes."""
        self._revoked.add(key_id)
        self._known = {digest: entry for digest, entry in self._known.items() if entry[1].key_id != key_id}

    def forget_all(self) -> None:
        """Look every key up anew: one has been revoked, perhaps in another process."""
        self._known.clear()


def _bootstrap(key: str) -> Principal:
    return Principal(
        BOOTSTRAP_KEY_ID,
        frozenset({EVERY_DEALER}),
        frozenset({ADMIN}),
        secret_hash=secret_hash(key),
    )
