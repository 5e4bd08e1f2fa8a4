"""A browser without script: signed in, reading pages, sending their forms."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx

HERE = {"origin": "http://handoff.test"}
_VOID = frozenset({"input", "meta", "link", "br", "hr", "img"})


@dataclass
class Element:
    """An element with what is inside it."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, blanks made one."""
        return " ".join(" ".join(self._texts()).split())

    def _texts(self) -> list[str]:
        return [*self.words, *(part for child in self.children for part in child._texts())]

    def all(self, tag: str = "", **wanted: str) -> list["Element"]:
        """The elements inside with this tag and these attributes (`_` for `-`)."""
        named = {name.replace("_", "-"): value for name, value in wanted.items()}
        found = []
        for child in self.children:
            if tag in ("", child.tag) and named.items() <= child.attributes.items():
                found.append(child)
            found += child.all(tag, **wanted)
        return found

    def one(self, tag: str = "", **wanted: str) -> "Element":
        """The only one of them."""
        (found,) = self.all(tag, **wanted)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].children.append(element)
        if tag not in _VOID:
            self.stack.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.stack[-1].tag == tag, f"</{tag}> closes <{self.stack[-1].tag}>"
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].words.append(data)


def read_page(html: str) -> Element:
    """The elements of a page; fails where they are not nested well."""
    reader = _Reader()
    reader.feed(html)
    assert len(reader.stack) == 1, f"<{reader.stack[-1].tag}> is not closed"
    return reader.stack[0]


@dataclass
class Visitor:
    """A client with a session, and the page it is on."""

    client: httpx.AsyncClient
    at: str = "/board"

    async def sign_in(self, key: str) -> "Visitor":
        """Begin a session with a key."""
        answer = await self.client.post("/sign-in", data={"key": key}, headers=HERE)
        assert answer.status_code == 303, answer.text
        return self

    async def open(self, address: str, status: int = 200, **headers: str) -> Element:
        """Go to a page."""
        self.at = address
        answer = await self.client.get(address, headers=headers)
        assert answer.status_code == status, answer.text
        return read_page(answer.text)

    async def post(self, address: str, **fields: str | list[str]) -> httpx.Response:
        """Send a form from the page."""
        referer = {"referer": f"http://handoff.test{self.at}"}
        return await self.client.post(address, data=fields, headers=HERE | referer)

    async def send(self, form: Element, **fields: str) -> httpx.Response:
        """Send a form of the page as it stands, with these fields filled in."""
        given = {
            one.attributes["name"]: one.attributes.get("value", "")
            for one in form.all("input")
            if one.attributes.get("type") == "hidden" or "checked" in one.attributes
        }
        return await self.post(urlsplit(form.attributes["action"]).path, **given | fields)


def rows_of(page: Element, lane: str) -> list[str]:
    """The ids of the tasks of a lane, in order."""
    rows = page.one("section", id=lane).all("li")
    ids = [row.attributes.get("id", "") for row in rows]
    return [one.removeprefix("task-") for one in ids if one.startswith("task-")]


VisitorOf = Callable[..., Awaitable[Visitor]]
"""Signs somebody in with a key of these scopes, and what else the key says."""
