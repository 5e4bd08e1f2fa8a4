"""Answers kept for `Idempotency-Key` open to the same request of the same caller and to nothing else."""

import pytest

from journey_api.access.stored_answer import (
    RequestKeys,
    StoredAnswer,
    UnreadableAnswer,
    decrypt_answer,
    encrypt_answer,
    request_digest,
)
from journey_api.http.auth import Principal

ANSWER = StoredAnswer(request_digest("a=b", b"{}"), 201, {"etag": '"1"'}, b'{"key": "hk_secret"}\nand a line\x00\xff')
KEYS = RequestKeys.derived("caller", "POST /v1/keys", "once")


def principal(**changes: object) -> Principal:
    """A caller of one dealer."""
    fields = {"key_id": "K-1", "dealers": frozenset({"a", "b"}), "scopes": frozenset({"admin"}), "owner": "dms"}
    return Principal(**{**fields, **changes})  # type: ignore[arg-type]


def test_an_answer_comes_back_as_it_was() -> None:
    stored = encrypt_answer(ANSWER, KEYS)
    assert decrypt_answer(stored, KEYS) == ANSWER
    assert encrypt_answer(ANSWER, KEYS) != stored
    assert b"hk_secret" not in stored


@pytest.mark.parametrize("at", [0, 11, 12, 40, -1])
def test_one_changed_bit_makes_it_unreadable(at: int) -> None:
    stored = bytearray(encrypt_answer(ANSWER, KEYS))
    stored[at] ^= 1
    with pytest.raises(UnreadableAnswer):
        decrypt_answer(bytes(stored), KEYS)


@pytest.mark.parametrize("stored", [b"", b"short", b"\x00" * 12])
def test_what_is_no_answer_is_unreadable(stored: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        decrypt_answer(stored, KEYS)


@pytest.mark.parametrize(
    "other", [("stranger", "POST /v1/keys", "once"), ("caller", "POST /v1/x", "once"), ("caller", "POST /v1/keys", "2")]
)
def test_another_caller_route_or_header_finds_and_opens_nothing(other: tuple[str, str, str]) -> None:
    keys = RequestKeys.derived(*other)
    assert keys.lookup != KEYS.lookup
    with pytest.raises(UnreadableAnswer):
        decrypt_answer(encrypt_answer(ANSWER, KEYS), keys)
    with pytest.raises(UnreadableAnswer):
        decrypt_answer(encrypt_answer(ANSWER, KEYS), KEYS._replace(encryption=keys.encryption))


@pytest.mark.parametrize("same", [{"key_id": "K-2"}, {"dealers": frozenset(["b", "a"])}])
def test_another_token_of_an_owner_is_the_same_caller(same: dict[str, object]) -> None:
    assert principal(**same).caller == principal().caller


def test_a_person_is_the_same_caller_whatever_the_token_is_called() -> None:
    assert principal(staff_id="S-1", owner="phone").caller == principal(staff_id="S-1", owner="desktop").caller


@pytest.mark.parametrize(
    "other",
    [
        {"owner": "crm"},
        {"owner": ""},
        {"staff_id": "dms"},
        {"dealers": frozenset({"a"})},
        {"scopes": frozenset({"tasks:read"})},
    ],
)
def test_whoever_is_or_may_do_something_else_is_another_caller(other: dict[str, object]) -> None:
    assert principal(**other).caller != principal().caller
