"""The kinds of channel: what is derived from them, and one more among them."""

import pytest

from shared.channels.kind import ChannelKind
from shared.channels.post import POST
from shared.channels.registry import (
    contact_channel,
    customer_channels,
    machine_channels,
    manual_channels,
    register,
    registered,
    reply_channels,
    return_channels,
    spoken_channels,
    staff_channels,
    written_channels,
)
from shared.channels.webhook import WEBHOOK
from shared.people.addresses import canonical
from shared.vocabulary import EVENT_CHANNELS

PIGEON = ChannelKind(name="pigeon", address=POST.address, recorded_as="post")


def test_who_is_reached_by_what() -> None:
    assert customer_channels() == ("email", "sms", "whatsapp", "telephone", "post")
    assert staff_channels() == ("email", "sms", "whatsapp", "webhook")
    assert machine_channels() == ("email", "sms", "whatsapp", "webhook")
    assert written_channels() == ("email", "sms", "whatsapp")
    assert manual_channels() == ("telephone", "post")
    assert spoken_channels() == {"telephone"}


@pytest.mark.parametrize(
    ("channel", "replied_by", "returned_by"),
    [
        ("message", ("sms", "whatsapp"), ("sms", "whatsapp")),
        ("sms", ("sms",), ("sms",)),
        ("email", ("email",), ("email",)),
        ("telephone", (), ("telephone",)),
        ("post", (), ("post",)),
        ("store", (), ()),
        ("website", (), ()),
        ("", (), ()),
    ],
)
def test_what_answers_a_contact(channel: str, replied_by: tuple[str, ...], returned_by: tuple[str, ...]) -> None:
    assert (reply_channels(channel), return_channels(channel)) == (replied_by, returned_by)


def test_a_contact_by_any_kind_is_on_a_channel_of_the_contract() -> None:
    assert {contact_channel(kind) for kind in customer_channels()} <= set(EVENT_CHANNELS)
    assert [contact_channel(name) for name in ("whatsapp", "email", "store")] == ["message", "email", "store"]


def test_one_more_kind_is_there_as_long_as_it_is_registered() -> None:
    with registered(PIGEON):
        assert written_channels()[-1] == "pigeon"
        assert reply_channels("post") == ("pigeon",)
        with pytest.raises(ValueError, match="pigeon"):
            register(PIGEON)
    assert "pigeon" not in (*customer_channels(), *reply_channels("post"))


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ValueError, match="webhook"):
        register(WEBHOOK)


def test_an_address_of_a_kind_that_is_gone_is_still_compared() -> None:
    assert canonical("pigeon", " Loft 7 ") == "loft 7"
