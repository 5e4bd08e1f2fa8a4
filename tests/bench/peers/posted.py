"""What the peers' endpoints accept: a CloudEvent around whatever data, checked by pydantic."""

from pydantic import BaseModel


class Posted(BaseModel):
    """The envelope; `data` is taken as it is."""

    specversion: str
    type: str
    source: str
    id: str
    time: str
    data: dict[str, object]
