"""The channels this installation has settings for. Each kind that a machine sends on is the module of its name here."""

from collections.abc import Callable, Mapping
from importlib import import_module

from notifier.channels.channel import Channel
from notifier.settings import NotifierSettings
from shared.channels.kind import ChannelKind
from shared.channels.registry import kind_of, machine_channels
from shared.clock import Clock


def open_channels(settings: NotifierSettings, clock: Clock) -> Mapping[str, Channel]:
    """Each configured channel by its kind; a channel without settings is not there.

    A kind that needs no settings is there beside others only: where no channel has any, nothing is sent at all. Raises
    ValueError for an address that cannot be read, or settings of a channel that are not complete.
    """
    kinds = [kind_of(name) for name in machine_channels()]
    configured = {kind.name for kind in kinds if kind.settings and _is_configured(kind, settings)}
    free = {kind.name for kind in kinds if not kind.settings} if configured else set()
    return {
        kind.name: _opener(kind.name)(settings, clock) for kind in kinds if kind.name in configured or kind.name in free
    }


def _is_configured(kind: ChannelKind, settings: NotifierSettings) -> bool:
    """Whether the first setting of the kind is set, and with it all others. Raises ValueError where one is missing."""
    unset = [name for name in kind.settings if not getattr(settings, name)]
    if kind.settings[0] in unset:
        return False
    if unset:
        raise ValueError(f"{', '.join(f'HANDOFF_{name.upper()}' for name in unset)} must be set too")
    return True


def _opener(kind: str) -> Callable[[NotifierSettings, Clock], Channel]:
    opener: Callable[[NotifierSettings, Clock], Channel] = import_module(f"{__name__}.{kind}").open_channel
    return opener
