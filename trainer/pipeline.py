"""The whole of one run: load → before → fit → choose → after → save."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from trainer.blend import Candidate, Tuned, choose, judge_blends, set_weights
from trainer.checkpoint import check_finite, check_free_disk, read_tensors, write_tensors
from trainer.config import FinetuneConfig
from trainer.data.pairs import SplitDataset
from trainer.encoders.base import OnShare, Side
from trainer.encoders.catalogue import find_base_model, resolve_base_model
from trainer.encoders.text import TextEncoder, Tokens
from trainer.errors import Cancelled, DataError
from trainer.estimate import Workload, stage_seconds
from trainer.evaluation.comparison import build_report
from trainer.evaluation.ranking import DEPTH, Rankings, rank
from trainer.examples import Examples
from trainer.index import write_index
from trainer.mining import POOL, mine_hard_negatives
from trainer.progress import Event, LogEvent, OnEvent, ShouldStop, Stage, StepEvent, ignore, never
from trainer.publish import publish
from trainer.report import Choice, Report
from trainer.timeline import Timeline
from trainer.trainings import train_all
from trainer.validation import ValidationSet

GOLDEN_TEXTS = 8


def finetune(
    split: SplitDataset,
    *,
    base_model: str,
    config: FinetuneConfig,
    output: Path,
    work_folder: Path,
    name: str = "",
    rejected: Sequence[dict[str, Any]] = (),
    on_event: OnEvent = ignore,
    should_stop: ShouldStop = never,
    allow_hub: bool = False,
    device: str | None = None,
) -> Report:
    """Fits `base_model` to `split.train`, chooses on `split.validation`, judges once on `split.test`.

    output: receives report.json, model.zip and index/, each whole or not at all; report.json comes last.
    work_folder: state of a run that was interrupted; called with the same folder, data and settings, it goes on.
    name: title of the tuned model, in any script; by default made from the base model's.
    rejected: rows that were left out when the data was read, for the report.
    device: "cpu" or "cuda"; None takes the GPU where there is one.
    Raises Cancelled, DataError, ModelError, ResourceError or TrainingError.
    """
    _check_split(split)
    timeline = Timeline(stage_seconds(_workload(split, None, 10.0), config), on_event)
    timeline.start(Stage.LOAD)
    folder = resolve_base_model(base_model, allow_hub=allow_hub)
    weights_size = sum(file.stat().st_size for file in folder.glob("**/*.safetensors"))
    for place in (output, work_folder):
        place.mkdir(parents=True, exist_ok=True)
        check_free_disk(place, 4 * weights_size)
    encoder = TextEncoder.load(folder, device=device, max_tokens=config.max_tokens)
    fingerprint = _fingerprint(split, config, f"{folder} {weights_size}")
    run = _Run(split, config, encoder, timeline, on_event, should_stop)

    timeline.start(Stage.BEFORE)
    before = run.embed_once(work_folder / "before.safetensors", fingerprint)
    validation, base = run.judge_base(before)

    timeline.start(Stage.FIT)
    tuned = run.fit(before, validation, base, work_folder, fingerprint)

    timeline.start(Stage.CHOOSE)
    shares = sorted(share for share in config.blends if share > 0) if base.scores else []
    candidates = judge_blends(encoder, tuned, shares, lambda: run.validate(validation), timeline.advance)
    chosen = choose(base, candidates)
    on_event(LogEvent(_explain(chosen, base)))

    timeline.start(Stage.AFTER)
    set_weights(encoder, tuned.base, tuned.epochs.get(chosen.epoch, tuned.base), chosen.blend)
    check_finite(dict(encoder.model.named_parameters()))
    after = run.embed(split.test) if chosen.blend else before

    seconds = timeline.seconds
    timeline.start(Stage.SAVE)
    info = find_base_model(base_model)
    title = info.title if info else folder.name
    report = build_report(
        split=split,
        before=run.rank(before, split.test, DEPTH),
        after=run.rank(after, split.test, DEPTH),
        base_model=base_model,
        base_model_title=title,
        config=config,
        choices=[_choice(candidate) for candidate in (base, *candidates)],
        training={"loss": tuned.losses, "validation": tuned.validation},
        seconds=seconds,
        blend=chosen.blend,
        epoch=chosen.epoch,
        rejected=list(rejected),
    )
    data = split.data
    write_index(output / "index", run.document_ids, list(data.documents.values()), before.documents, after.documents)
    samples = [data.queries[name] for name in split.test[: GOLDEN_TEXTS // 2]]
    samples += list(data.documents.values())[: GOLDEN_TEXTS // 2]
    publish(
        encoder,
        report,
        name=name or f"{title} tailored",
        output=output,
        work_folder=work_folder,
        sample_texts=samples,
        stop_if_asked=run.stop_if_asked,
    )
    timeline.finish()
    return report


@dataclass(frozen=True)
class _Embedded:
    """Embeddings by one model: documents (m, d) in the order of the data set, queries (n, d) in that of `query_ids`."""

    documents: np.ndarray
    queries: np.ndarray
    query_ids: Sequence[str]

    def queries_of(self, query_ids: Sequence[str]) -> np.ndarray:
        """Embeddings of some of the queries, (len(query_ids), d)."""
        places = {query_id: place for place, query_id in enumerate(self.query_ids)}
        return self.queries[[places[query_id] for query_id in query_ids]]


class _Run:
    """What the stages of one run share: data, settings, encoder, progress."""

    def __init__(
        self,
        split: SplitDataset,
        config: FinetuneConfig,
        encoder: TextEncoder,
        timeline: Timeline,
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> None:
        self.split, self.config, self.encoder = split, config, encoder
        self.timeline, self.on_event, self.should_stop = timeline, on_event, should_stop
        self.document_ids = list(split.data.documents)
        self.tokens = self._tokenise()
        tokens = float(np.mean([len(row["input_ids"]) for row in self.tokens.values()]))
        timeline.expect(stage_seconds(_workload(split, encoder, tokens), config))

    def embed_once(self, file: Path, fingerprint: str) -> _Embedded:
        """`embed` for all queries, kept in a file for a resumed run."""
        query_ids = list(self.split.data.queries)
        stored = read_tensors(file, fingerprint)
        if stored is not None:
            tensors, _ = stored
            return _Embedded(tensors["documents"].numpy(), tensors["queries"].numpy(), query_ids)
        embedded = self.embed(query_ids)
        tensors = {"documents": torch.from_numpy(embedded.documents), "queries": torch.from_numpy(embedded.queries)}
        write_tensors(file, tensors, {"fingerprint": fingerprint})
        return embedded

    def embed(self, query_ids: Sequence[str]) -> _Embedded:
        """All documents and some queries by the encoder as it is now."""
        data = self.split.data
        texts = [data.queries[name] for name in query_ids]
        share_of_documents = len(data.documents) / (len(data.documents) + len(texts))

        def told(start: float, size: float) -> OnShare:
            def advance(share: float) -> None:
                self.stop_if_asked()
                self.timeline.advance(start + share * size)

            return advance

        documents = list(data.documents.values())
        of_documents = self.encoder.encode(documents, side=Side.DOCUMENT, on_share=told(0, share_of_documents))
        rest = told(share_of_documents, 1 - share_of_documents)
        return _Embedded(of_documents, self.encoder.encode(texts, side=Side.QUERY, on_share=rest), query_ids)

    def rank(self, embedded: _Embedded, query_ids: Sequence[str], depth: int) -> Rankings:
        """Rankings of some queries over all documents."""
        return rank(embedded.queries_of(query_ids), embedded.documents, list(query_ids), self.document_ids, k=depth)

    def judge_base(self, before: _Embedded) -> tuple[ValidationSet, Candidate]:
        """The validation set, and the base model as the first candidate."""
        names = self.split.validation
        validation = ValidationSet.of(self.split, self.rank(before, names, POOL) if names else {})
        if not names:
            self.on_event(LogEvent("No examples could be spared for choosing, so the base model stays as it is."))
            return validation, Candidate("base", 0, 0.0, {})
        rows = [row for row, name in enumerate(self.document_ids) if name in validation.documents]
        queries = before.queries_of(list(validation.queries))
        scores = validation.scores_of(queries, before.documents[rows], [self.document_ids[row] for row in rows])
        return validation, Candidate("base", 0, 0.0, scores)

    def validate(self, validation: ValidationSet) -> dict[str, float]:
        """nDCG@10 of each validation query by the encoder as it is now; may raise Cancelled."""
        return validation.scores(self.encoder, self._stoppable) if validation.queries else {}

    def fit(
        self, before: _Embedded, validation: ValidationSet, base: Candidate, work_folder: Path, fingerprint: str
    ) -> Tuned:
        """Trains the encoder on the training split, with negatives mined from the base model's rankings."""
        data, negatives = self.split.data, self.config.hard_negatives
        rankings = self.rank(before, self.split.train, POOL) if negatives else {}

        def on_event(event: Event) -> None:
            if isinstance(event, StepEvent):
                self.timeline.advance(event.step / event.total_steps)
            self.on_event(event)

        return train_all(
            self.encoder,
            self.tokens,
            Examples.of_training_split(self.split, mine_hard_negatives(rankings, data.relevance, data.documents)),
            self.config,
            lambda: float(np.mean(list(self.validate(validation).values()) or [0.0])),
            base_score=base.score,
            work_folder=work_folder,
            fingerprint=fingerprint,
            on_event=on_event,
            should_stop=self.should_stop,
        )

    def stop_if_asked(self) -> None:
        """Raises Cancelled when the caller wants to stop."""
        if self.should_stop():
            raise Cancelled

    def _stoppable(self, share: float) -> None:
        self.stop_if_asked()

    def _tokenise(self) -> dict[str, Tokens]:
        """Training queries by "q" + id and all documents by "d" + id."""
        data = self.split.data
        queries = self.encoder.tokenise([data.queries[name] for name in self.split.train], Side.QUERY)
        documents = self.encoder.tokenise(list(data.documents.values()), Side.DOCUMENT)
        tokens = {f"q{name}": row for name, row in zip(self.split.train, queries, strict=True)}
        return tokens | {f"d{name}": row for name, row in zip(data.documents, documents, strict=True)}


def _check_split(split: SplitDataset) -> None:
    if not split.train:
        raise DataError("There are no examples to learn from.", "Add examples: a few hundred work best.")
    if not split.test:
        raise DataError(
            "There are no questions left to judge the model by.", "Add examples, or give a file of test questions."
        )


def _workload(split: SplitDataset, encoder: TextEncoder | None, tokens: float) -> Workload:
    examples = Examples.of_training_split(split, {})
    return Workload(
        pairs=examples.pairs_an_epoch,
        queries=len(split.data.queries),
        documents=len(split.data.documents),
        validation=len(split.validation),
        tokens=tokens,
        parameters=encoder.working_parameters if encoder else Workload.parameters,
        device=encoder.device if encoder else "cpu",
        cores=torch.get_num_threads(),
    )


def _fingerprint(split: SplitDataset, config: FinetuneConfig, base_identity: str) -> str:
    """Of everything that decides a run's result."""
    data = split.data
    content = [base_identity, config.as_dict(), data.queries, data.documents, data.relevance, data.negatives]
    content += [split.train, split.validation, split.test]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _choice(candidate: Candidate) -> Choice:
    return Choice(candidate=candidate.name, epoch=candidate.epoch, blend=candidate.blend, score=candidate.score)


def _explain(chosen: Candidate, base: Candidate) -> str:
    if chosen is base:
        return "Nothing was surely better than the base model on the choosing questions, so it stays as it is."
    return (
        f"Chosen: {chosen.name} (nDCG@10 {chosen.score:.3f} on the choosing questions; the base has {base.score:.3f})."
    )
