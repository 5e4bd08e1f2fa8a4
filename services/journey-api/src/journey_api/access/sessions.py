"""Sessions of browsers: a cookie in place of the key. Instants are real time.

A session ends after 12 hours without a request, 7 days after its beginning, with its key, or by signing out.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select, update
from starlette.responses import Response

from journey_api.access.api_keys import KeyRing, secret_hash
from journey_api.feeds.ended_access import ACCESS_ENDED
from journey_api.http.auth import Principal
from journey_api.http.problems import Problem
from journey_api.http.same_site import SAFE_METHODS, is_same_site
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import session
from shared.messaging.postgres.pg_notify import notify
from shared.messaging.retention import SESSIONS_KEPT

COOKIE: Final = "handoff_session"
IDLE_AT_MOST: Final = timedelta(hours=12)
_NOTED_EVERY: Final = timedelta(minutes=1)
"""How exact `used_at` is: not every request writes."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of an installation; `public_url` is its address, empty where none is set."""

    database: Database
    keys: KeyRing
    real: Clock
    public_url: str = ""

    async def open(self, key: str) -> str:
        """Begin a session with a key; answers the cookie's value. 401 for a key that is not valid."""
        principal = await self.keys.principal(key)
        token, now = secrets.token_urlsafe(32), self.real()
        row = {
            "token_hash": secret_hash(token),
            "secret_hash": principal.secret_hash,
            "wall_clock_at": now,
            "used_at": now,
        }
        async with self.database.transaction(()) as connection:
            await connection.execute(insert(session).values(row))
        return token

    async def principal(self, token: str) -> Principal:
        """The principal whose key began the session; 401 where it has ended, or its key."""
        digest, now = secret_hash(token), self.real()
        found = select(session.c.secret_hash, session.c.used_at).where(
            session.c.token_hash == digest,
            session.c.wall_clock_at > now - SESSIONS_KEPT,
            session.c.used_at > now - IDLE_AT_MOST,
        )
        async with self.database.transaction(()) as connection:
            row = (await connection.execute(found)).one_or_none()
            if row is None:
                raise Problem(401, "This session has ended. Sign in again.", code="session_ended")
            if row.used_at <= now - _NOTED_EVERY:
                noted = update(session).where(session.c.token_hash == digest).values(used_at=now)
                await connection.execute(noted)
        return await self.keys.principal_of_hash(bytes(row.secret_hash))

    async def end(self, token: str) -> bool:
        """End a session; answers whether there was one."""
        async with self.database.transaction(()) as connection:
            ended = delete(session).where(session.c.token_hash == secret_hash(token))
            await notify(connection, ACCESS_ENDED)
            return (await connection.execute(ended)).rowcount > 0

    async def end_all(self, principal: Principal) -> int:
        """End every session of a key; answers how many."""
        async with self.database.transaction(()) as connection:
            ended = delete(session).where(session.c.secret_hash == principal.secret_hash)
            await notify(connection, ACCESS_ENDED)
            return (await connection.execute(ended)).rowcount

    def require_same_site(self, method: str, headers: Mapping[str, str]) -> None:
        """Raise 403 `cross_site` for an unsafe method that comes from a page of another host, or says of none."""
        if method in SAFE_METHODS:
            return
        hosts = (headers.get("host", ""), urlsplit(self.public_url).netloc)
        if not is_same_site(headers, hosts):
            detail = "A request with a session needs an Origin or Referer of this address."
            raise Problem(403, detail, code="cross_site")

    def set_cookie(self, response: Response, token: str) -> None:
        """Give the browser its session."""
        lifetime = int(SESSIONS_KEPT.total_seconds())
        response.set_cookie(COOKIE, token, max_age=lifetime, httponly=True, samesite="lax", secure=self._is_https)

    def delete_cookie(self, response: Response) -> None:
        """Take the session from the browser."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=self._is_https)

    @property
    def _is_https(self) -> bool:
        return self.public_url.lower().startswith("https:")
