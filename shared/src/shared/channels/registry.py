"""The kinds of channel there are, in the order in which they are listed. Registered at import, then only read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from shared.channels.kind import ChannelKind

_KINDS: Final[dict[str, ChannelKind]] = {}


def register(kind: ChannelKind) -> None:
    """Add a kind of channel. Raises ValueError where there is one of its name."""
    if kind.name in _KINDS:
        raise ValueError(f"there is a channel {kind.name} already")
    _KINDS[kind.name] = kind


@contextmanager
def registered(kind: ChannelKind) -> Iterator[None]:
    """Have one more kind of channel inside the context."""
    register(kind)
    try:
        yield
    finally:
        del _KINDS[kind.name]


def channel_kinds() -> tuple[ChannelKind, ...]:
    """Every kind."""
    return tuple(_KINDS.values())


def find_kind(channel: str) -> ChannelKind | None:
    """The kind of this name, if there is one."""
    return _KINDS.get(channel)


def kind_of(channel: str) -> ChannelKind:
    """The kind of this name. Raises KeyError where there is none."""
    return _KINDS[channel]


def customer_channels() -> tuple[str, ...]:
    """How a customer can be reached."""
    return _names(lambda kind: kind.for_customers)


def staff_channels() -> tuple[str, ...]:
    """How a member of staff can be reached."""
    return _names(lambda kind: kind.for_staff)


def machine_channels() -> tuple[str, ...]:
    """What a machine sends on; each is a queue of its own."""
    return _names(lambda kind: kind.manual is None)


def written_channels() -> tuple[str, ...]:
    """What a machine can send to a customer on."""
    return _names(lambda kind: kind.for_customers and kind.manual is None)


def manual_channels() -> tuple[str, ...]:
    """What people carry out: a call or a letter is a task."""
    return _names(lambda kind: kind.manual is not None)


def reply_channels(contact_channel: str) -> tuple[str, ...]:
    """What an inbound contact or event on this channel is answered by, by a machine."""
    return _names(lambda kind: kind.for_customers and kind.manual is None and kind.answers(contact_channel))


def return_channels(contact_channel: str) -> tuple[str, ...]:
    """What an inbound contact on this channel may be returned by, by people too."""
    return _names(lambda kind: kind.for_customers and kind.answers(contact_channel))


def written_contact_channels() -> frozenset[str]:
    """The channels of contacts and events that a machine can answer."""
    return frozenset().union(*({name, kind_of(name).recorded_as or name} for name in written_channels()))


def contact_channel(channel: str) -> str:
    """The channel of a contact made by this kind; a channel that is no kind is its own."""
    kind = find_kind(channel)
    return (kind.recorded_as if kind else None) or channel


def spoken_channels() -> frozenset[str]:
    """The kinds that have reached somebody only if they spoke."""
    return frozenset(_names(lambda kind: kind.spoken))


def _names(fits: Callable[[ChannelKind], bool]) -> tuple[str, ...]:
    return tuple(kind.name for kind in _KINDS.values() if fits(kind))
