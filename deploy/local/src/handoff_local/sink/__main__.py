"""`python -m handoff_local.sink MAIL_FD PAGE_FD`: answers on two listening sockets that the launcher opened.

`python -m handoff_local.sink --listen HOST MAIL_PORT PAGE_PORT` opens them itself, as in a container.
"""

import asyncio
import logging
import socket
import sys
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from handoff_local.launcher.listening_ports import listen
from handoff_local.sink.mails import Mails
from handoff_local.sink.pages import pages
from shared.process.settings import Settings

_LARGEST = 10_000_000


class _Keeper:
    """What aiosmtpd calls for each mail."""

    def __init__(self, mails: Mails) -> None:
        self._mails = mails

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        number = self._mails.add(content if isinstance(content, bytes) else content.encode())
        return f"250 kept as {number}"


async def run(mail: socket.socket, page: socket.socket, folder: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    mails = Mails(folder)
    keeper = _Keeper(mails)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname="localhost", data_size_limit=_LARGEST, enable_SMTPUTF8=True), sock=mail
    )
    async with server:
        config = uvicorn.Config(pages(mails), log_level="warning", timeout_graceful_shutdown=1)
        await uvicorn.Server(config).serve(sockets=[page])


def _sockets(arguments: list[str]) -> tuple[socket.socket, socket.socket]:
    if arguments[0] == "--listen":
        host, mail, page = arguments[1:]
        return listen(host, int(mail), "the port of mails"), listen(host, int(page), "the port of the page")
    mail, page = arguments
    return socket.socket(fileno=int(mail)), socket.socket(fileno=int(page))


def main() -> None:
    """Entry of the process."""
    logging.basicConfig(level=logging.WARNING)
    mail, page = _sockets(sys.argv[1:])
    asyncio.run(run(mail, page, Settings().data_dir / "mails"))


if __name__ == "__main__":
    main()
