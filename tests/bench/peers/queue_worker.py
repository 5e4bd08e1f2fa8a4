"""PgQueuer: three chained jobs; a step stores its rows and then enqueues the next."""

import asyncio
import json

import asyncpg
import uvloop
import work
from pgqueuer import AsyncpgPoolDriver, Job, PgQueuer, Queries

BATCH = 20
STORE, TASKS, NOTIFY = (
    sql.format(*(f"${number}" for number in range(1, 8))) for sql in (work.STORE, work.TASKS, work.NOTIFY)
)


async def run() -> None:
    """Work until ended."""
    jobs = await asyncpg.create_pool(work.ADDRESS, min_size=4, max_size=10)
    rows = await asyncpg.create_pool(work.ADDRESS, min_size=4, max_size=8)
    driver = AsyncpgPoolDriver(jobs)
    queue, queries = PgQueuer(driver), Queries(driver)

    @queue.entrypoint("store")
    async def store(job: Job) -> None:
        payload = job.payload or b""
        await rows.execute(STORE, *work.event_values(json.loads(payload)))
        await queries.enqueue("make_tasks", payload)

    @queue.entrypoint("make_tasks")
    async def make_tasks(job: Job) -> None:
        event = json.loads(job.payload or b"")
        values, task_ids = work.task_values(event)
        await rows.execute(TASKS, *values)
        await queries.enqueue("notify", json.dumps([event, task_ids]).encode())

    @queue.entrypoint("notify")
    async def notify(job: Job) -> None:
        event, task_ids = json.loads(job.payload or b"")
        for task_id in task_ids:
            work.send(task_id)
            await rows.execute(NOTIFY, *work.notice_values(event, task_id))

    await queue.run(batch_size=BATCH)


if __name__ == "__main__":
    work.playbook()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
