"""The addresses of the console; a new page is one line."""

from typing import Final

from starlette.routing import BaseRoute, Route

from journey_api.console.pages import (
    actions,
    board,
    bulk,
    cases,
    docs,
    home,
    journeys,
    messages,
    operations,
    playbook,
    quality,
    settings,
    sign_in,
    tasks,
)
from journey_api.console.static_files import send_static

ROUTES: Final[tuple[BaseRoute, ...]] = (
    Route("/static/{version}/{path:path}", send_static),
    Route("/", home.show_home),
    Route("/sign-in", sign_in.show_sign_in),
    Route("/sign-in", sign_in.sign_in, methods=["POST"]),
    Route("/sign-out", sign_in.show_sign_out),
    Route("/sign-out", sign_in.sign_out, methods=["POST"]),
    Route("/board", board.show_board),
    Route("/board/changes", board.show_changes),
    Route("/board/presence", actions.set_presence, methods=["POST"]),
    Route("/board/handoffs", actions.start_handoff, methods=["POST"]),
    Route("/board/bulk", bulk.act_on_many, methods=["POST"]),
    Route("/board/tasks/{task_id}/{action}", actions.act_on_task, methods=["POST"]),
    Route("/board/tasks/{task_id}/promises/{promise_id}/{action}", actions.act_on_promise, methods=["POST"]),
    Route("/tasks/{task_id}", tasks.show_task),
    Route("/journeys", journeys.show_journeys),
    Route("/journeys/{dealer_id}/{customer_id}", journeys.show_journey),
    Route("/cases/{dealer_id}/{case_id}", cases.show_case),
    Route("/operations", operations.show_operations),
    Route("/operations/wall", operations.show_wall),
    Route("/operations/dead-letters/{dead_letter_id}/replay", operations.replay_letter, methods=["POST"]),
    Route("/messages", messages.show_messages),
    Route("/playbook", playbook.show_map),
    Route("/playbook/explain", playbook.show_explain),
    Route("/playbook/explain", playbook.explain, methods=["POST"]),
    Route("/playbook/{entry}", playbook.show_entry),
    Route("/quality", quality.show_quality),
    Route("/settings/{dealer_id}", settings.show_settings),
    Route("/settings/{dealer_id}", settings.change_settings, methods=["POST"]),
    Route("/docs", docs.show_docs),
    Route("/preferences", sign_in.save_preferences, methods=["POST"]),
)
