"""What a staff app's back end does: follow the feed, and act on tasks for the people who use the app.

    HANDOFF_URL=http://127.0.0.1:8080 HANDOFF_KEY=... python staff_backend.py lisboa-01 S-12 --tasks 1

It accepts every task that is offered to the person and completes what the person holds: a real app would show them and
wait for a tap. The cursor of what was handled is kept in `feed.cursor`; started again it goes on there, without gap or
repeat. `--tasks` ends it after so many completions.

Needs the scopes tasks:read and tasks:write, and nothing but Python.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

URL = os.environ.get("HANDOFF_URL", "http://127.0.0.1:8080")
KEY = os.environ["HANDOFF_KEY"]
CURSOR = Path("feed.cursor")
GONE = 410
CONFLICT = 409


def call(method, path, body=None):
    """One request; the JSON of the answer. A POST may be tried again: its key makes it happen once."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    if method == "POST":
        headers["Idempotency-Key"] = str(uuid.uuid4())
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def act(task, action, staff_id):
    """Do something with a task; whoever was faster has it."""
    try:
        call("POST", f"/v1/tasks/{task['task_id']}/{action}", {"staff_id": staff_id})
    except urllib.error.HTTPError as error:
        if error.code != CONFLICT:
            raise
        print(f"{task['title']}: {json.load(error)['detail']}", file=sys.stderr)
        return False
    print(f"{action}: {task['title']}")
    return True


def handle(task, staff_id):
    """What the person does with a task as a record shows it; answers whether it was completed."""
    if task["status"] == "offered" and task["offered_to"] == staff_id:
        act(task, "accept", staff_id)
    elif task["status"] == "accepted" and task["assignee_id"] == staff_id:
        return act(task, "complete", staff_id)
    return False


def begin(dealer_id, staff_id):
    """What lies there already, and the cursor from which the feed goes on after it."""
    page = call("GET", f"/v1/tasks?dealer_id={dealer_id}&status=offered,accepted&limit=200")
    mine = [task for task in page["items"] if staff_id in (task["offered_to"], task["assignee_id"])]
    return page["feed_cursor"], mine


def follow(dealer_id, cursor):
    """The records of the feed from a cursor on: (cursor, data). Ends when the connection does."""
    headers = {"Authorization": f"Bearer {KEY}", "Accept": "text/event-stream", "Last-Event-ID": cursor}
    request = urllib.request.Request(f"{URL}/v1/tasks/feed?dealer_id={dealer_id}", headers=headers)
    fields = {}
    # a comment comes every 15 seconds: a longer silence is a broken connection
    with urllib.request.urlopen(request, timeout=45) as stream:
        for raw in stream:
            line = raw.decode().rstrip("\r\n")
            if line.startswith(":"):
                continue
            if line:
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
            elif "data" in fields:
                yield fields["id"], json.loads(fields["data"])
                fields = {}


def records(dealer_id, staff_id):
    """Tasks to look at, for ever: what lies there, then what happens, each with the cursor to keep once handled."""
    while True:
        if not CURSOR.exists():
            cursor, waiting = begin(dealer_id, staff_id)
            yield from ((None, task) for task in waiting)
            CURSOR.write_text(cursor)
        try:
            for cursor, record in follow(dealer_id, CURSOR.read_text()):
                yield cursor, record["task"]
        except urllib.error.HTTPError as error:
            if error.code != GONE:
                raise
            CURSOR.unlink()
        except OSError as error:
            print(f"{error}; again", file=sys.stderr)
            time.sleep(1)


def main():
    """Work for one person."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dealer")
    parser.add_argument("staff")
    parser.add_argument("--tasks", type=int, default=0)
    given = parser.parse_args()
    done = 0
    for cursor, task in records(urllib.parse.quote(given.dealer), given.staff):
        done += handle(task, given.staff)
        if cursor is not None:
            CURSOR.write_text(cursor)
        if given.tasks and done >= given.tasks:
            return


if __name__ == "__main__":
    main()
