"""A client of the public API: where it is, which key opens it, and errors in words a person can act on."""

import os
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import uuid4

import httpx

from handoff_local.errors import CommandFailed, Refused
from handoff_local.launcher.data_folder import API, KEY_FILE, DataFolder
from shared.process.settings import Settings

_TIMEOUT: Final = 30.0
_AGAIN_AFTER: Final = 0.5


class Client:
    """Calls the API. `retrying` waits for one that is away and tries again, for as long as it takes."""

    def __init__(self, url: str, key: str, key_from: str, *, retrying: bool = False) -> None:
        self.url = url.rstrip("/")
        self._key_from = key_from
        self._retrying = retrying
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": _languages()}
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=_TIMEOUT, trust_env=False)

    def close(self) -> None:
        """Give up its connections."""
        self._http.close()

    def get(self, path: str, **query: object) -> Any:
        """The document of a GET; absent and empty query values are left out."""
        return self.call("GET", path, params={name: str(value) for name, value in query.items() if value})

    def put(self, path: str, record: object) -> Any:
        """Store a record."""
        return self.call("PUT", path, json=record)

    def post(self, path: str, document: object, once: str | None = None) -> Any:
        """POST with an idempotency key, so that trying again after a lost answer does it once.

        `once` names the key, for a caller who may begin anew.
        """
        return self.call("POST", path, json=document, headers={"Idempotency-Key": once or str(uuid4())})

    def delete(self, path: str) -> Any:
        """DELETE."""
        return self.call("DELETE", path)

    def items(self, path: str, most: int | None = None, **query: object) -> Iterator[dict[str, Any]]:
        """The items of a list, page after page, at most so many."""
        cursor: object = None
        left = most if most is not None else -1
        while True:
            limit = min(left, 200) if left >= 0 else 200
            page = self.get(path, limit=limit, cursor=cursor, **query)
            yield from page["items"]
            left -= len(page["items"])
            cursor = page.get("next_cursor")
            if not cursor or left == 0:
                return

    def call(self, method: str, path: str, **how: Any) -> Any:
        """One request; the JSON of the answer. Raises CommandFailed, and Refused for an answer that is not 2xx."""
        while True:
            try:
                answer = self._http.request(method, path, **how)
            except httpx.TransportError as error:
                if not self._retrying:
                    raise CommandFailed(self._unreachable(error)) from None
            else:
                if not (self._retrying and answer.status_code in (429, 503)):
                    return self._read(answer)
            time.sleep(_AGAIN_AFTER)

    def _read(self, answer: httpx.Response) -> Any:
        if answer.is_success:
            return self._document(answer) if answer.content else None
        try:
            problem = answer.json()
        except ValueError:
            problem = {}
        problem = problem if isinstance(problem, dict) else {}
        raise Refused(self._words(answer, problem), answer.status_code, problem)

    def _document(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise CommandFailed(f"{self.url} is not Handoff's API (it answers no JSON): correct HANDOFF_URL") from None

    def _words(self, answer: httpx.Response, problem: Mapping[str, Any]) -> str:
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return f"{self.url} refused the key from {self._key_from} (401): set HANDOFF_KEY to one that is valid"
        detail = str(problem.get("detail") or problem.get("title") or answer.reason_phrase)
        lines = [f"{answer.request.method} {answer.request.url.path}: {detail} ({answer.status_code})"]
        lines += [f"  {error.get('pointer') or '/'}: {fault_in_words(error)}" for error in problem.get("errors") or []]
        return "\n".join(lines)

    def _unreachable(self, error: httpx.TransportError) -> str:
        why = "nobody listens there" if isinstance(error, httpx.ConnectError) else str(error) or type(error).__name__
        return f"cannot reach {self.url} ({why}): start it with `make run`, or set HANDOFF_URL"


def connect(*, retrying: bool = False) -> Client:
    """A client of HANDOFF_URL, else of the stack of the data folder.

    Raises CommandFailed without a key, and for a key or an address that cannot be.
    """
    folder = DataFolder(Settings().data_dir)
    key, key_from = os.environ.get("HANDOFF_KEY", "").strip(), "HANDOFF_KEY"
    if not key:
        key, key_from = folder.key() or "", str(folder.path / KEY_FILE)
    if not key:
        raise CommandFailed(f"no key: set HANDOFF_KEY, or HANDOFF_DATA_DIR to a folder with a key file ({key_from})")
    if not all("!" <= character <= "~" for character in key):
        raise CommandFailed(f"the key from {key_from} holds characters that no key has")
    url = api_url(folder)
    try:
        return Client(url, key, key_from, retrying=retrying)
    except httpx.InvalidURL as error:
        raise CommandFailed(f"HANDOFF_URL={url} is no web address: {error}") from None


def api_url(folder: DataFolder) -> str:
    """Where the API is: HANDOFF_URL, else the port its process wrote, else the default."""
    return os.environ.get("HANDOFF_URL") or f"http://127.0.0.1:{folder.port(API) or 8080}"


def fault_in_words(error: Mapping[str, Any]) -> str:
    """What is wrong at a place of what was sent, with the ids that may have been meant."""
    allowed = ", ".join(error.get("allowed") or ())
    return f"{error.get('detail')}; near: {allowed}" if allowed else str(error.get("detail"))


def _languages() -> str:
    """What the locale of the environment asks for (as POSIX reads it), English where it asks for nothing."""
    named = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    language = re.match(r"[a-z]{2}(?=_)", named)
    return f"{language[0]}, en;q=0.5" if language else "en"
