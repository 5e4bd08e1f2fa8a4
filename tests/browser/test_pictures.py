"""The pictures of `docs/screens`: each that is drawn is there, no other, and those the README leads to."""

import re

from pictures import KEPT, SCREENS, file_of, pictures

README = SCREENS.parents[1] / "README.md"


def test_each_picture_that_is_drawn_is_there_and_no_other() -> None:
    drawn = {file_of(one.name, theme, width) for one in pictures("", "", "") for theme, width in KEPT}
    assert set(SCREENS.iterdir()) == drawn


def test_the_readme_leads_to_pictures_that_are_there() -> None:
    linked = re.findall(r"\(docs/screens/([^)]+)\)", README.read_text())
    assert linked
    assert [name for name in linked if not (SCREENS / name).is_file()] == []
