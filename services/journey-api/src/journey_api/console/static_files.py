"""`/static/`: stylesheets, scripts and fonts, held in memory, cached for ever under the hash of all of them."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from journey_api.http.problems import not_found

_TYPES: Final = {"css": "text/css", "js": "text/javascript", "woff2": "font/woff2", "svg": "image/svg+xml"}
_COMPRESSED: Final = frozenset({"css", "js", "svg"})
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent; `compressed` is empty for what is compressed already."""

    media_type: str
    content: bytes
    compressed: bytes


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """Every file by its path; `version` changes with any of them."""

    version: str
    by_path: dict[str, StaticFile]

    def url(self, path: str) -> str:
        """The address of a file. Raises KeyError for one that is not there."""
        self.by_path[path]
        return f"/static/{self.version}/{path}"


@cache
def static_files() -> StaticFiles:
    """The files of the console, read once."""
    found = dict(sorted(_walk(files("journey_api.console").joinpath("static"), "")))
    digest = hashlib.sha256()
    for path, file in found.items():
        digest.update(path.encode() + b"\n" + file.content)
    return StaticFiles(digest.hexdigest()[:12], found)


async def send_static(request: Request) -> Response:
    """One file; 404 for another version, so that no cache keeps a file under a name that is not its own."""
    known = static_files()
    file = known.by_path.get(request.path_params["path"])
    if file is None or request.path_params["version"] != known.version:
        raise not_found()
    headers = {"Cache-Control": _FOREVER, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if file.compressed and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.compressed, headers=headers | {"Content-Encoding": "gzip"}, media_type=file.media_type)
    return Response(file.content, headers=headers, media_type=file.media_type)


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, StaticFile]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif (ending := entry.name.rpartition(".")[2]) in _TYPES:
            content = entry.read_bytes()
            compressed = gzip.compress(content, mtime=0) if ending in _COMPRESSED else b""
            found.append((f"{prefix}{entry.name}", StaticFile(_TYPES[ending], content, compressed)))
    return found
