"""FastAPI before Celery: accepted once Redis has the chain."""

import sys

import celery_tasks
import uvicorn
import work
from fastapi import FastAPI
from posted import Posted

app = FastAPI()


@app.post("/v1/events", status_code=202)
def accept(posted: Posted) -> dict[str, str]:
    """Hand it over."""
    event = work.accepted(posted.model_dump())
    celery_tasks.start(event)
    return {"event_id": event["event_id"], "status": "accepted"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="error")
