"""FastAPI before PgQueuer: accepted once the job is committed. `queue_front.py install` makes the queue's tables."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
import uvloop
import work
from fastapi import FastAPI, Request
from pgqueuer import AsyncpgPoolDriver, Queries
from posted import Posted


@asynccontextmanager
async def queue() -> AsyncIterator[Queries]:
    """The queue, over a pool of connections."""
    async with asyncpg.create_pool(work.ADDRESS, min_size=4, max_size=10) as pool:
        yield Queries(AsyncpgPoolDriver(pool))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the queue open."""
    async with queue() as opened:
        app.state.queue = opened
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/v1/events", status_code=202)
async def accept(posted: Posted, request: Request) -> dict[str, str]:
    """Hand it over."""
    event = work.accepted(posted.model_dump())
    await request.app.state.queue.enqueue("store", json.dumps(event).encode())
    return {"event_id": event["event_id"], "status": "accepted"}


async def install() -> None:
    """Make the queue's tables."""
    async with queue() as opened:
        await opened.install()


if __name__ == "__main__":
    if sys.argv[1] == "install":
        uvloop.run(install())
    else:
        uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="error")
