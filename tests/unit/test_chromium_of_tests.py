"""Which Chromium the tests drive, of those that a machine has."""

from pathlib import Path

import pytest

from harness.chromium import chromium_for_tests, find_chromium


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine's only folder of programs, with none in it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("HANDOFF_CHROMIUM", raising=False)
    monkeypatch.delenv("HANDOFF_REQUIRE_BROWSER", raising=False)
    return tmp_path


def test_the_cheapest_that_is_installed_is_taken_unless_another_is_named(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("chromium-browser", "chromium", "chromium-headless-shell"):
        (programs / name).touch(mode=0o755)
        assert find_chromium() == chromium_for_tests() == str(programs / name)
    monkeypatch.setenv("HANDOFF_CHROMIUM", "/its/path")
    assert find_chromium() == "/its/path"


def test_without_one_tests_are_skipped_or_fail_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.skip.Exception, match="there is no chromium"):
        chromium_for_tests()
    monkeypatch.setenv("HANDOFF_REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="there is no chromium"):
        chromium_for_tests()
