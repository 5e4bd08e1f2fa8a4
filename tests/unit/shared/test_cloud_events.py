"""The wire contract of events, rule by rule."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from journey_api.http.instants import parse_time
from journey_api.intake.cloud_events import Event, InvalidEvent, read_event
from shared.vocabulary import STEPS

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DATA: dict[str, Any] = {"dealer_id": "lisboa-01", "observed_by": {"role": "salesperson"}}


def event(data: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    """A good event with some attributes changed."""
    good = {"specversion": "1.0", "type": "handoff.journey.step.v1", "source": "/dms", "id": "1"}
    return {**good, "data": DATA if data is None else data, **attributes}


def read(data: dict[str, Any] | None = None, **attributes: Any) -> Event:
    """The event, read."""
    return read_event(event(data, **attributes), NOW)


def faults(data: Any = None, **attributes: Any) -> set[str]:
    """Where an event is at fault."""
    with pytest.raises(InvalidEvent) as caught:
        read_event(event(data, **attributes), NOW)
    return {fault.pointer for fault in caught.value.faults}


def found_faults(data: Any) -> set[str]:
    """Where data is at fault, if anywhere."""
    try:
        read(data)
    except InvalidEvent as refused:
        return {fault.pointer for fault in refused.faults}
    return set()


def with_facts(**facts: Any) -> dict[str, Any]:
    """Data with these facts."""
    return {**DATA, "facts": facts}


def test_the_least_an_event_can_be() -> None:
    read_one = read()
    assert read_one.time == NOW
    assert read_one.data.intent == "live"
    assert read_one.data.document() == {
        "dealer_id": "lisboa-01",
        "observed_by": {"role": "salesperson"},
        "intent": "live",
    }


@pytest.mark.parametrize("name", ["specversion", "type", "source", "id"])
def test_required_attributes(name: str) -> None:
    assert faults(**{name: None}) == {f"/{name}"}
    assert faults(**{name: ""}) == {f"/{name}"}
    assert faults(**{name: 1}) == {f"/{name}"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "0.3"),
        ("type", "handoff.journey.step.v2"),
        ("source", "not a uri"),
        ("source", "/ä"),
        ("source", "/%zz"),
        ("source", "http://[x"),
        ("id", "a\nb"),
        ("id", "x" * 257),
        ("time", "2026-11-23T10:00:00"),
        ("time", "2026-11-23"),
        ("time", 1763892000),
        ("time", "2026-02-30T10:00:00Z"),
        ("time", "2026-11-23T10:05:01Z"),
        ("subject", ""),
        ("dataschema", "relative"),
        ("datacontenttype", "application/xml"),
        ("data_base64", "e30="),
        ("Upper", "x"),
        ("with_underscore", "x"),
        ("abcdefghijklmnopqrstu", "x"),
        ("list", ["x"]),
        ("number", 1.5),
        ("large", 2**31),
    ],
)
def test_attributes_that_are_refused(name: str, value: Any) -> None:
    assert faults(**{name: value}) == {f"/{name}"}


def test_extensions_are_kept_and_null_is_absent() -> None:
    kept = read(
        traceparent="00-x", sequence=7, sampled=True, absent=None, subject="C-1", datacontenttype="application/json"
    )
    assert kept.extensions == {"traceparent": "00-x", "sequence": 7, "sampled": True, "subject": "C-1"}


def test_data_that_is_no_object() -> None:
    for data in ([], None, "text"):
        with pytest.raises(InvalidEvent) as caught:
            read_event({**event(), "data": data}, NOW)
        assert [fault.pointer for fault in caught.value.faults] == ["/data"]


def test_time_is_read_in_utc_and_five_minutes_ahead_are_allowed() -> None:
    assert read(time="2026-11-23T12:05:00+02:00").time == NOW + timedelta(minutes=5)
    assert read(time="1999-01-01T00:00:00.1234567z").time == datetime(1999, 1, 1, 0, 0, 0, 123456, UTC)


@given(st.datetimes(), st.integers(-23, 23))
def test_every_rfc_3339_time_is_read(naive: datetime, hours: int) -> None:
    assume(2 <= naive.year < 9999)
    instant = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert parse_time(instant.isoformat()) == instant


def test_times_beyond_the_calendar_are_refused() -> None:
    assert parse_time("0001-01-01T00:00:00+14:00") is None
    assert parse_time("9999-12-31T23:59:59-14:00") is None


@pytest.mark.parametrize("number", STEPS)
def test_a_step_is_its_number_or_its_id(number: int) -> None:
    for step in (number, STEPS[number]):
        assert read({**DATA, "step": step}).data.step == number


@pytest.mark.parametrize("step", [0, 21, "13", "maintain", True, 1.0, [1]])
def test_steps_that_are_none(step: Any) -> None:
    assert faults({**DATA, "step": step}) == {"/data/step"}


def test_a_customer_needs_a_step_but_not_the_other_way() -> None:
    assert faults({**DATA, "customer_id": "C-1"}) == {"/data/step"}
    assert read({**DATA, "step": 3}).data.customer_id is None


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"dealer_id": None}, "/data/dealer_id"),
        ({"dealer_id": ""}, "/data/dealer_id"),
        ({"customer_id": "a/b", "step": 1}, "/data/customer_id"),
        ({"customer_id": "x" * 129, "step": 1}, "/data/customer_id"),
        ({"case_id": "a\tb"}, "/data/case_id"),
        ({"case_id": 7}, "/data/case_id"),
        ({"observed_by": None}, "/data/observed_by"),
        ({"observed_by": {}}, "/data/observed_by/role"),
        ({"observed_by": {"role": "boss"}}, "/data/observed_by/role"),
        ({"observed_by": {"role": "salesperson", "name": "x"}}, "/data/observed_by/name"),
        ({"intent": "later"}, "/data/intent"),
        ({"occurrences": ["offer_presented", "nothing"]}, "/data/occurrences/1"),
        ({"occurrences": "offer_presented"}, "/data/occurrences"),
        ({"signals": ["offer_presented"]}, "/data/signals/0"),
        ({"topics": ["weather"]}, "/data/topics/0"),
        ({"channel": "fax"}, "/data/channel"),
        ({"vehicle": {"vin": "", "x": 1}}, "/data/vehicle/vin"),
        ({"vehicle": {"delivered_on": "2026-10-02T00:00:00Z"}}, "/data/vehicle/delivered_on"),
        ({"vehicle": {"delivered_on": 20000}}, "/data/vehicle/delivered_on"),
        ({"vehicle": {"registered_on": "2026-13-01"}}, "/data/vehicle/registered_on"),
        ({"intake": {"mood": "bad"}}, "/data/intake/mood"),
        ({"note": 1}, "/data/note"),
        ({"a/b": 1}, "/data/a~1b"),
        ({"facts": []}, "/data/facts"),
    ],
)
def test_data_that_is_refused(change: dict[str, Any], pointer: str) -> None:
    assert pointer in faults({**DATA, **change})


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"customer": {"vip": "true"}}, "/data/facts/customer/vip"),
        ({"customer": {"vip": 1}}, "/data/facts/customer/vip"),
        ({"customer": {"rich": True}}, "/data/facts/customer/rich"),
        ({"contact": {"first_receiver": "nobody"}}, "/data/facts/contact/first_receiver"),
        ({"feedback": {"about": ["weather"]}}, "/data/facts/feedback/about/0"),
        ({"feedback": {"sentiment": "bad"}}, "/data/facts/feedback/sentiment"),
        ({"order": {"promised_on": "soon"}}, "/data/facts/order/promised_on"),
        ({"visit": {"waiting_customers": True}}, "/data/facts/visit/waiting_customers"),
        ({"visit": {"waiting_customers": "3"}}, "/data/facts/visit/waiting_customers"),
        ({"visit": {"waiting_customers": -1}}, "/data/facts/visit/waiting_customers"),
        ({"visit": {"transferred_by": "boss"}}, "/data/facts/visit/transferred_by"),
        ({"mobility": {"option": "bicycle"}}, "/data/facts/mobility/option"),
        ({"claims": ["luck"]}, "/data/facts/claims/0"),
        ({"claims": "warranty"}, "/data/facts/claims"),
        ({"absent_roles": ["boss"]}, "/data/facts/absent_roles/0"),
        ({"weather": {}}, "/data/facts/weather"),
    ],
)
def test_facts_that_are_refused(facts: dict[str, Any], pointer: str) -> None:
    assert faults(with_facts(**facts)) == {pointer}


def test_null_facts_are_absent_and_empty_lists_are_known() -> None:
    stored = read(with_facts(customer=None, claims=[], feedback={"about": [], "sentiment": None})).data.document()
    assert stored["facts"] == {"claims": [], "feedback": {"about": []}}


def test_personal_words_are_not_in_the_document() -> None:
    data = read({**DATA, "note": "n", "intake": {"problem": "p"}}).data
    assert {"note", "intake"}.isdisjoint(data.document())
    assert data.intake is not None
    assert (data.note, data.intake.problem) == ("n", "p")


def test_the_same_content_in_another_spelling_is_the_same() -> None:
    one = read({**DATA, "topics": ["repair"]}, time="2026-11-23T10:00:00Z", sequence=7, sampled=True, subject=None)
    shuffled = dict(reversed(event({"topics": ["repair"], **DATA}, time="2026-11-23T11:00:00+01:00").items()))
    other = read_event({**shuffled, "sequence": "7", "sampled": "true", "datacontenttype": "application/json"}, NOW)
    assert one.content_hash == other.content_hash


@pytest.mark.parametrize(
    "changes", [{"time": "2026-11-23T09:00:00Z"}, {"subject": "x"}, {"data": {**DATA, "note": "x"}}, {"ext": "1"}]
)
def test_other_content_is_other(changes: dict[str, Any]) -> None:
    assert read().content_hash != read_event({**event(), **changes}, NOW).content_hash


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(JSON_VALUES)
def test_nonsense_is_refused_with_faults(document: Any) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_event(document, NOW)
    assert caught.value.faults


@given(st.dictionaries(st.sampled_from(["customer_id", "step", "topics", "facts", "vehicle", "note"]), JSON_VALUES))
def test_data_is_read_or_refused_with_places(data: dict[str, Any]) -> None:
    found = found_faults({**DATA, **data})
    assert all(pointer.startswith("/data") for pointer in found)
