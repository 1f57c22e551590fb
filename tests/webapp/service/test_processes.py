"""The processes, and supervisor's configuration."""

import shlex
from pathlib import Path

import pytest
from pytest_django import Settings
from supervisor.options import ServerOptions

from webapp.install import InstallError
from webapp.service.processes import Program, programs, supervisor_config


def test_redis_starts_first_and_stops_last() -> None:
    by_name = {program.name: program for program in programs()}

    assert set(by_name) == {"redis", "train", "prepare", "search", "web"}
    assert by_name["redis"].priority < by_name["train"].priority < by_name["web"].priority


def test_one_train_worker_for_each_gpu(settings: Settings) -> None:
    settings.GPUS = 2

    environments = {program.name: program.environment for program in programs()}

    assert environments["train-0"] == {"CUDA_VISIBLE_DEVICES": "0"}
    assert environments["train-1"] == {"CUDA_VISIBLE_DEVICES": "1"}
    assert "train" not in environments
    assert environments["search"] == environments["prepare"] == {"CUDA_VISIBLE_DEVICES": ""}


def test_an_external_redis_is_not_started_here(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:6379/0"

    assert "redis" not in {program.name for program in programs()}


def test_supervisor_reads_paths_with_blanks_and_quotes(tmp_path: Path) -> None:
    odd = tmp_path / "all \"my\" 'data'"
    odd.mkdir()
    command = [str(odd / "server"), "--dir", str(odd)]
    config = tmp_path / "supervisord.conf"
    listed = [Program("redis", command, 10), *programs_but_redis()]
    config.write_text(supervisor_config(listed, odd, odd / "supervisor.sock"))

    options = ServerOptions()
    options.realize(["-c", str(config)])

    groups = {group.name: group for group in options.process_group_configs}
    redis = groups["redis"].process_configs[0]
    assert shlex.split(redis.command)[-3:] == command
    assert redis.stdout_logfile == str(odd / "redis.log")
    assert {process.name for process in groups["workers"].process_configs} == {"train", "prepare", "search"}
    assert [group.name for group in sorted(groups.values())] == ["redis", "workers", "web"]


def programs_but_redis() -> list[Program]:
    return [program for program in programs() if program.name != "redis"]


@pytest.mark.parametrize("name", ["a ;b", "a #b", "100%", "a\nb"])
def test_a_path_that_supervisor_cannot_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(InstallError, match="Move Tailor"):
        supervisor_config([], tmp_path / name, tmp_path / "supervisor.sock")


def test_the_web_server_binds_where_it_is_told(settings: Settings) -> None:
    settings.HOST, settings.PORT = "::1", 8123
    web = next(program for program in programs() if program.name == "web")

    assert "[::1]:8123" in web.command
    assert "gthread" in web.command
