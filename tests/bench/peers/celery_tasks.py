"""Celery on Redis: a chain of three tasks, acknowledged late; each worker process keeps one database connection."""

import os
from functools import cache
from typing import Any

import psycopg
import work
from celery import Celery, chain

app = Celery("bench", broker=os.environ["BENCH_REDIS"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)
STORE, TASKS, NOTIFY = (sql.format(*["%s"] * 7) for sql in (work.STORE, work.TASKS, work.NOTIFY))


@cache
def database() -> "psycopg.Connection[tuple[Any, ...]]":
    """This process's connection."""
    return psycopg.connect(work.ADDRESS, autocommit=True)


@app.task
def store(event: dict[str, Any]) -> dict[str, Any]:
    """Keep the event."""
    database().execute(STORE, work.event_values(event))
    return event


@app.task
def make_tasks(event: dict[str, Any]) -> list[Any]:
    """Route it; its rows."""
    values, task_ids = work.task_values(event)
    database().execute(TASKS, values)
    return [event, task_ids]


@app.task
def notify(made: list[Any]) -> None:
    """Tell of its tasks."""
    event, task_ids = made
    for task_id in task_ids:
        work.send(task_id)
        database().execute(NOTIFY, work.notice_values(event, task_id))


def start(event: dict[str, Any]) -> None:
    """Hand an event to the workers."""
    chain(store.s(event), make_tasks.s(), notify.s()).apply_async()


work.playbook()
