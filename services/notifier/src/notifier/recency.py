"""How far back contacts are looked for that nobody has taken up yet; real time, by which their ids are made."""

from datetime import timedelta
from typing import Final

LOOK_BACK: Final = timedelta(days=14)
"""How long ago a contact may have been recorded to be taken up after a start."""

OVERLAP: Final = timedelta(minutes=1)
"""How long a transaction may take to show a contact whose id is older."""
