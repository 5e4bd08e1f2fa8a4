"""Browsers of other origins: bearer calls and feeds, never cookies."""

from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_EXPOSED: Final = ("ETag", "Retry-After", "Location", "Idempotent-Replayed", "X-Request-ID")
_REMEMBERED_SECONDS: Final = 600


def install(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of these origins call; `*` is every origin. Without any nothing is added to the answers.

    Called when the app is complete: it goes around everything, so that a 500 carries the headers too.
    """
    if origins:
        app.middleware_stack = CORSMiddleware(
            app.middleware_stack or app.build_middleware_stack(),
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=("*",),
            expose_headers=_EXPOSED,
            max_age=_REMEMBERED_SECONDS,
        )
