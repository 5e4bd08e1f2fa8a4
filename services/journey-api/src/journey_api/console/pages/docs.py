"""`/docs`: the API's reference, rendered here from the same documents that programs read; it needs no key."""

from starlette.requests import Request
from starlette.responses import Response

from journey_api.access.app_state import stack_of
from journey_api.console.api_reference import routes_by_tag, schemas_of, topics_of
from journey_api.console.catalogue import catalogue
from journey_api.console.page import render
from journey_api.console.viewer import language_of
from journey_api.docs.asyncapi import describe


def show_docs(request: Request) -> Response:
    """Routes by tag, shapes, topics. In a thread of its own: the documents take a while the first time."""
    app, stack = request.app, stack_of(request)
    document = app.openapi()
    topics = describe(
        app.title, app.version, stack.settings.kafka_partitions, stack.playbook, stack.settings.public_url
    )
    schemas = schemas_of(document)
    return render(
        request,
        "docs.html",
        catalogue(language_of(request)),
        version=document["info"]["version"],
        tags=routes_by_tag(document),
        schemas=schemas,
        names={schema.name for schema in schemas},
        topics=topics_of(topics),
    )
