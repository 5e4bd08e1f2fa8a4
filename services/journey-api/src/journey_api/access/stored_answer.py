"""Answers kept for `Idempotency-Key`, encrypted under a key that only a repeated request can derive.

HKDF over the header's value, bound to the caller and the route, gives the id under which the answer is found and the
key that opens it. The database holds neither the header nor anything readable. A header that is easy to guess protects
as little as it is long: clients send random ones.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE: Final = 12
_BYTES: Final = 32


class UnreadableAnswer(ValueError):
    """A stored answer was changed, or is another request's."""


class RequestKeys(NamedTuple):
    """`lookup` finds the answer to a request, `encryption` opens it."""

    lookup: bytes
    encryption: bytes

    @classmethod
    def derived(cls, caller: str, route: str, idempotency_key: str) -> Self:
        """The keys of one `Idempotency-Key` of this caller on this method and path."""
        bound_to = json.dumps(["handoff idempotency", caller, route]).encode()
        material = HKDF(SHA256(), 2 * _BYTES, salt=None, info=bound_to).derive(idempotency_key.encode())
        return cls(material[:_BYTES], material[_BYTES:])


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A first answer and the digest of the request that it answered."""

    request: str
    status: int
    headers: dict[str, str]
    body: bytes


def request_digest(query: str, body: bytes) -> str:
    """What tells a repeated request from another one with the same key."""
    return hashlib.sha256(query.encode() + b"\n" + body).hexdigest()


def encrypt_answer(answer: StoredAnswer, keys: RequestKeys) -> bytes:
    """The answer as it is stored."""
    head = json.dumps({"request": answer.request, "status": answer.status, "headers": answer.headers})
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(keys.encryption).encrypt(nonce, head.encode() + b"\n" + answer.body, keys.lookup)


def decrypt_answer(stored: bytes, keys: RequestKeys) -> StoredAnswer:
    """The answer that was stored under these keys. Raises UnreadableAnswer."""
    try:
        plain = AESGCM(keys.encryption).decrypt(stored[:_NONCE], stored[_NONCE:], keys.lookup)
    except (InvalidTag, ValueError) as error:
        raise UnreadableAnswer("the stored answer was changed") from error
    head, _, body = plain.partition(b"\n")
    return StoredAnswer(**json.loads(head), body=body)
