"""The small files a stack leaves in its data folder."""

import stat
from pathlib import Path

import pytest

from handoff_local.launcher.data_folder import DataFolder, FolderTaken


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path)


def test_the_key_is_made_once_and_is_the_owners_alone(folder: DataFolder) -> None:
    assert folder.key() is None
    key = folder.ensure_key()
    assert len(key) > 40
    assert folder.ensure_key() == key == DataFolder(folder.path).key()
    assert stat.S_IMODE((folder.path / "key").stat().st_mode) == 0o600


def test_a_private_file_is_replaced_whole_and_stays_private(folder: DataFolder) -> None:
    (folder.path / "database-url").write_text("an old one, readable by all")
    folder.write_database_url("postgresql://new")
    assert (folder.path / "database-url").read_text() == "postgresql://new\n"
    assert stat.S_IMODE((folder.path / "database-url").stat().st_mode) == 0o600


def test_one_launcher_holds_the_folder_and_the_next_is_told_who(folder: DataFolder) -> None:
    told = pytest.raises(FolderTaken, match=r"another `handoff up` runs on .* \(process \d+\)")
    with folder.held(), told, folder.held():
        pass
    with folder.held():
        assert (folder.path / "lock").read_text().isdigit()


def test_a_port_counts_only_once_it_is_written(folder: DataFolder) -> None:
    assert folder.port("journey_api") is None
    folder.port_file("journey_api").write_text("")
    assert folder.port("journey_api") is None
    folder.port_file("journey_api").write_text("8080\n")
    assert folder.port("journey_api") == 8080
