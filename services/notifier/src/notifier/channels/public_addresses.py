"""Which addresses a person may make us call: those of the public internet, unless the installation says otherwise.

An address on a staff record is somebody's wish; without this it could reach what only our network reaches.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address

_RESOLVED_WITHIN: Final = 5.0
_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")
_NOT_PUBLIC: Final = (IPv6Network("64:ff9b:1::/48"), IPv4Network("192.88.99.0/24"))
"""Networks of the special registries that the standard library calls global: a local NAT64, relays of 6to4."""


class NotPublic(Exception):
    """The name stands for an address inside a network."""


def is_public(address: Address) -> bool:
    """Whether it is one of the public internet: not loopback, private, link-local, multicast or reserved.

    An IPv6 address that carries an IPv4 one (mapped, compatible, 6to4, NAT64) is what it carries.
    """
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    return address.is_global and not address.is_multicast and not any(address in network for network in _NOT_PUBLIC)


def _carried(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64 or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


async def resolve(host: str, port: int, *, private: bool) -> str:
    """The address to connect to, in numbers, so that what was checked is what is called.

    With `private` any will do; else all that the name stands for must be public. Raises NotPublic, or OSError when the
    name cannot be resolved within five seconds.
    """
    async with asyncio.timeout(_RESOLVED_WITHIN):
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(sockaddr[0]) for *_, sockaddr in found]
    if not private and not all(is_public(ip_address(address.partition("%")[0])) for address in addresses):
        raise NotPublic(host)
    return addresses[0]
