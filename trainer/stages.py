"""The stages of one run, each a step of the pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from trainer.checkpoint import read_tensors, write_tensors
from trainer.config import FinetuneConfig, Tune
from trainer.data.folds import Fold, make_folds
from trainer.data.pairs import SplitDataset
from trainer.encoders.base import OnShare, Side
from trainer.encoders.text import TextEncoder, Tokens
from trainer.errors import Cancelled
from trainer.estimate import Workload, stage_seconds
from trainer.evaluation.ranking import Rankings, rank
from trainer.examples import Examples
from trainer.first_way import begins_without_negatives
from trainer.loss_choice import learning_words, loss_of
from trainer.mining import POOL, mine_hard_negatives, spare
from trainer.progress import Event, LogEvent, OnEvent, ShouldStop, StepEvent
from trainer.recipes import recipes_of
from trainer.timeline import Timeline
from trainer.trainings import CrossFit, Turn
from trainer.validation import ValidationSet


@dataclass(frozen=True)
class Embedded:
    """Embeddings by one model: documents (m, d) in the order of the data set, queries (n, d) in that of `query_ids`."""

    documents: np.ndarray
    queries: np.ndarray
    query_ids: Sequence[str]

    @property
    def by_query(self) -> dict[str, np.ndarray]:
        """Each query's embedding, (d,)."""
        return dict(zip(self.query_ids, self.queries, strict=True))

    def queries_of(self, query_ids: Sequence[str]) -> np.ndarray:
        """Embeddings of some of the queries, (len(query_ids), d)."""
        places = {query_id: place for place, query_id in enumerate(self.query_ids)}
        return self.queries[[places[query_id] for query_id in query_ids]]


class Stages:
    """The stages of one run, over what they share: data, settings, encoder, progress."""

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
        timeline.expect(stage_seconds(workload(split, encoder, tokens), config))

    def embed_once(self, file: Path, fingerprint: str) -> Embedded:
        """`embed` for all queries, kept in a file for a resumed run."""
        query_ids = list(self.split.data.queries)
        stored = read_tensors(file, fingerprint)
        if stored is not None:
            tensors, _ = stored
            return Embedded(tensors["documents"].numpy(), tensors["queries"].numpy(), query_ids)
        embedded = self.embed(query_ids)
        tensors = {"documents": torch.from_numpy(embedded.documents), "queries": torch.from_numpy(embedded.queries)}
        write_tensors(file, tensors, {"fingerprint": fingerprint})
        return embedded

    def embed(self, query_ids: Sequence[str]) -> Embedded:
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
        return Embedded(of_documents, self.encoder.encode(texts, side=Side.QUERY, on_share=rest), query_ids)

    def rank(self, embedded: Embedded, query_ids: Sequence[str], depth: int) -> Rankings:
        """Rankings of some queries over all documents."""
        return rank(embedded.queries_of(query_ids), embedded.documents, list(query_ids), self.document_ids, k=depth)

    def take_turns(self, before: Embedded) -> list[Turn]:
        """Every fold made ready. Empty when no examples can be spared for choosing."""
        rankings = self.rank(before, [*self.split.train, *self.split.validation], POOL)
        turns = [self._turn(fold, before, rankings) for fold in make_folds(self.split, self.config.folds)]
        if not turns:
            self.on_event(LogEvent("No examples could be spared for choosing, so the base model stays as it is."))
        return turns

    @property
    def judged(self) -> SplitDataset:
        """What test queries search among: all there is."""
        return self.split

    @property
    def learning(self) -> str:
        """A sentence on the loss. Raises DataError when the data lack what it needs."""
        return learning_words(self.split, self.config)

    def fit(self, before: Embedded, work_folder: Path, fingerprint: str) -> CrossFit:
        """Trains every recipe in every turn."""
        return self.cross_fit(self.take_turns(before), before, work_folder, fingerprint)

    def cross_fit(self, turns: Sequence[Turn], before: Embedded, work_folder: Path, fingerprint: str) -> CrossFit:
        """The same of turns that are ready."""

        def on_event(event: Event) -> None:
            if isinstance(event, StepEvent):
                self.timeline.advance(event.step / event.total_steps)
            self.on_event(event)

        if self.config.tune is Tune.EVERYTHING:
            self.on_event(LogEvent(self.learning))
        fitting = CrossFit(
            self.encoder,
            self.tokens,
            (before.by_query, dict(zip(self.document_ids, before.documents, strict=True))),
            self.config,
            recipes_of(self.config, without_first=self.config.race and self._begins_without(turns)),
            loss=loss_of(self.split, self.config),
            work_folder=work_folder,
            fingerprint=fingerprint,
            on_event=on_event,
            should_stop=self.should_stop,
        )
        fitting.run(turns, self.timeline.advance)
        return fitting

    def _begins_without(self, turns: Sequence[Turn]) -> bool:
        scores = [score for turn in turns for score in turn.validation.judge(**turn.base).own.values()]
        matches = {name: tuple(self.split.data.relevance[name]) for name in self.split.train}
        return bool(scores) and begins_without_negatives(matches, float(np.mean(scores)))

    def _turn(self, fold: Fold, before: Embedded, rankings: Rankings) -> Turn:
        validation = ValidationSet.of(self.split, fold.choose, rankings)
        pool = set(validation.document_ids)
        rows = [row for row, name in enumerate(self.document_ids) if name in pool]
        base = {"queries": before.queries_of(fold.choose), "documents": before.documents[rows]}

        def mine(encoder: TextEncoder, on_share: OnShare) -> Examples:
            return self._examples(fold.learn, self._ranked_by(encoder, fold.learn, on_share))

        return Turn(self._examples(fold.learn, rankings), validation, base, mine)

    def _examples(self, learn: Sequence[str], rankings: Rankings) -> Examples:
        """The examples of these queries with negatives mined from rankings, where the settings want any."""
        data = self.split.data
        wanted = {name: rankings[name] for name in learn} if self.config.hard_negatives else {}
        matches = {match for name in learn for match in data.relevance[name]}
        documents = matches | {name for ranking in wanted.values() for name, _ in ranking}
        spared = spare(
            {name: data.queries[name] for name in learn},
            data.relevance,
            {name: text for name, text in data.documents.items() if name in documents},
        )
        return Examples.of_training_split(self.split, mine_hard_negatives(wanted, spared), learn, spared)

    def _ranked_by(self, encoder: TextEncoder, query_ids: Sequence[str], on_share: OnShare) -> Rankings:
        """Rankings of these queries by an encoder as it is now."""
        data = self.split.data
        texts = [data.queries[name] for name in query_ids]
        texts_of_documents = list(data.documents.values())
        documents = encoder.encode(texts_of_documents, side=Side.DOCUMENT, fast=True, on_share=on_share)
        queries = encoder.encode(texts, side=Side.QUERY, fast=True, on_share=on_share)
        return rank(queries, documents, list(query_ids), self.document_ids, k=POOL)

    def stop_if_asked(self) -> None:
        """Raises Cancelled when the caller wants to stop."""
        if self.should_stop():
            raise Cancelled

    def _tokenise(self) -> dict[str, Tokens]:
        """Training queries by "q" + id and all documents by "d" + id."""
        data = self.split.data
        queries = self.encoder.tokenise([data.queries[name] for name in self.split.train], Side.QUERY)
        documents = self.encoder.tokenise(list(data.documents.values()), Side.DOCUMENT)
        tokens = {f"q{name}": row for name, row in zip(self.split.train, queries, strict=True)}
        return tokens | {f"d{name}": row for name, row in zip(data.documents, documents, strict=True)}


def workload(split: SplitDataset, encoder: TextEncoder | None, tokens: float) -> Workload:
    """The size of a run, for the estimate of its time; `tokens` of a text, on average."""
    examples = Examples.of_training_split(split, {})
    return Workload(
        pairs=examples.pairs_an_epoch,
        queries=len(split.data.queries),
        documents=len(split.data.documents),
        validation=len(split.validation) or len(split.train),
        set_aside=bool(split.validation),
        tokens=tokens,
        parameters=encoder.working_parameters if encoder else Workload.parameters,
        device=encoder.device if encoder else "cpu",
        cores=torch.get_num_threads(),
    )
