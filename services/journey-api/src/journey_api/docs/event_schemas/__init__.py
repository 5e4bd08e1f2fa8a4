"""The shapes of the records on the topics: every type there is, and the JSON Schema of its headers, key and data."""

from journey_api.docs.event_schemas.headers import CONTENT_TYPE, HEADERS, KEY, headers_of
from journey_api.docs.event_schemas.record_types import RecordType, record_types
from journey_api.docs.event_schemas.schemas import schemas

__all__ = ["CONTENT_TYPE", "HEADERS", "KEY", "RecordType", "headers_of", "record_types", "schemas"]
