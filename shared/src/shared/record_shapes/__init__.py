"""The shapes of the records on the topics: every type there is, and the JSON Schema of its headers, key and data."""

from shared.record_shapes.headers import KEY, TYPED_HEADERS, headers_of
from shared.record_shapes.schemas import schemas
from shared.record_shapes.types import RecordType, record_types

__all__ = ["KEY", "TYPED_HEADERS", "RecordType", "headers_of", "record_types", "schemas"]
