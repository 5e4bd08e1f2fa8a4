"""What operations asks for each month: every promise that was broken, as a file.

    export HANDOFF_URL=http://127.0.0.1:8080 HANDOFF_KEY=...
    python ops_export.py lisboa-01 2026-11-01 2026-12-01 > breaches.csv
    python ops_export.py lisboa-01 2026-11-01 2026-12-01 --json > breaches.json

Clocks that were due on the days from the first date on and before the second, by due time. Needs the scope ops:read,
and nothing but Python.
"""

import argparse
import csv
import json
import os
import sys
import urllib.parse
import urllib.request

URL = os.environ.get("HANDOFF_URL", "http://127.0.0.1:8080")
KEY = os.environ["HANDOFF_KEY"]
COLUMNS = (
    "due_at",
    "breached_at",
    "state",
    "rule",
    "target",
    "customer_id",
    "case_id",
    "task_id",
    "owner_role",
    "owner",
)


def items(path, **query):
    """The items of a list, page after page."""
    while True:
        request = urllib.request.Request(
            f"{URL}{path}?{urllib.parse.urlencode(query)}", headers={"Authorization": f"Bearer {KEY}"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            page = json.load(answer)
        yield from page["items"]
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


def row(timer):
    """A clock as a line of the file."""
    owner = timer["owner"] or {}
    return {**timer, "owner_role": owner.get("role"), "owner": owner.get("staff_id")}


def main():
    """Write the file to standard output."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dealer")
    parser.add_argument("first")
    parser.add_argument("end")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    period = {"due_after": f"{given.first}T00:00:00Z", "due_before": f"{given.end}T00:00:00Z"}
    found = items("/v1/sla/timers", dealer_id=given.dealer, breached="true", limit=200, **period)
    if given.json:
        json.dump(list(found), sys.stdout, indent=2, ensure_ascii=False)
        return
    writer = csv.DictWriter(sys.stdout, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(map(row, found))


if __name__ == "__main__":
    main()
