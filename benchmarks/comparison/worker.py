"""Measures one system in this process: `python -m benchmarks.comparison.worker '{"set": …}' --sets FOLDER`.

A process of its own for each measurement, so that its peak memory is that of the system alone and nothing that one
system left warm serves the next. The result goes to the standard output as one JSON line.
"""

import argparse
import json
import resource
import sys
import tempfile
from pathlib import Path

from benchmarks.comparison.clock import Clock, StageClock
from benchmarks.comparison.results import PRESETS, Job, Measurement, System, as_line
from benchmarks.comparison.sets import read_split
from trainer.config import FinetuneConfig
from trainer.data.pairs import SplitDataset
from trainer.encoders.catalogue import resolve_base_model
from trainer.evaluation.choosing_words import chosen_choice
from trainer.progress import Event, Stage, StageEvent
from trainer.report import Report

BASE_MODEL = "minilm-l6"
OUTSIDE_OF_TRAINING = {Stage.LOAD, Stage.BEFORE, Stage.AFTER, Stage.SAVE, "total"}
"""Stages of a report that the other side has outside of its clock too: loading, the first encoding, judging, saving."""


def main() -> None:
    """Measure, print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", type=json.loads)
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--base-model", default=BASE_MODEL)
    arguments = parser.parse_args()
    job = Job(**{**arguments.job, "system": System(arguments.job["system"])})
    print(as_line(measure(job, arguments.sets / job.set, arguments.base_model)))


def measure(job: Job, folder: Path, base_model: str = BASE_MODEL) -> Measurement:
    """Reads the data set, runs the system, judges it on the test split."""
    split = read_split(folder, job.size, job.seed, shuffled=job.shuffled)
    with tempfile.TemporaryDirectory(prefix="tailor-bench-") as scratch:
        if job.system in PRESETS:
            return _measure_preset(job, split, base_model, Path(scratch))
        return _measure_other(job, split, base_model, Path(scratch))


def _measure_preset(job: Job, split: SplitDataset, base_model: str, scratch: Path) -> Measurement:
    """Tailor, through the one call that its pages use too."""
    # Imported here and below because importing takes seconds that no clock of this file should see.
    from trainer.pipeline import finetune

    peaks: list[float] = []
    stages = StageClock()

    def on_event(event: Event) -> None:
        stages(event)
        if isinstance(event, StageEvent) and event.stage is Stage.SAVE:
            peaks.append(peak_megabytes())

    config = FinetuneConfig.for_preset(job.system.value, seed=job.seed)
    report = finetune(
        split,
        base_model=base_model,
        config=config,
        output=scratch / "out",
        work_folder=scratch / "work",
        on_event=on_event,
    )
    after = {query["id"]: query["after"]["ndcg"] for query in report["queries"]}
    clock = Clock()
    clock.seconds, clock.processor_seconds = training_seconds(report), stages.outside(OUTSIDE_OF_TRAINING)
    return _measurement(job, report["before"]["ndcg@10"], after, split, clock, chosen_name(report), peaks[0])


def training_seconds(report: Report) -> float:
    """Of training, mining and choosing: all stages between the first encoding of the catalogue and the judging."""
    return sum(seconds for stage, seconds in report["seconds"].items() if stage not in OUTSIDE_OF_TRAINING)


def chosen_name(report: Report) -> str:
    """The candidate that was published. Many share its epoch and blend: with other adapters, or of other ways."""
    chosen = chosen_choice(report)
    return chosen["candidate"] if chosen else ""


def _measure_other(job: Job, split: SplitDataset, base_model: str, scratch: Path) -> Measurement:
    from benchmarks.comparison.judging import score, score_keyword
    from trainer.encoders.text import TextEncoder

    encoder = TextEncoder.load(resolve_base_model(base_model))
    before = score(encoder, split, split.test)  # the first encoding of the catalogue: it warms up, and is not counted
    after, clock, chosen = before, Clock(), ""
    if job.system is System.KEYWORD:
        after = score_keyword(split, split.test)
    elif job.system is not System.BASE:
        from benchmarks.comparison import standard

        train = standard.train_best if job.system is System.BEST else standard.train_standard
        chosen = str(train(encoder, split, seed=job.seed, folder=scratch, clock=clock))
        after = score(encoder, split, split.test)
    return _measurement(job, _mean(before), after, split, clock, chosen, peak_megabytes())


def _measurement(
    job: Job,
    before: float,
    after: dict[str, float],
    split: SplitDataset,
    clock: Clock,
    chosen: str,
    megabytes: float,
) -> Measurement:
    import torch

    return Measurement(
        job=job,
        ndcg=_mean(after),
        before=before,
        per_query=[round(after[query_id], 6) for query_id in split.test],
        seconds=round(clock.seconds, 2),
        processor_seconds=round(clock.processor_seconds, 2),
        megabytes=megabytes,
        megabytes_whole=peak_megabytes(),
        chosen=chosen,
        threads=torch.get_num_threads(),
        device=torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
    )


def _mean(scores: dict[str, float]) -> float:
    return sum(scores.values()) / len(scores)


def peak_megabytes() -> float:
    """The most memory that this process ever held at once, in MB (10⁶ bytes)."""
    status = Path("/proc/self/status")
    if status.exists():  # where it is, it is better: ru_maxrss also counts the parent, as it was before the exec
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(line.split()[1]) * 1024 / 1e6, 1)
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


if __name__ == "__main__":
    main()
