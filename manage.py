#!/usr/bin/env python
"""Tailor's commands: `python manage.py help`."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036  said in words, before an import fails in others
    sys.exit(f"Tailor needs Python 3.11 or newer; this is {sys.version.split()[0]}. Install one and run: make run")


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    if sys.argv[1:2] == ["finetune"]:
        from webapp.interrupts import leave_at_once_when_interrupted

        leave_at_once_when_interrupted()
    from django.core.management import execute_from_command_line

    from webapp.install import InstallError

    try:
        execute_from_command_line(sys.argv)
    except InstallError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
