"""A whole fine-tune without browser, server, database or queue, over the same reading, split and pipeline."""

import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from webapp import bridge
from webapp.interrupts import STOPPED, STOPPED_WORDS, Interrupts
from webapp.service.finetune_files import SHEET_OPTIONS, InputFile, InputProblems, frozen_data, task_of_data
from webapp.service.finetune_words import ProgressLines, result_table

BASE_MODELS = {"text-text": "minilm-l6", "text-image": "minilm-effnet", "image-image": "efficientnet-lite0"}
"""What each task starts from where nobody says."""

BAD_INPUT = 2
FAILED = 1


class Command(BaseCommand):
    """`manage.py finetune DATA … --output FOLDER`."""

    help = "Fits a base model to examples, judges it, and writes report.json and model.zip."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's words."""
        parser.add_argument(
            "data", metavar="DATA", help="examples: CSV, TSV, XLSX, JSON or JSONL; of pictures also a ZIP"
        )
        parser.add_argument(
            "--task", choices=["text-text", "text-image", "image-image"], help="told from DATA where it is left out"
        )
        parser.add_argument("--test", metavar="QUERIES", help="your own test questions: they alone judge")
        parser.add_argument("--catalogue", metavar="ITEMS", help="more items to search among")
        parser.add_argument(
            "--base-model", metavar="NAME_OR_FOLDER", help=f"left out: {', '.join(BASE_MODELS.values())}, by the task"
        )
        parser.add_argument("--preset", default="balanced", choices=["quick", "balanced", "thorough"])
        parser.add_argument("--seed", type=int, default=0)
        for purpose, option in SHEET_OPTIONS.items():
            parser.add_argument(
                option,
                metavar="NAME",
                help=f"of the {purpose}: the sheet of a workbook, or the table in a ZIP, where several could be it",
            )
        parser.add_argument("--encoding", help="of the files, where it cannot be told from them, such as cp1252")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="NAME=ROLE",
            help="what a column of DATA is, where its heading does not say: query, document, negative, label, score, …",
        )
        parser.add_argument("--output", required=True, metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0; 2 for bad input; 1 when the machine could not go on; 130 after Ctrl-C."""
        interrupts = Interrupts()
        try:
            self.finetune(options, interrupts.noted)
        except (Exception, KeyboardInterrupt) as error:
            # after Ctrl-C any error may be its consequence: a library that was struck, a child that was stopped as well
            stopped = interrupts.noted() or isinstance(error, (KeyboardInterrupt, bridge.Cancelled))
            sys.exit(self.say_stopped() if stopped else self.say(error))
        finally:
            interrupts.end()

    def say_stopped(self) -> int:
        """The last word after Ctrl-C; gives the exit status."""
        self.stderr.write(STOPPED_WORDS)
        return STOPPED

    def say(self, error: BaseException) -> int:
        """A problem in words; gives the exit status. Raises what is not a known one again."""
        if not isinstance(error, (InputProblems, bridge.TailorError)):
            raise error
        for problem in error.found if isinstance(error, InputProblems) else [str(error)]:
            self.stderr.write(problem)
        return BAD_INPUT if isinstance(error, (InputProblems, bridge.DataError, bridge.ModelError)) else FAILED

    def finetune(self, options: dict[str, Any], was_interrupted: bridge.ShouldStop) -> None:
        """Check everything that can be known beforehand, read, train, and tell the result."""
        output = Path(options["output"])
        config = _check(options, output)
        say = ProgressLines(self.stderr)
        say.line("Reading and splitting the data …")
        examples = InputFile(
            Path(options["data"]), "examples", options["encoding"], options["sheet"], _roles(options["column"])
        )
        task = options["task"] or task_of_data(examples)
        base_model = options["base_model"] or BASE_MODELS[task]
        pictures = output / ".pictures.zip" if task != "text-text" else None
        prepared = frozen_data(
            examples=examples,
            questions=InputFile.given(options["test"], "questions", options["encoding"], options["test_sheet"]),
            catalogue=InputFile.given(
                options["catalogue"], "catalogue", options["encoding"], options["catalogue_sheet"]
            ),
            seed=options["seed"],
            task=task,
            pictures=pictures,
        )
        say.receipt(prepared)
        report = bridge.finetune(
            prepared.frozen,
            base_model=base_model,
            config=config,
            output=output,
            work_folder=output / ".work",
            on_event=say,
            should_stop=was_interrupted,
            allow_hub=settings.ALLOW_HUB,
            pictures=pictures,
        )
        if pictures:
            pictures.unlink()
        for needless in (output / ".work", output / "index"):  # state for going on, and the live search's own copy
            shutil.rmtree(needless, ignore_errors=True)
        self.stdout.write(result_table(dict(report)))
        self.stdout.write(f"\nWritten: {output / 'report.json'} and {output / 'model.zip'}")


def _check(options: dict[str, Any], output: Path) -> bridge.FinetuneConfig:
    """Everything that is wrong with the command, found before any work. Raises InputProblems."""
    found: list[str] = []
    for name in ("data", "test", "catalogue"):
        if options[name] is not None and not Path(options[name]).is_file():
            found.append(f"{options[name]}: there is no such file. Check the name and the folder.")
    found += _base_model_problem(options["base_model"], options["task"])
    try:
        output.mkdir(parents=True, exist_ok=True)
        (output / ".work").mkdir(exist_ok=True)
    except OSError as error:
        found.append(f"{output}: this folder cannot be written to ({error.strerror}). Give another --output.")
    if found:
        raise InputProblems(found)
    return bridge.check_settings(preset=options["preset"], seed=options["seed"], settings={})


def _base_model_problem(name: str | None, task: str | None) -> list[str]:
    """What is wrong with a base model, if anything is. Where the data tell the task, it must suit any of the tasks."""
    problems = []
    tasks = [task] if task else list(BASE_MODELS)
    for known in tasks if name else ():
        try:
            bridge.check_base_model(str(name), task=known, allow_hub=settings.ALLOW_HUB)
        except bridge.TailorError as error:
            problems.append(str(error))
    return problems[:1] if len(problems) == len(tasks) else []


def _roles(given: list[str]) -> dict[str, str]:
    """{column: role} of the --column options. Raises InputProblems."""
    pairs = [text.rpartition("=") for text in given]
    wrong = [
        text for text, (name, _, role) in zip(given, pairs, strict=True) if not name or role not in bridge.role_names()
    ]
    if wrong:
        known = ", ".join(bridge.role_names())
        raise InputProblems([f"--column {text}: write NAME=ROLE, the role one of {known}." for text in wrong])
    return {name: role for name, _, role in pairs}
