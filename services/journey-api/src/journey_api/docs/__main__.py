"""`python -m journey_api.docs FOLDER`: writes the pages that are made from what the API answers."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from journey_api.docs.quality_page import quality_page
from journey_api.docs.time_rules_page import time_rules_page
from journey_api.docs.vocabulary_page import vocabulary_page
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.loader import load_playbook

PAGES: Final[Mapping[str, Callable[[Playbook], str]]] = {
    "quality.md": quality_page,
    "time-rules.md": time_rules_page,
    "vocabulary.md": vocabulary_page,
}
"""By file, what makes it."""


def main() -> None:
    """Write the pages into the folder given."""
    (folder,) = sys.argv[1:]
    playbook = load_playbook()
    for name, make in PAGES.items():
        Path(folder, name).write_text(make(playbook), encoding="utf-8")


if __name__ == "__main__":
    main()
