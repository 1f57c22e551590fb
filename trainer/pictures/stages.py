"""The stages of one run about pictures, each a step of the pipeline."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from trainer.checkpoint import read_tensors, write_tensors
from trainer.config import FinetuneConfig, Tune
from trainer.data.folds import Fold, make_folds
from trainer.data.label_relevance import LabelRelevance
from trainer.data.pairs import SplitDataset
from trainer.encoders.base import Side
from trainer.encoders.clip import ClipEncoder
from trainer.encoders.dual import DualEncoder
from trainer.encoders.loading import PicturesEncoder
from trainer.encoders.picture import PictureEncoder
from trainer.errors import Cancelled
from trainer.estimate import POOL_DOCUMENTS
from trainer.estimate_pictures import UNKNOWN, Cost, cost_of, picture_stage_seconds
from trainer.evaluation.ranking import Rankings, rank, without_itself
from trainer.loss_choice import CLOSED_FORM, learning_words, loss_of
from trainer.pictures.directions import projected
from trainer.pictures.dual_network import DualNetwork
from trainer.pictures.lessons import LearningPart
from trainer.pictures.network import make_network
from trainer.pictures.seen import Seen
from trainer.pictures.turns import PictureTurn, PictureTurns, make_turn
from trainer.pictures.zero_shot import label_embeddings, label_likelihoods, label_names
from trainer.progress import LogEvent, OnEvent, ShouldStop
from trainer.stages import Embedded
from trainer.timeline import Timeline
from trainer.validation import ValidationSet

FOLDS_OF_PAIRS = 4
FOLDS_OF_LABELS = 3
"""At least. The more there is to learn from, the better: measured on 300 emoji and their words, nDCG@10 .335 with 2
folds and .346 with 4; on 1,000 labelled product photos, upper layers, MAP@10 .780 with 2 folds and .789 with 3."""


def searched(split: SplitDataset) -> SplitDataset:
    """The split as the test queries see it: without the documents that are there to learn from only."""
    data = split.data
    if not data.learning_only:
        return split
    documents = {name: key for name, key in data.documents.items() if name not in data.learning_only}
    relevance = data.relevance
    if isinstance(relevance, LabelRelevance):
        labels = {name: label for name, label in relevance.documents.items() if name in documents}
        relevance = LabelRelevance(relevance.queries, labels, data.twins)
    return replace(split, data=replace(data, documents=documents, relevance=relevance, learning_only=frozenset()))


class PictureStages:
    """The stages of one run, over what they share: data, settings, encoder, progress. split: all there is to learn
    from; `judged` is what test queries search among."""

    def __init__(
        self,
        split: SplitDataset,
        config: FinetuneConfig,
        encoder: PicturesEncoder,
        timeline: Timeline,
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> None:
        self.split, self.judged, self.config, self.encoder = split, searched(split), config, encoder
        self.timeline, self.on_event, self.should_stop = timeline, on_event, should_stop
        self.network = make_network(encoder, quick=config.tune is Tune.ADAPTER)
        on_event(LogEvent(self.learning))  # before anything is read: the data may lack what it needs
        self.document_ids = list(self.judged.data.documents)
        self.has_labels = bool(split.data.labels)
        self._seen: Seen | None = None
        self._turns: PictureTurns | None = None
        n_read = len(_pictures(split))
        n_texts = 0 if split.data.task.has_picture_queries else len(split.data.queries)
        cost = _cost_of(encoder)
        timeline.expect(
            picture_stage_seconds(
                config, len(split.train), n_read, encoder.device, torch.get_num_threads(), cost, n_texts
            )
        )

    def embed_once(self, file: Path, fingerprint: str) -> Embedded:
        """Reads every picture; features and what the lower layers made of them are kept for a resumed run."""
        known, keys = _known(self.split), _pictures(self.split)
        has_layers = self.config.tune is Tune.EVERYTHING or not self.network.has_matrix
        activations = file.with_name("activations.f16") if has_layers else None
        stored = read_tensors(file, fingerprint)
        if stored is not None and (kept := _reopened(activations, stored[1]["shape"])) is not None:
            features = stored[0]["features"].numpy()
            self.network.prepare(features[: len(known)])
            self._seen = Seen(self.network, keys, features, kept, len(known))
        else:
            self._seen = Seen.read(self.network, keys, activations, self._advance, known=len(known))
            facts = {"fingerprint": fingerprint, "shape": list(self._seen.activations.shape)}
            write_tensors(file, {"features": torch.from_numpy(self._seen.features)}, facts)
        return self._from_features(list(self.split.data.queries))

    def embed(self, query_ids: Sequence[str]) -> Embedded:
        """All documents that are searched and some queries, by the encoder as it is now."""
        if self._turns is None or not self._turns.changed_layers:
            return self._from_features(query_ids)
        data = self.judged.data
        documents = self.encoder.encode(list(data.documents.values()), side=Side.DOCUMENT, on_share=self._advance)
        texts = [data.queries[name] for name in query_ids]
        return Embedded(documents, self.encoder.encode(texts, side=Side.QUERY, on_share=self._stoppable), query_ids)

    @property
    def learning(self) -> str:
        """A sentence on the loss, or on both where there are two. Raises DataError when the data lack what it needs."""
        words = learning_words(self.split, self.config)
        if not isinstance(self.network, DualNetwork):
            return words
        if self.config.tune is Tune.ADAPTER:
            return CLOSED_FORM
        return f"{CLOSED_FORM} Its upper layers are tried beside it. {words}"

    def rank(self, embedded: Embedded, query_ids: Sequence[str], depth: int) -> Rankings:
        """Rankings of some queries over all documents that are searched, but for a query's own picture."""
        queries, names = embedded.queries_of(query_ids), list(query_ids)
        found = rank(queries, embedded.documents, names, self.document_ids, k=depth + 1)
        return without_itself(found, self.judged.data.twins, depth)

    def fit(self, before: Embedded, work_folder: Path, fingerprint: str) -> PictureTurns:
        """Trains every recipe in every turn."""
        assert self._seen is not None
        known = {*self.split.train, *self.split.validation}
        words = {name: vector for name, vector in before.by_query.items() if name in known}
        if self.split.data.task.has_picture_queries:
            words = {}
        else:
            self.network.prepare_words(np.stack(list(words.values())))
        self._turns = PictureTurns(
            self._seen,
            words,
            self.config,
            loss=None if self.has_labels else loss_of(self.split, self.config),
            work_folder=work_folder,
            fingerprint=fingerprint,
            on_event=self.on_event,
            should_stop=self.should_stop,
        )
        count = max(self.config.folds, FOLDS_OF_LABELS if self.has_labels else FOLDS_OF_PAIRS)
        folds = [self._turn(fold, words) for fold in make_folds(self.split, count)]
        turns = [turn for turn in folds if turn is not None]
        if not turns:
            self.on_event(LogEvent("No examples could be spared for choosing, so the base model stays as it is."))
        self._turns.run(turns, self.timeline.advance)
        return self._turns

    def zero_shot(self, before: Embedded, query_ids: Sequence[str], depth: int) -> Rankings | None:
        """The same rankings without any training, by the names of the labels alone; None where there are no labels, or
        where the base model reads no texts. before: by the base model. Its text tower stays as it was."""
        labels = label_names(self.judged)
        if not isinstance(self.encoder, ClipEncoder) or not labels:
            return None
        named = label_embeddings(self.encoder, labels, self._stoppable)
        scale = float(self.encoder.logit_scale.detach().exp())
        queries, documents = (
            label_likelihoods(pictures, named, scale) for pictures in (before.queries_of(query_ids), before.documents)
        )
        return self.rank(Embedded(documents, queries, query_ids), query_ids, depth)

    def stop_if_asked(self) -> None:
        """Raises Cancelled when the caller wants to stop."""
        if self.should_stop():
            raise Cancelled

    def _turn(self, fold: Fold, words: dict[str, np.ndarray]) -> PictureTurn | None:
        """None where nothing of the fold can judge."""
        part = LearningPart(fold.learn, self.split.data)
        validation = self._validation(fold)
        can_learn = self.has_labels or bool(part.relevance())
        return make_turn(part, validation, words) if validation.query_ids and can_learn else None

    def _validation(self, fold: Fold) -> ValidationSet:
        """Those who choose search among all pictures that they are not themselves: labelled ones among those that are
        learned from, as a catalogue's labels are for judging only; others among a part of the pictures where there are
        many."""
        data, choosing = self.split.data, set(fold.choose)
        if isinstance(data.relevance, LabelRelevance):
            learning = set(fold.learn)
            found = {
                name: label for name, label in data.relevance.documents.items() if data.twins.get(name) in learning
            }
            there = set(found.values())
            queries = {name: data.labels[name] for name in fold.choose if data.labels[name] in there}
            return ValidationSet(tuple(queries), list(found), LabelRelevance(queries, found), self.split)
        kept = [name for name in data.documents if data.twins.get(name) not in choosing]
        if len(kept) > POOL_DOCUMENTS:
            matches = {name for query_id in fold.choose for name in data.relevance[query_id]}
            drawn = np.random.default_rng(abs(self.split.seed)).permutation(len(kept))[:POOL_DOCUMENTS]
            pool = matches | {kept[place] for place in drawn}
            kept = [name for name in kept if name in pool]
        there = set(kept)
        relevance = {
            name: {document: gain for document, gain in data.relevance[name].items() if document in there}
            for name in fold.choose
        }
        relevance = {name: gains for name, gains in relevance.items() if gains}
        return ValidationSet(tuple(relevance), kept, relevance, self.split)

    def _from_features(self, query_ids: Sequence[str]) -> Embedded:
        """By what was read of the pictures once, and what lies on top of it now."""
        data = self.judged.data
        documents = self._projected(list(data.documents.values()))
        queries = [data.queries[name] for name in query_ids]
        if data.task.has_picture_queries:
            return Embedded(documents, self._projected(queries), query_ids)
        return Embedded(documents, self.encoder.encode(queries, side=Side.QUERY, on_share=self._stoppable), query_ids)

    def _projected(self, keys: Sequence[str]) -> np.ndarray:
        assert self._seen is not None
        matrix = self._turns.applied_matrix if self._turns is not None else None
        zero = torch.zeros(self.network.matrix_shape)
        found = self._seen.embed(self._seen.places(keys), zero if matrix is None else matrix)
        directions = self._turns.directions if self._turns is not None else None
        return found if directions is None else projected(found, directions)

    def _advance(self, share: float) -> None:
        self.stop_if_asked()
        self.timeline.advance(share)

    def _stoppable(self, share: float) -> None:
        self.stop_if_asked()


def _cost_of(encoder: PicturesEncoder) -> Cost:
    """What kind of model it is; the run's own pace then tells how large."""
    if isinstance(encoder, DualEncoder):
        return cost_of("minilm-effnet")
    has_stages = isinstance(encoder, PictureEncoder) and encoder.has_stages
    return cost_of("efficientnet-lite0") if has_stages else UNKNOWN


def _known(split: SplitDataset) -> list[str]:
    """Every picture that a model may learn from, labels or not: all but those that only the test searches with."""
    data = split.data
    queries = [data.queries[name] for name in (*split.train, *split.validation)]
    return list(dict.fromkeys([*data.documents.values(), *(queries if data.task.has_picture_queries else ())]))


def _pictures(split: SplitDataset) -> list[str]:
    """Every picture of a data set, once; those of `_known` first."""
    queries = split.data.queries.values() if split.data.task.has_picture_queries else ()
    return list(dict.fromkeys([*_known(split), *queries]))


def _reopened(file: Path | None, shape: Sequence[int]) -> np.ndarray | None:
    """What an earlier attempt kept in `file`, nothing where that is None, or None where it is not whole."""
    if file is None:
        return np.zeros((0, 0), np.float16)
    size: Any = int(np.prod(shape)) * 2
    if not file.exists() or file.stat().st_size != size:
        return None
    return np.memmap(file, dtype=np.float16, mode="r", shape=tuple(shape))
