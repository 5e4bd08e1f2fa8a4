"""For schemathesis: how bodies of mail and calendars are sent, which it does not know."""

from typing import Any

import schemathesis


@schemathesis.serializer("multipart/report", "message/rfc822", "message/global", "text/calendar")
def as_text(_context: Any, value: Any) -> bytes:
    """As they are."""
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")
