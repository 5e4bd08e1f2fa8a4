"""What errors say, and which of them pass by themselves."""

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.process.error_text import reason_of, root_causes
from shared.process.transient_errors import is_outage


class DriverError(Exception):
    """An error as the driver raises it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("said the driver")
        self.sqlstate = sqlstate


@pytest.mark.parametrize("state", ["08006", "40001", "40P01", "53300", "55P03", "57P01", "57P03", "25006"])
def test_outages_by_their_state(state: str) -> None:
    assert is_outage(DriverError(state))
    assert is_outage(DBAPIError("select", {}, DriverError(state)))


@pytest.mark.parametrize("state", ["23505", "42P01", "22P02", "57014", "42501"])
def test_errors_by_their_state(state: str) -> None:
    assert not is_outage(DriverError(state))
    assert not is_outage(IntegrityError("insert", {}, DriverError(state)))


@pytest.mark.parametrize("error", [ConnectionResetError(), TimeoutError(), PoolTimeout(), OSError("no route")])
def test_a_network_that_fails_is_an_outage(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize("error", [ValueError("no"), KeyError("x"), LookupError()])
def test_a_fault_of_ours_is_none(error: Exception) -> None:
    assert not is_outage(error)


def test_a_broken_connection_is_an_outage_whatever_it_says() -> None:
    assert is_outage(DBAPIError("select", {}, DriverError(""), connection_invalidated=True))


def test_a_reason_is_the_first_line() -> None:
    error = IntegrityError("insert into customer", {"name": "Maria"}, DriverError("23505"))
    assert reason_of(error) == f"IntegrityError: ({DriverError.__module__}.DriverError) said the driver"
    assert reason_of(ValueError()) == "ValueError: "
    assert len(reason_of(ValueError("x" * 1000))) == 300


def test_the_causes_inside_a_group() -> None:
    first, second = ValueError("a"), KeyError("b")
    assert list(root_causes(ExceptionGroup("g", [first, ExceptionGroup("h", [second])]))) == [first, second]
