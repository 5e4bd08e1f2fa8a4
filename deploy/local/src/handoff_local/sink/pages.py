"""The pages of the sink: the list of mails, and each mail. Everything that came by mail is shown escaped."""

from html import escape
from typing import Final, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from handoff_local.sink.mails import Mail, Mails

T = TypeVar("T")

_SHOWN: Final = 200
_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d1d1b }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .35rem .6rem; vertical-align: top }
tr { border-bottom: 1px solid #ddd } a { color: #0b4f6c } pre { white-space: pre-wrap; font: inherit }
"""


def pages(mails: Mails) -> Starlette:
    """The web application over these mails."""

    def listing(request: Request) -> Response:
        kept = (mails.read(number) for number in mails.numbers()[:_SHOWN])
        rows = "".join(_row(mail) for mail in kept if mail)
        body = (
            f"<table><tr><th>When<th>To<th>Subject</tr>{rows}</table>" if rows else "<p>No mail has been sent yet.</p>"
        )
        return _page("Sent e-mails", body, refresh=True)

    def one(request: Request) -> Response:
        mail = _found(mails.read(request.path_params["number"]))
        names = ("From", "To", "Date", "Subject")
        heads = "".join(f"<tr><th>{name}<td>{escape(mail.header(name))}</tr>" for name in names)
        raw = f'<p><a href="/">All mails</a> · <a href="/mails/{mail.number}.eml">as it was sent</a></p>'
        return _page(mail.header("Subject"), f"{raw}<table>{heads}</table><pre>{escape(mail.text)}</pre>")

    def as_sent(request: Request) -> Response:
        return Response(_found(mails.raw(request.path_params["number"])), media_type="text/plain; charset=utf-8")

    def data(request: Request) -> Response:
        kept = (mails.read(number) for number in mails.numbers())
        return JSONResponse({"items": [_document(mail) for mail in kept if mail]})

    return Starlette(
        routes=[
            Route("/", listing),
            Route("/mails.json", data),
            Route("/mails/{number:int}.eml", as_sent),
            Route("/mails/{number:int}", one),
        ]
    )


def _found(thing: T | None) -> T:
    if thing is None:
        raise HTTPException(404, "no such mail, or it is no longer kept")
    return thing


def _row(mail: Mail) -> str:
    link = f'<a href="/mails/{mail.number}">{escape(mail.header("Subject") or "(no subject)")}</a>'
    return f"<tr><td>{escape(mail.header('Date'))}<td>{escape(mail.header('To'))}<td>{link}</tr>"


def _document(mail: Mail) -> dict[str, object]:
    names = ("From", "To", "Date", "Subject", "Message-ID")
    return {"number": mail.number, **{name.lower(): mail.header(name) for name in names}, "text": mail.text}


def _page(title: str, body: str, refresh: bool = False) -> HTMLResponse:
    again = '<meta http-equiv="refresh" content="10">' if refresh else ""
    head = f'<!doctype html><html lang="en"><meta charset="utf-8">{again}<title>{escape(title)}</title>'
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return HTMLResponse(f"{head}<style>{_STYLE}</style><h1>{escape(title)}</h1>{body}", headers=policy)
