"""The whole of one run: load → before → fit → choose → after → save."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.blend import Candidate, choose
from trainer.checkpoint import check_finite, check_free_disk
from trainer.choices import choice_rule, explain, names_not_tried, told_choices
from trainer.config import FinetuneConfig, Task
from trainer.data.label_relevance import LabelRelevance
from trainer.data.pairs import SplitDataset
from trainer.data.picture_store import PictureStore
from trainer.encoders.catalogue import find_base_model, resolve_base_model
from trainer.encoders.loading import AnyEncoder, load_encoder
from trainer.encoders.text import TextEncoder
from trainer.errors import DataError
from trainer.estimate import stage_seconds
from trainer.estimate_pictures import picture_stage_seconds
from trainer.evaluation.comparison import build_report
from trainer.evaluation.embedding_map import Space, embedding_map
from trainer.evaluation.ranking import DEPTH
from trainer.index import write_index
from trainer.loss_choice import loss_of
from trainer.progress import LogEvent, OnEvent, ShouldStop, Stage, ignore, never
from trainer.publish import publish
from trainer.report import Report
from trainer.report_figures import EmbeddingMap
from trainer.stages import Embedded, Stages, workload
from trainer.timeline import Timeline
from trainer.trainings import Trained
from trainer.variants import Judged, measure_variants

if TYPE_CHECKING:
    from trainer.pictures.stages import PictureStages

GOLDEN_ITEMS = 8


def finetune(
    split: SplitDataset,
    *,
    base_model: str,
    config: FinetuneConfig,
    output: Path | None,
    work_folder: Path,
    name: str = "",
    rejected: Sequence[dict[str, Any]] = (),
    on_event: OnEvent = ignore,
    should_stop: ShouldStop = never,
    allow_hub: bool = False,
    device: str | None = None,
    pictures: PictureStore | None = None,
) -> Report:
    """Fits `base_model` to `split.train`, chooses on `split.validation`, judges once on `split.test`.

    output: receives report.json, model.zip and index/, each whole or not at all; report.json comes last. None: nothing
        is published, and the report is only given.
    work_folder: state of a run that was interrupted; called with the same folder, data and settings, it goes on.
    name: title of the tuned model, in any script; by default made from the base model's.
    rejected: rows that were left out when the data was read, for the report.
    device: "cpu" or "cuda"; None takes the GPU where there is one.
    pictures: where the data set's pictures are, by their keys.
    Raises Cancelled, DataError, ModelError, ResourceError or TrainingError.
    """
    _check_split(split)
    task = split.data.task
    if task is Task.TEXT_TEXT:
        config = config.for_examples(len(split.train))
    timeline = Timeline(_expected(split, config), on_event)
    timeline.start(Stage.LOAD)
    folder = resolve_base_model(base_model, task=task, allow_hub=allow_hub)
    _make_room(folder, *([output] if output else []), work_folder)
    encoder = load_encoder(
        task, folder, pictures, device=device, precision=config.precision, max_tokens=config.max_tokens
    )
    stages = _make_stages(split, config, encoder, timeline, on_event, should_stop)
    outcome = _tune(stages, work_folder, _fingerprint(split, config, folder, encoder.device))
    seconds = timeline.seconds
    timeline.start(Stage.SAVE)
    report = build_report(
        split=stages.judged,
        before=stages.rank(outcome.before, split.test, DEPTH),
        after=stages.rank(outcome.after, split.test, DEPTH),
        zero_shot=None if isinstance(stages, Stages) else stages.zero_shot(outcome.before, split.test, DEPTH),
        base_model=base_model,
        base_model_title=_title(base_model, folder),
        config=config,
        learning=stages.learning,
        seconds=seconds,
        **_learned(outcome),
        rejected=list(rejected),
        embedding_map=_map(stages, outcome),
    )
    report["choice_rule"] = choice_rule(outcome.candidates[0], outcome.not_tried)
    if output:
        report = _save(stages, report, outcome, name=name, output=output, work_folder=work_folder)
    timeline.finish()
    return report


@dataclass(frozen=True)
class _Outcome:
    """Of the tuning: embeddings by both models, all trainings, what was tried (the base first), what was chosen; and
    names of ways of learning that were not tried."""

    before: Embedded
    after: Embedded
    trained: Trained
    candidates: Sequence[Candidate]
    chosen: Candidate
    not_tried: Sequence[str]


def _expected(split: SplitDataset, config: FinetuneConfig) -> dict[Stage, float]:
    """Seconds of each stage, as far as they can be told before anything is loaded. Raises DataError where the examples
    lack what the loss needs: now rather than in an hour."""
    if split.data.task is not Task.TEXT_TEXT:
        return picture_stage_seconds(config, len(split.train), len(split.data.documents))
    loss_of(split, config)
    return stage_seconds(workload(split, None, 10.0), config)


def _make_stages(
    split: SplitDataset,
    config: FinetuneConfig,
    encoder: AnyEncoder,
    timeline: Timeline,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> "Stages | PictureStages":
    if isinstance(encoder, TextEncoder):
        return Stages(split, config, encoder, timeline, on_event, should_stop)
    # Imported here because a run about texts does without timm and open_clip.
    from trainer.pictures.stages import PictureStages

    return PictureStages(split, config, encoder, timeline, on_event, should_stop)


def _tune(stages: "Stages | PictureStages", work_folder: Path, fingerprint: str) -> _Outcome:
    """From the base model to the chosen one, which the encoder holds in the end."""
    timeline, split = stages.timeline, stages.split
    timeline.start(Stage.BEFORE)
    before = stages.embed_once(work_folder / "before.safetensors", fingerprint)

    timeline.start(Stage.FIT)
    fitting = stages.fit(before, work_folder, fingerprint)

    timeline.start(Stage.CHOOSE)
    candidates = fitting.candidates()
    chosen = choose(candidates[0], candidates[1:])
    not_tried = names_not_tried([recipe.name for recipe in fitting.recipes], candidates)
    stages.on_event(LogEvent(explain(chosen, candidates[0], not_tried)))

    timeline.start(Stage.AFTER)
    fitting.apply(chosen)
    check_finite(dict(stages.encoder.model.named_parameters()))
    after = stages.embed(split.test) if chosen.blend else before
    return _Outcome(before, after, fitting.trained, candidates, chosen, not_tried)


def _make_room(folder: Path, *places: Path) -> None:
    """Makes the folders that a run writes to and sees that their disks have room."""
    size = sum(file.stat().st_size for file in folder.glob("**/*.safetensors"))
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        check_free_disk(place, 4 * size)


def _map(stages: "Stages | PictureStages", outcome: _Outcome) -> EmbeddingMap | None:
    test, changed = stages.split.test, bool(outcome.chosen.blend)
    before, after = (Space(each.queries_of(test), each.documents) for each in (outcome.before, outcome.after))
    return embedding_map(stages.judged, before, after, changed=changed)


def _title(base_model: str, folder: Path) -> str:
    """What people call the base model."""
    known = find_base_model(base_model)
    return known.title if known else folder.name


def _save(
    stages: "Stages | PictureStages", report: Report, outcome: _Outcome, *, name: str, output: Path, work_folder: Path
) -> Report:
    """Writes index, archive and report; gives the report with what smaller and faster forms of the model cost."""
    data, test, config = stages.judged.data, stages.split.test, stages.config
    items = list(data.documents.values())
    write_index(
        output / "index",
        stages.document_ids,
        items,
        outcome.before.documents,
        outcome.after.documents,
        captions=data.captions,
        labels=data.relevance.documents if isinstance(data.relevance, LabelRelevance) else {},
    )
    samples = [data.queries[query_id] for query_id in test[: GOLDEN_ITEMS // 2]]
    name = name or f"{report['base_model_title']} tailored"
    places: dict[str, Any] = {"name": name, "output": output, "work_folder": work_folder}
    places["stop_if_asked"] = stages.stop_if_asked
    judged = Judged(stages.judged, outcome.after.queries_of(test), outcome.after.documents, config.seed)
    if not isinstance(stages, Stages):
        from trainer.publish_pictures import publish_pictures  # for the same reason
        from trainer.variants_pictures import measure_picture_variants

        texts, encoder = [] if data.task.has_picture_queries else samples, stages.encoder
        return publish_pictures(
            encoder,
            report,
            texts=texts,
            keys=items[: GOLDEN_ITEMS - len(texts)],
            typical_keys=items if config.int8 else [],
            measure=lambda exported: measure_picture_variants(judged, exported, encoder),
            **places,
        )
    return publish(
        stages.encoder,
        report,
        sample_texts=samples + items[: GOLDEN_ITEMS // 2],
        typical_texts=items,
        int8=config.int8,
        measure=lambda exported: measure_variants(judged, exported, config.output_sizes),
        **places,
    )


def _check_split(split: SplitDataset) -> None:
    if not split.train:
        raise DataError("There are no examples to learn from.", "Add examples: a few hundred work best.")
    if not split.test:
        raise DataError(
            "There are no questions left to judge the model by.", "Add examples, or give a file of test questions."
        )


def _fingerprint(split: SplitDataset, config: FinetuneConfig, base_model: Path, device: str) -> str:
    """Of everything that decides a run's result, the program included: after an upgrade an interrupted run begins anew,
    rather than being half of one version and half of another."""
    data = split.data
    weights = [(str(file), *_size_and_time(file)) for file in sorted(base_model.glob("**/*.safetensors"))]
    content: list[Any] = [
        str(base_model),
        weights,
        device,
        _program(),
        config.as_dict(),
        data.queries,
        data.documents,
        data.negatives,
    ]
    if isinstance(data.relevance, LabelRelevance):
        content += [data.labels, data.relevance.documents]
    else:
        content.append(data.relevance)
    content += [split.train, split.validation, split.test, data.grades, split.kind, split.seed]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _size_and_time(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns


@cache
def _program() -> str:
    """Of the trainer's source and PyTorch's version."""
    digest = hashlib.sha256(version("torch").encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _learned(outcome: _Outcome) -> dict[str, Any]:
    """What was tried and chosen, as arguments of `build_report`."""
    return {
        "choices": told_choices(outcome.candidates, outcome.chosen),
        "training": {"loss": outcome.trained.losses, "validation": outcome.trained.validation},
        "blend": outcome.chosen.blend,
        "epoch": outcome.chosen.epoch,
        "recipe": outcome.chosen.recipe,
        "n_chose": len(outcome.trained.base.own),
    }
