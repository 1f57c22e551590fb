"""The whole of one run: load → before → fit → choose → after → save."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from trainer.blend import Candidate, choose, set_weights
from trainer.checkpoint import Weights, check_finite, check_free_disk, read_tensors, sync, write_tensors
from trainer.config import FinetuneConfig
from trainer.data.pairs import SplitDataset
from trainer.encoders.base import OnShare, Side
from trainer.encoders.catalogue import find_base_model, resolve_base_model
from trainer.encoders.text import TextEncoder, Tokens
from trainer.errors import Cancelled, DataError
from trainer.estimate import Workload, stage_seconds
from trainer.evaluation.comparison import build_report
from trainer.evaluation.ranking import Rankings, rank
from trainer.examples import Examples
from trainer.export.archive import write_archive
from trainer.fit import Fitted, fit, snapshot, trainable_weights
from trainer.index import write_index
from trainer.mining import POOL, mine_hard_negatives
from trainer.progress import Event, LogEvent, OnEvent, ShouldStop, Stage, StepEvent, ignore, never
from trainer.report import Report
from trainer.timeline import Timeline
from trainer.validation import ValidationSet

GOLDEN_TEXTS = 8


@dataclass(frozen=True)
class Embedded:
    """Embeddings by one model: documents (m, d) and queries (n, d), in the order of the data set."""

    documents: np.ndarray
    queries: np.ndarray


def finetune(
    split: SplitDataset,
    *,
    base_model: str,
    config: FinetuneConfig,
    output: Path,
    work_folder: Path,
    rejected: Sequence[dict[str, Any]] = (),
    on_event: OnEvent = ignore,
    should_stop: ShouldStop = never,
    allow_hub: bool = False,
    device: str | None = None,
) -> Report:
    """Fits `base_model` to `split.train`, chooses on `split.validation`, judges once on `split.test`.

    output: receives report.json, model.zip and index/, each whole or not at all; report.json comes last.
    work_folder: state of a run that was interrupted; called with the same folder, data and settings, it goes on.
    rejected: rows that were left out when the data was read, for the report.
    device: "cpu" or "cuda"; None takes the GPU where there is one.
    Raises Cancelled, DataError, ModelError, ResourceError or TrainingError.
    """
    run = _Run(split, config, work_folder, on_event, should_stop)
    run.check()
    folder = resolve_base_model(base_model, allow_hub=allow_hub)
    weights_size = sum(file.stat().st_size for file in folder.glob("**/*.safetensors"))
    for place in (output, work_folder):
        place.mkdir(parents=True, exist_ok=True)
        check_free_disk(place, 4 * weights_size)
    encoder = TextEncoder.load(folder, device=device, max_tokens=config.max_tokens)
    run.open(encoder, f"{folder} {weights_size}")

    before = run.embed_with_base()
    validation, base = run.judge_base(before)
    base_weights = snapshot(trainable_weights(encoder, freeze_embeddings=config.freeze_embeddings))
    fitted = run.fit(before, validation, base)
    chosen, candidates = run.choose(base_weights, fitted, validation, base)

    run.timeline.start(Stage.AFTER)
    set_weights(encoder, base_weights, fitted.last if chosen.epoch == fitted.epochs else fitted.best, chosen.blend)
    check_finite(snapshot(dict(encoder.model.named_parameters())))
    after = run.embed(run.timeline.advance) if chosen.blend else before

    run.timeline.start(Stage.SAVE)
    title = find_base_model(base_model)
    seconds = run.timeline.seconds
    report: Report = build_report(
        split=split,
        before=run.rank(before, split.test),
        after=run.rank(after, split.test),
        base_model=base_model,
        base_model_title=title.title if title else Path(base_model).name,
        config=config,
        choices=[
            {"candidate": each.name, "epoch": each.epoch, "blend": each.blend, "score": each.score}
            for each in (base, *candidates)
        ],
        training={"loss": fitted.losses, "validation": fitted.validation},
        seconds=seconds,
        blend=chosen.blend,
        epoch=chosen.epoch,
        rejected=list(rejected),
    )
    run.publish(report, output, before, after)
    return report


class _Run:
    """The stages of one run, with what they share: data, settings, encoder, progress."""

    def __init__(
        self,
        split: SplitDataset,
        config: FinetuneConfig,
        work_folder: Path,
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> None:
        self.split = split
        self.config = config
        self.work_folder = work_folder
        self.on_event = on_event
        self.should_stop = should_stop
        self.query_ids = list(split.data.queries)
        self.document_ids = list(split.data.documents)
        self.timeline = Timeline(stage_seconds(self._workload(10.0, 10_900_000, "cpu"), config), on_event)
        self.timeline.start(Stage.LOAD)

    def check(self) -> None:
        """Raises DataError when there is nothing to learn from or nothing to judge by."""
        if not self.split.train:
            raise DataError("There are no examples to learn from.", "Add examples: a few hundred work best.")
        if not self.split.test:
            raise DataError(
                "There are no questions left to judge the model by.", "Add examples, or give a file of test questions."
            )

    def open(self, encoder: TextEncoder, base_identity: str) -> None:
        """Tokenises all texts, and from then on knows how much work there is."""
        self.encoder = encoder
        data = self.split.data
        learned = set(self.split.train)
        texts = {f"q{name}": text for name, text in data.queries.items() if name in learned}
        self.tokens: dict[str, Tokens] = dict(
            zip(texts, encoder.tokenise(list(texts.values()), Side.QUERY), strict=True)
        )
        documents = encoder.tokenise(list(data.documents.values()), Side.DOCUMENT)
        self.tokens |= {f"d{name}": row for name, row in zip(data.documents, documents, strict=True)}
        mean = float(np.mean([len(row["input_ids"]) for row in self.tokens.values()]))
        tables = {id(module.weight) for module in encoder.model.modules() if isinstance(module, torch.nn.Embedding)}
        passed = sum(weight.numel() for weight in encoder.model.parameters() if id(weight) not in tables)
        self.timeline.expect(stage_seconds(self._workload(mean, passed, encoder.device), self.config))
        self.fingerprint = _fingerprint(self.split, self.config, base_identity)

    def embed_with_base(self) -> Embedded:
        """All documents and queries by the base model; kept in the work folder for a resumed run."""
        self.timeline.start(Stage.BEFORE)
        file = self.work_folder / "before.safetensors"
        stored = read_tensors(file, self.fingerprint)
        if stored is not None:
            tensors, _ = stored
            return Embedded(tensors["documents"].numpy(), tensors["queries"].numpy())
        before = self.embed(self.timeline.advance)
        tensors = {"documents": torch.from_numpy(before.documents), "queries": torch.from_numpy(before.queries)}
        write_tensors(file, tensors, {"fingerprint": self.fingerprint})
        return before

    def embed(self, on_share: OnShare) -> Embedded:
        """All documents and queries by the encoder as it is now."""
        data = self.split.data
        documents = self.encoder.encode(
            list(data.documents.values()), side=Side.DOCUMENT, on_share=self._stoppable(on_share)
        )
        queries = self.encoder.encode(list(data.queries.values()), side=Side.QUERY, on_share=self._stoppable(None))
        return Embedded(documents, queries)

    def rank(self, embedded: Embedded, query_ids: Sequence[str], k: int = 100) -> Rankings:
        """Rankings of some queries over all documents."""
        rows = {query_id: row for row, query_id in enumerate(self.query_ids)}
        chosen = embedded.queries[[rows[query_id] for query_id in query_ids]]
        return rank(chosen, embedded.documents, list(query_ids), self.document_ids, k=k)

    def judge_base(self, before: Embedded) -> tuple[ValidationSet, Candidate]:
        """The validation set, and the base model as the first candidate."""
        rankings = self.rank(before, self.split.validation) if self.split.validation else {}
        validation = ValidationSet.of(self.split, rankings)
        if not self.split.validation:
            self.on_event(LogEvent("No examples could be spared for choosing, so the base model stays as it is."))
            return validation, Candidate("base", 0, 0.0, {})
        pool = set(validation.documents)
        rows = [row for row, name in enumerate(self.document_ids) if name in pool]
        places = {query_id: row for row, query_id in enumerate(self.query_ids)}
        queries = before.queries[[places[query_id] for query_id in validation.queries]]
        scores = validation.scores_of(queries, before.documents[rows], [self.document_ids[row] for row in rows])
        return validation, Candidate("base", 0, 0.0, scores)

    def fit(self, before: Embedded, validation: ValidationSet, base: Candidate) -> Fitted:
        """Trains the encoder on the training split."""
        self.timeline.start(Stage.FIT)
        data = self.split.data
        mined: dict[str, tuple[str, ...]] = {}
        if self.config.hard_negatives:
            rankings = self.rank(before, self.split.train, k=POOL)
            mined = mine_hard_negatives(rankings, data.relevance, data.documents)

        def on_event(event: Event) -> None:
            if isinstance(event, StepEvent):
                self.timeline.advance(event.step / event.total_steps)
            self.on_event(event)

        def validate() -> float:
            scores = validation.scores(self.encoder, self._stoppable(None)) if validation.queries else {}
            return float(np.mean(list(scores.values()))) if scores else 0.0

        return fit(
            self.encoder,
            self.tokens,
            Examples.of_training_split(self.split, mined),
            self.config,
            validate,
            base_score=base.score,
            state_folder=self.work_folder,
            fingerprint=self.fingerprint,
            on_event=on_event,
            should_stop=self.should_stop,
        )

    def choose(
        self, base_weights: Weights, fitted: Fitted, validation: ValidationSet, base: Candidate
    ) -> tuple[Candidate, list[Candidate]]:
        """The candidate to publish, and all that were tried: each blend of the last and of the best epoch."""
        self.timeline.start(Stage.CHOOSE)
        epochs = {fitted.epochs: fitted.last} | {fitted.best_epoch: fitted.best}
        shares = sorted(share for share in self.config.blends if share > 0) if base.scores else []
        candidates: list[Candidate] = []
        for epoch, tuned in epochs.items():
            for share in shares:
                set_weights(self.encoder, base_weights, tuned, share)
                scores = validation.scores(self.encoder, self._stoppable(None))
                candidates.append(Candidate(f"epoch {epoch}, {share:.0%} tuned", epoch, share, scores))
                self.timeline.advance(len(candidates) / (len(epochs) * len(shares)))
        chosen = choose(base, candidates)
        self.on_event(LogEvent(_explain(chosen, base)))
        return chosen, candidates

    def publish(self, report: Report, output: Path, before: Embedded, after: Embedded) -> None:
        """Writes index, model.zip and, last, report.json, each to a temporary name first."""
        self._stop_if_asked()
        documents, queries = self.split.data.documents, self.split.data.queries
        write_index(output / "index", self.document_ids, list(documents.values()), before.documents, after.documents)
        folder = self.work_folder / "model"
        self.encoder.save(folder)
        self.timeline.advance(0.2)
        samples = [queries[name] for name in self.split.test[: GOLDEN_TEXTS // 2]]
        samples += list(documents.values())[: GOLDEN_TEXTS // 2]
        archive = output / ".model.zip.part"
        write_archive(folder=folder, report=report, encoder=self.encoder, sample_texts=samples, destination=archive)
        self._stop_if_asked()
        archive.replace(output / "model.zip")
        part = output / ".report.json.part"
        part.write_text(json.dumps(report, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        sync(part)
        part.replace(output / "report.json")
        sync(output)
        self.timeline.finish()

    def _workload(self, tokens: float, parameters: int, device: str) -> Workload:
        split = self.split
        return Workload(
            pairs=sum(min(len(split.data.relevance[name]), 4) for name in split.train),
            queries=len(split.data.queries),
            documents=len(split.data.documents),
            validation=len(split.validation),
            tokens=tokens,
            parameters=parameters,
            device=device,
            cores=torch.get_num_threads() if device == "cpu" else psutil.cpu_count() or 1,
        )

    def _stoppable(self, on_share: OnShare | None) -> OnShare:
        def told(share: float) -> None:
            self._stop_if_asked()
            if on_share is not None:
                on_share(share)

        return told

    def _stop_if_asked(self) -> None:
        if self.should_stop():
            raise Cancelled


def _fingerprint(split: SplitDataset, config: FinetuneConfig, base_identity: str) -> str:
    """Of everything that decides a run's result."""
    data = split.data
    content = [base_identity, config.as_dict(), data.queries, data.documents, data.relevance, data.negatives]
    content += [split.train, split.validation, split.test]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _explain(chosen: Candidate, base: Candidate) -> str:
    if chosen is base:
        return "Nothing was surely better than the base model on the choosing questions, so it stays as it is."
    return (
        f"Chosen: {chosen.name} (nDCG@10 {chosen.score:.3f} on the choosing questions; the base has {base.score:.3f})."
    )
