"""An API on a port of this machine, as programs of others call it."""

from dataclasses import dataclass
from typing import Final

import httpx

KEY: Final = "bootstrap-key-of-the-tests"


@dataclass(frozen=True)
class RunningApi:
    """Where it is."""

    address: str

    def client(self) -> httpx.Client:
        """An admin's."""
        headers = {"authorization": f"Bearer {KEY}"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=60, trust_env=False)
