"""A file sent by a form of a page (`multipart/form-data`, RFC 7578)."""

from email.parser import BytesParser
from email.policy import HTTP
from typing import Final

from starlette.requests import Request

from journey_api.http.problems import Problem
from journey_api.http.request_body import MEBIBYTE, media_type, read_body, refuse_coded

UPLOAD: Final = "multipart/form-data"


async def read_upload(request: Request, field: str) -> bytes:
    """The file of a field, up to 1 MiB with the form around it; empty where none was chosen.

    Raises Problem: 400, 413, 415.
    """
    raw = await read_body(request.receive, MEBIBYTE, request.headers.get("content-length"))
    refuse_coded(request.headers.get("content-encoding"))
    kind = request.headers.get("content-type", "")
    if media_type(kind) != UPLOAD:
        raise Problem(415, f"Send {UPLOAD}.", headers={"Accept": UPLOAD})
    form = BytesParser(policy=HTTP).parsebytes(b"content-type: " + kind.encode("latin-1") + b"\r\n\r\n" + raw)
    for part in form.walk():
        if not part.is_multipart() and part.get_param("name", header="content-disposition") == field:
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content
    raise Problem(400, f"The form has no file of the name {field}.")
