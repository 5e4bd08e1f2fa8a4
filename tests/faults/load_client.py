"""Posts events whatever happens to the other side, and keeps a ledger: a line before each try, one after."""

import asyncio
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx
from event_mix import KINDS, Post
from running_stack import Api
from waiting import beats, pause

Word = Literal["sent", "ok", "rejected", "unknown"]
_AGAIN_AFTER = 0.5
_AT_ONCE = 40


@dataclass
class Ledger:
    """What was tried and what came of it, on disk; the last word on an event counts."""

    path: Path

    def write(self, word: Word, post: Post) -> None:
        """Add a line for each event of a request."""
        with self.path.open("a") as ledger:
            for document in post.documents:
                ledger.write(json.dumps({"word": word, "source": document["source"], "id": document["id"]}) + "\n")

    def by_word(self) -> dict[Word, set[tuple[str, str]]]:
        """The events by the last word on them."""
        last: dict[tuple[str, str], Word] = {}
        for line in self.path.read_text().splitlines():
            entry = json.loads(line)
            last[(entry["source"], entry["id"])] = entry["word"]
        found: dict[Word, set[tuple[str, str]]] = {"sent": set(), "ok": set(), "rejected": set(), "unknown": set()}
        for key, word in last.items():
            found[word].add(key)
        return found


@dataclass
class LoadClient:
    """Posts a plan at an even pace. What is not known to be stored is sent again, the same, until it is."""

    api: Api
    ledger: Ledger
    tries: int = 0
    posted: int = 0
    """How many events had their turn."""
    _ends: float = math.inf
    _turns: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _lines: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def run(self, posts: Sequence[Post], each_second: float, within: float = math.inf) -> None:
        """Post everything and wait until the word on each is ok or rejected.

        What had no turn within so many seconds, because the machine is not as fast as that, is not posted at all.
        """
        self._ends = asyncio.get_running_loop().time() + within
        async with asyncio.TaskGroup() as group:
            async for number in beats(1 / each_second, len(posts)):
                group.create_task(self._deliver(posts[number]))

    async def _deliver(self, post: Post) -> None:
        turn = self._turns[post.customer_id] if KINDS[post.kind].regular else asyncio.Lock()
        async with turn, self._lines:
            if asyncio.get_running_loop().time() > self._ends:
                return
            self.posted += len(post.documents)
            while (word := await self._try(post)) == "unknown":
                await pause(_AGAIN_AFTER)
            assert word == ("ok" if KINDS[post.kind].valid else "rejected"), post

    async def _try(self, post: Post) -> Word:
        self.ledger.write("sent", post)
        self.tries += 1
        word: Word = "unknown"
        try:
            headers = {"Content-Type": post.content_type}
            answer = await self.api.call("POST", "/v1/events", content=json.dumps(post.body), headers=headers)
        except httpx.TransportError:
            pass
        else:
            if answer.status_code == 202:
                assert len(answer.json()["events"]) == len(post.documents)
                word = "ok"
            elif answer.status_code < 500 and answer.status_code != 429:
                word = "rejected"
        self.ledger.write(word, post)
        return word
