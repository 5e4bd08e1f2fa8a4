"""The yardstick: a FastAPI endpoint that validates the same event by pydantic and stores nothing."""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Event(BaseModel):
    """A CloudEvent around whatever data."""

    specversion: str
    type: str
    source: str
    id: str
    time: str
    data: dict[str, object]


@app.post("/v1/events", status_code=202)
async def accept(event: Event) -> dict[str, str]:
    """Answer; nothing is kept."""
    return {"id": event.id, "status": "accepted"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="error")
