"""Prepare everything and serve: what `make run` does once the environment stands."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand

from webapp.install import InstallError
from webapp.service import preparation
from webapp.service.launcher import Launcher
from webapp.service.processes import write_supervisor_config


class Command(BaseCommand):
    """`manage.py serve`."""

    help = "Prepares the database and the pages, starts all processes, and stops them with Ctrl-C."
    requires_system_checks: list[str] = []  # they are run below, and told in one sentence

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 after Ctrl-C, 1 after a problem, told in one sentence."""
        os.umask(0o077)
        try:
            lock = preparation.take_lock()
            preparation.wait_for_predecessor()
            preparation.require_free_port()
            preparation.require_room()
            preparation.require_sound_settings()
            preparation.bring_database_up_to_date(self.say)
            preparation.collect_static_files(self.say)
            config = write_supervisor_config()
        except (InstallError, OSError) as error:
            sys.exit(str(error))
        except KeyboardInterrupt:
            sys.exit(130)
        with lock:
            sys.exit(Launcher(config, self.say).run())

    def say(self, words: str) -> None:
        """One line at once, also where the output is a file."""
        self.stdout.write(words)
        self.stdout.flush()
