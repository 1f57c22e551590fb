"""The data folder and its secrets."""

import json
import stat
from pathlib import Path

import pytest

from webapp.install import InstallError, data_folder, make_socket_folder, read_or_make_secrets, socket_folder


def test_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    folder = data_folder(str(tmp_path / "new" / "data"), tmp_path)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_data_folder_that_cannot_be_made_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(InstallError, match=r"cannot be made .* Set TAILOR_DATA"):
        data_folder(str(tmp_path / "file" / "data"), tmp_path)


def test_secrets_are_drawn_once_and_differ_between_installations(tmp_path: Path) -> None:
    one, other = data_folder(str(tmp_path / "one"), tmp_path), data_folder(str(tmp_path / "other"), tmp_path)

    first = read_or_make_secrets(one)

    assert read_or_make_secrets(one) == first
    assert not set(read_or_make_secrets(other).values()) & set(first.values())
    assert len(first["secret_key"]) >= 50
    assert len(first["setup_token"]) >= 32
    assert stat.S_IMODE((one / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in one.iterdir()] == ["secrets.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"secret_key": "x"})])
def test_damaged_secrets_are_told_and_never_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)

    with pytest.raises(InstallError, match="backup"):
        read_or_make_secrets(tmp_path)

    assert (tmp_path / "secrets.json").read_text() == content


def test_sockets_lie_in_the_data_folder_where_the_path_is_short(tmp_path: Path) -> None:
    assert socket_folder(Path("/srv/tailor")) == Path("/srv/tailor/sockets")


@pytest.mark.parametrize("name", ["x" * 120, "my data", "daten-für-alle"])
def test_a_long_or_odd_path_gets_a_short_private_folder_of_its_own(tmp_path: Path, name: str) -> None:
    long = tmp_path / name
    sockets = make_socket_folder(long)
    try:
        assert len(str(sockets / "supervisor.sock")) < 100
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert socket_folder(long) == sockets != socket_folder(tmp_path / ("y" * 120))

        sockets.chmod(0o755)
        with pytest.raises(InstallError, match="open to others"):
            make_socket_folder(long)
    finally:
        sockets.rmdir()
