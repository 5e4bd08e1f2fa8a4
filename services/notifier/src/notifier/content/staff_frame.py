"""What stands around the words of a notice to staff: what is known of the task, and where it is dealt with."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from notifier.content.template_data import TemplateData
from notifier.notifications.request import NotificationRequest
from shared.languages.greetings import role_title
from shared.languages.letters import KnownFact, LetterFrame
from shared.languages.registry import text_of

TASK_PAGE: Final = "/tasks/"
CASE_PAGE: Final = "/cases/"


def staff_frame(data: TemplateData, request: NotificationRequest, language: str, public_url: str) -> LetterFrame:
    """What is known of the matter, by ids and playbook facts, and the page where it is dealt with."""
    return LetterFrame(
        facts=tuple(_known(data, request, language)),
        task_url=_page(request, public_url),
    )


def _page(request: NotificationRequest, public_url: str) -> str | None:
    if not public_url:
        return None
    if request.task_id is not None:
        return f"{public_url.rstrip('/')}{TASK_PAGE}{quote(request.task_id, safe='')}"
    if request.case_id is None:
        return None
    place = f"{quote(request.dealer_id, safe='')}/{quote(request.case_id, safe='')}"
    return f"{public_url.rstrip('/')}{CASE_PAGE}{place}"


def _known(data: TemplateData, request: NotificationRequest, language: str) -> Iterator[KnownFact]:
    task = data.tasks.get(request.task_id or "")
    case = data.cases.get((request.dealer_id, request.case_id or (task.case_id if task else None) or ""), {})
    vehicle = case.get("vehicle") or {}
    if shown := vehicle.get("plate") or vehicle.get("vin"):
        yield _fact("vehicle", shown, language)
    topics = (task.packet.get("topics") if task else None) or request.topics
    if topics:
        yield _fact("topics", ", ".join(text_of("topics", one, language) for one in topics), language)
    if task is not None:
        yield _fact("priority", text_of("priorities", task.priority, language), language)
        yield _fact("from_role", role_title(task.from_role, language), language)
    if request.case_id is not None:
        yield _fact("case", request.case_id, language)


def _fact(name: str, value: str, language: str) -> KnownFact:
    return KnownFact(text_of("known_facts", name, language), value)
