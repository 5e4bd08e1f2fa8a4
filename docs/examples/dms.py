"""What a dealer management system does: post what happened, once, whatever fails on the way.

    HANDOFF_URL=http://127.0.0.1:8080 HANDOFF_KEY=... python dms.py happened.jsonl

`happened.jsonl` is the system's own outbox: a CloudEvent a line, each with an id of its own that never changes. The
system opens it for each line that it appends, at any time. The program moves what is there to `happened.jsonl.sending`
and deletes a line there only when Handoff has answered for it, so it may be stopped and started at any time; run one
at a time. Events that are refused go to `happened.jsonl.refused` with the reasons; somebody has to look at them.

Needs the scope events:write, and nothing but Python.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

URL = os.environ.get("HANDOFF_URL", "http://127.0.0.1:8080")
KEY = os.environ["HANDOFF_KEY"]
AT_ONCE = 200
LONGEST_PAUSE = 60


def post(events):
    """The receipts of a batch, in its order. Tries for as long as Handoff is away or asks to come again."""
    request = urllib.request.Request(
        f"{URL}/v1/events?partial=true",
        json.dumps(events).encode(),
        {"Authorization": f"Bearer {KEY}", "Content-Type": "application/cloudevents-batch+json"},
    )
    pause = 1
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["events"]
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503):
                sys.exit(f"{error.code}: {error.read().decode()}")
            pause = int(error.headers.get("Retry-After", pause))
        except OSError as error:
            # the answer may have been lost after the events were stored: posted again they are duplicates
            print(f"{error}; again in {pause} s", file=sys.stderr)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def set_aside(outbox, sending):
    """Move the outbox to where nobody appends, unless lines are left there from before; whether there are any."""
    if not sending.exists() or not sending.stat().st_size:
        outbox.replace(sending)
        outbox.touch()
    return sending.stat().st_size > 0


def settle(outbox, sending, batch, receipts):
    """Keep what is refused, say what will surprise, and delete the batch from what is being sent."""
    for line, receipt in zip(batch, receipts, strict=True):
        for warning in receipt["warnings"]:
            print(f"{receipt['id']}: warning at {warning['pointer']}: {warning['detail']}")
        if receipt["status"] == "refused":
            with Path(f"{outbox}.refused").open("a") as refused:
                refused.write(json.dumps({"event": json.loads(line), "errors": receipt["errors"]}) + "\n")
        print(f"{receipt['id']}: {receipt['status']} {receipt['event_id'] or ''}".rstrip())
    rest = sending.read_text().splitlines()[len(batch) :]
    new = Path(f"{sending}.new")
    new.write_text("".join(f"{line}\n" for line in rest))
    new.replace(sending)


def main():
    """Empty the outbox."""
    outbox = Path(sys.argv[1])
    sending = Path(f"{outbox}.sending")
    while set_aside(outbox, sending):
        batch = sending.read_text().splitlines()[:AT_ONCE]
        settle(outbox, sending, batch, post([json.loads(line) for line in batch]))
    sending.unlink()


if __name__ == "__main__":
    main()
