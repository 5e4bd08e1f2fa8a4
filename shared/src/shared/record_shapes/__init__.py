"""The shapes of the records on the topics: every type there is, and the JSON Schema of its headers, key and data."""

from shared.record_shapes.headers import CONTENT_TYPE, HEADERS, KEY, headers_of
from shared.record_shapes.schemas import schemas
from shared.record_shapes.types import RecordType, record_types

__all__ = ["CONTENT_TYPE", "HEADERS", "KEY", "RecordType", "headers_of", "record_types", "schemas"]
