"""`python -m journey_api.docs PAGE`: writes the page of the vocabulary."""

import sys
from pathlib import Path

from journey_api.docs.vocabulary_page import vocabulary_page
from shared.playbook.ruleset.loader import load_playbook


def main() -> None:
    """Write the page to the path given."""
    (page,) = sys.argv[1:]
    Path(page).write_text(vocabulary_page(load_playbook()), encoding="utf-8")


if __name__ == "__main__":
    main()
