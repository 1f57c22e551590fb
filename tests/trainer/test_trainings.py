"""The cross-fit on a tiny real model: who learns from what, who judges what, and how it is told as one training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.trainer.tiny import make_split
from trainer import trainings as trainings_module
from trainer.blend import Candidate, choose
from trainer.checkpoint import Weights
from trainer.config import FinetuneConfig, Loss, Preset, Tune
from trainer.data.folds import make_folds
from trainer.data.pairs import SplitDataset
from trainer.encoders.text import TextEncoder
from trainer.encoders.word_rows import LearnedRows, learn_words
from trainer.examples import Examples, count_steps
from trainer.fit import set_weights
from trainer.mining import POOL
from trainer.progress import Event, LogEvent, Stage, StepEvent, ValidationEvent
from trainer.recipes import recipes_of
from trainer.stages import Embedded, Stages
from trainer.timeline import Timeline
from trainer.trainings import CrossFit
from trainer.validation import Scores

WORDS = "0.model.embeddings.word_embeddings"
CONFIG = FinetuneConfig(
    epochs=2,
    learning_rate=3e-3,
    batch_size=24,
    hard_negatives=2,
    mine_anew=True,
    try_without=True,
    try_mean=True,
    try_adapter=True,
    blends=(0.0, 0.5, 1.0),
    adapters=(0.5,),
)


def weights_of(encoder: TextEncoder) -> dict[str, torch.Tensor]:
    """By their names in a stock model, whether or not words are learning."""
    found = {}
    for name, weight in encoder.model.state_dict().items():
        words = encoder.model.get_submodule(name.rpartition(".rows")[0]) if name.endswith(".rows") else None
        if isinstance(words, LearnedRows):
            whole = words.table.weight.detach().clone()
            whole[words.places >= 0] = weight[words.places[words.places >= 0]]
            found[name.removesuffix("rows") + "weight"] = whole
        elif ".table." not in name:
            found[name] = weight.detach().clone()
    return found


class CrossFitting:
    """One whole cross-fit, and a record of every training: its settings, examples, and the weights it started with."""

    def __init__(self, model: Path, folder: Path, config: FinetuneConfig, split: SplitDataset | None = None) -> None:
        self.encoder, self.events = TextEncoder.load(model, device="cpu"), list[Event]()
        self.base = {name: weight.clone() for name, weight in self.encoder.model.state_dict().items()}
        self.split, self.folder, self.config = split or make_split(), folder, config
        self.fits: list[tuple[FinetuneConfig, Examples]] = []
        self.adapters: list[Examples] = []
        self.learned: list[Weights] = []

    def run(self, monkeypatch: pytest.MonkeyPatch) -> "CrossFitting":
        fit, fit_adapter = trainings_module.fit, trainings_module.fit_adapter

        def spied(encoder: TextEncoder, tokens: Any, examples: Examples, config: FinetuneConfig, **options: Any) -> Any:
            for name, weight in weights_of(encoder).items():
                assert torch.equal(weight, self.base[name]), "a training starts from what another one learned"
            self.fits.append((config, examples))
            fitted = fit(encoder, tokens, examples, config, **options)
            self.learned.append(fitted.weights)
            return fitted

        def spied_adapter(queries: Any, documents: Any, examples: Examples, seed: int) -> np.ndarray:
            self.adapters.append(examples)
            return fit_adapter(queries, documents, examples, seed)

        timeline = Timeline(dict.fromkeys(Stage, 1.0), self.events.append)
        stages = Stages(self.split, self.config, self.encoder, timeline, self.events.append, lambda: False)
        self.before: Embedded = stages.embed(list(self.split.data.queries))
        self.base_rankings = stages.rank(self.before, self.split.train, POOL)
        with monkeypatch.context() as patch:
            patch.setattr(trainings_module, "fit", spied)
            patch.setattr(trainings_module, "fit_adapter", spied_adapter)
            self.turns = stages.take_turns(self.before)
            self.fitting: CrossFit = stages.cross_fit(self.turns, self.before, self.folder, "x")
        return self

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def whole(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> CrossFitting:
    """Every recipe, in two turns."""
    with pytest.MonkeyPatch.context() as patch:
        return CrossFitting(tiny_model, tmp_path_factory.mktemp("whole"), CONFIG, few_folds()).run(patch)


def few_folds() -> SplitDataset:
    """Enough examples for two folds only: of fewer there are more."""
    split = make_split(n_validation=144)
    return replace(split, train=split.train + split.validation, validation=())


def test_no_model_is_judged_by_what_it_learned_from(whole: CrossFitting) -> None:
    """In each turn three full trainings and the adapter learn; none sees a query that then judges it."""
    assert len(whole.turns) == 2 and len(whole.fits) == 6 and len(whole.adapters) == 2
    for number, turn in enumerate(whole.turns):
        judges = set(turn.validation.query_ids)
        for examples in [
            *(examples for _, examples in whole.fits[3 * number : 3 * number + 3]),
            whole.adapters[number],
        ]:
            assert set(examples.positives) == set(whole.split.train) - judges
            for known in (examples.judged, examples.mined, examples.grades, examples.spared):
                assert not set(known) & judges
            for name, spared in examples.spared.items():
                assert set(spared) >= set(examples.positives[name]) and not set(spared) & set(examples.mined[name])
    assert sorted(q for turn in whole.turns for q in turn.validation.query_ids) == sorted(whole.split.train)


def test_every_candidate_is_judged_by_every_training_query_once(whole: CrossFitting) -> None:
    candidates = whole.fitting.candidates()
    assert all(set(candidate.scores.own) == set(whole.split.train) for candidate in candidates)
    assert all(set(candidate.scores.by_chance) == set(whole.split.train) for candidate in candidates)
    full = [(blend, adapter) for blend in (0.5, 1.0) for adapter in (0.0, 0.5)]
    assert [(c.recipe, c.blend, c.adapter) for c in candidates] == [
        (0, 0.0, 0.0),
        *[(recipe, *shares) for recipe in (1, 2, 3, 4) for shares in full],
        (5, 0.5, 0.5),
        (5, 1.0, 1.0),
    ]
    assert not any(candidate.dropped for candidate in candidates)


def test_the_mean_is_of_what_a_turn_learned_and_judged_by_the_turn_s_queries(
    whole: CrossFitting, tiny_model: Path
) -> None:
    mean = whole.fitting.trained.averages[3].weights
    for name, weight in mean.items():
        torch.testing.assert_close(weight, torch.stack([weights[name] for weights in whole.learned]).mean(0))
    published = whole.fitting.trained.scores[3][1.0, 0.0].own
    for number, turn in enumerate(whole.turns):
        encoder = TextEncoder.load(tiny_model, device="cpu")
        learn_words(encoder.model, whole.fitting.tokens.values())
        learned = whole.learned[3 * number : 3 * number + 3]
        set_weights(encoder, {name: torch.stack([weights[name] for weights in learned]).mean(0) for name in mean})
        scores = turn.validation.judge(**turn.validation.read(encoder)).own
        assert {name: published[name] for name in scores} == pytest.approx(scores)


def test_negatives_are_the_base_model_s_and_then_the_fold_s_own_model_s(whole: CrossFitting) -> None:
    """Mined anew: what the first recipe's model, trained without the fold's judges, ranks high, and the base does not
    always."""
    for number, turn in enumerate(whole.turns):
        plain, anew = (whole.fits[3 * number + place][1] for place in (0, 1))
        assert plain.mined == turn.examples.mined
        for query_id, mined in plain.mined.items():
            ranked = [name for name, _ in whole.base_rankings[query_id]]
            assert list(mined) == [name for name in ranked if name not in whole.split.data.relevance[query_id]]
        assert set(anew.mined) == set(plain.mined) and anew.mined != plain.mined
        assert anew.positives == plain.positives


def test_the_adapter_is_unmoved_by_what_is_mined_for_others(whole: CrossFitting) -> None:
    assert [examples.mined for examples in whole.adapters] == [turn.examples.mined for turn in whole.turns]


def test_is_told_as_one_training(whole: CrossFitting) -> None:
    steps = [event.step for event in whole.told(StepEvent)]
    expected = sum(config.epochs * count_steps(examples, config.batch_size) for config, examples in whole.fits)
    assert steps == sorted(steps) and steps[-1] == expected
    assert {event.total_steps for event in whole.told(StepEvent)} == {expected}
    passed = [event.epoch for event in whole.told(StepEvent)]
    assert passed == sorted(passed)
    epochs = [event.epoch for event in whole.told(ValidationEvent)]
    assert epochs[0] == 0 and epochs == sorted(set(epochs))
    assert epochs[-1] == 2 * sum(recipe.epochs for recipe in recipes_of(CONFIG))
    trained = whole.fitting.trained
    assert [epoch for epoch, _ in trained.validation] == epochs
    assert [score for _, score in trained.validation] == [event.score for event in whole.told(ValidationEvent)]
    assert [step for step, _ in trained.losses] == sorted({step for step, _ in trained.losses})
    assert trained.losses[-1][0] == expected


def test_what_is_learned_is_better_and_chosen(whole: CrossFitting) -> None:
    base, *tried = whole.fitting.candidates()
    chosen = choose(base, tried)
    assert chosen.score > base.score + 0.1 and chosen.recipe in (1, 2, 3, 4)


def chosen_of(whole: CrossFitting, recipe: int, blend: float, adapter: float) -> Candidate:
    candidates = whole.fitting.candidates()
    return next(c for c in candidates if (c.recipe, c.blend, c.adapter) == (recipe, blend, adapter))


def test_a_share_of_the_mean_of_all_turns_is_published(whole: CrossFitting) -> None:
    encoder, fitting = whole.encoder, whole.fitting
    fitting.apply(fitting.candidates()[0])
    base = weights_of(encoder)
    assert all(torch.equal(weight, whole.base[name]) for name, weight in base.items())
    fitting.apply(chosen_of(whole, 1, 0.5, 0.0))
    mean = dict(fitting.trained.averages[0].weights)
    words, used = mean.pop(f"{WORDS}.rows"), words_of(whole)
    mean[f"{WORDS}.weight"] = base[f"{WORDS}.weight"].index_copy(0, used, words)
    moved = 0
    for name, weight in weights_of(encoder).items():
        if name in mean:
            torch.testing.assert_close(weight, base[name] + 0.5 * 1.25 * (mean[name] - base[name]))
            moved += not torch.equal(weight, base[name])
        else:
            assert torch.equal(weight, base[name])
    assert moved > 20
    assert len(list(encoder.model)) == 3
    assert type(encoder.model.get_submodule(WORDS)) is nn.Embedding
    assert not torch.equal(words, base[f"{WORDS}.weight"][used])


def words_of(whole: CrossFitting) -> torch.Tensor:
    """Rows of the words that occur."""
    texts = [*whole.split.data.queries.values(), *whole.split.data.documents.values()]
    return torch.from_numpy(np.unique(np.concatenate([row["input_ids"] for row in whole.encoder.tokenise(texts)])))


def test_the_adapter_alone_and_on_top(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = FinetuneConfig.for_preset("quick", folds=2, blends=(0.0, 1.0))
    quick = CrossFitting(tiny_model, tmp_path, config, few_folds()).run(monkeypatch)
    assert quick.fits == [] and quick.told(StepEvent) == []
    base = quick.encoder.encode(["ask1 filler3", "name2"])
    quick.fitting.apply(quick.fitting.candidates()[-1])
    matrix = quick.fitting.trained.adapter.weights["adapter"].numpy()
    mixed = np.eye(32) + 1.25 * (matrix - np.eye(32))
    expected = base @ mixed
    found = quick.encoder.encode(["ask1 filler3", "name2"])
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)
    assert np.abs(found - base).max() > 1e-3


def test_a_race_goes_on_with_what_is_ahead(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainings_module, "CLEARLY_AHEAD", np.inf)
    config = replace(CONFIG, race=True, mine_anew=False, try_mean=False, try_adapter=False, folds=3)
    race = CrossFitting(tiny_model, tmp_path, config, few_folds()).run(monkeypatch)
    assert [fitted.hard_negatives for fitted, _ in race.fits[:2]] == [2, 0]
    (winner,) = {fitted.hard_negatives for fitted, _ in race.fits[2:]}
    assert len(race.fits) == 4
    candidates = race.fitting.candidates()
    for candidate in candidates[1:]:
        is_winner = (candidate.recipe == 1) == (winner == 2)
        assert candidate.dropped is not is_winner
        judges = race.split.train if is_winner else race.turns[0].validation.query_ids
        assert set(candidate.scores.own) == set(judges)
    assert not choose(candidates[0], candidates[1:]).dropped
    assert [event.message for event in race.told(LogEvent) if "Ahead" in event.message]
    last = race.told(StepEvent)[-1]
    assert last.step == last.total_steps
    assert all(event.step <= event.total_steps for event in race.told(StepEvent))


def test_a_race_begins_without_hard_negatives_where_items_do_not_recur(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = few_folds()
    data = split.data
    own = {f"of {name}": data.documents[match] for name in split.train for match in data.relevance[name]}
    relevance = {**data.relevance, **{name: {f"of {name}": 1.0} for name in split.train}}
    split = replace(split, data=replace(data, documents={**data.documents, **own}, relevance=relevance))
    monkeypatch.setattr(trainings_module, "CLEARLY_AHEAD", 1.0)
    config = replace(CONFIG, race=True, mine_anew=False, try_mean=False, try_adapter=False)
    race = CrossFitting(tiny_model, tmp_path, config, split).run(monkeypatch)
    assert [fitted.hard_negatives for fitted, _ in race.fits] == [0, 0]
    assert {candidate.name.split(",")[0] for candidate in race.fitting.candidates()} == {"base", "no hard negatives"}


def test_nothing_else_is_tried_where_the_first_way_is_clearly_better(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainings_module, "CLEARLY_AHEAD", 2.0)
    config = replace(CONFIG, race=True, mine_anew=False, try_mean=False, try_adapter=False)
    race = CrossFitting(tiny_model, tmp_path, config, few_folds()).run(monkeypatch)
    assert [fitted.hard_negatives for fitted, _ in race.fits] == [2, 2]
    candidates = race.fitting.candidates()
    assert {candidate.recipe for candidate in candidates} == {0, 1}
    assert all(set(candidate.scores.own) == set(race.split.train) for candidate in candidates)
    assert not any(candidate.dropped for candidate in candidates[1:])
    assert race.told(StepEvent)[-1].step == race.told(StepEvent)[-1].total_steps


def test_a_lead_that_may_not_be_chosen_does_not_end_a_race(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainings_module, "CLEARLY_AHEAD", 2.0)
    monkeypatch.setattr("trainer.blend.SURE", np.inf)  # all examples are doubtful
    monkeypatch.setattr("trainer.blend.CERTAIN", np.inf)
    config = replace(CONFIG, race=True, mine_anew=False, try_mean=False, try_adapter=False)
    race = CrossFitting(tiny_model, tmp_path, config, few_folds()).run(monkeypatch)
    assert {candidate.recipe for candidate in race.fitting.candidates()} == {0, 1, 2}


def test_every_fold_learns_by_the_loss_of_all_examples(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single question names a wrong item, so that one of the folds has none."""
    split = few_folds()
    (first, *_), (document, *_) = split.train, reversed(split.data.documents)
    split = replace(split, data=replace(split.data, negatives={first: (document,)}))
    config = replace(CONFIG, loss=Loss.TRIPLET, mine_anew=False, try_without=False, try_adapter=False, epochs=1)
    whole = CrossFitting(tiny_model, tmp_path, config, split).run(monkeypatch)
    assert sorted(len(examples.judged) for _, examples in whole.fits) == [0, 1]
    assert len(whole.fitting.candidates()) > 1


def test_what_is_mined_anew_races_beside_the_model_that_mines(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a later turn's negatives would be mined by the turn before, which learned from this one's judges."""

    class Fixed(CrossFit):
        def _judge(self, *arguments: Any) -> Any:
            found = super()._judge(*arguments)
            second = sum(bool(scores) for scores in self.trained.scores) == 1  # of the first turn; it is to win
            for scores in found.values():
                scores.own.update(dict.fromkeys(scores.own, float(second)))
            return found

    monkeypatch.setattr("trainer.stages.CrossFit", Fixed)
    monkeypatch.setattr(trainings_module, "CLEARLY_AHEAD", np.inf)
    config = replace(CONFIG, race=True, try_mean=False, try_adapter=False, epochs=1)
    race = CrossFitting(tiny_model, tmp_path, config, few_folds()).run(monkeypatch)
    assert len(race.fits) == 3 + 2
    miner, anew = race.fits[3][1], race.fits[4][1]
    assert miner.mined == race.turns[1].examples.mined != anew.mined


def test_a_mean_that_is_ahead_races_on_beside_all_that_it_is_of(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fixed(CrossFit):
        def _judge(self, *arguments: Any) -> Any:
            found = super()._judge(*arguments)
            is_mean = sum(bool(scores) for scores in self.trained.scores) == 2  # the third of the first turn
            for scores in found.values():
                scores.own.update(dict.fromkeys(scores.own, float(is_mean)))
            return found

    monkeypatch.setattr("trainer.stages.CrossFit", Fixed)
    monkeypatch.setattr(trainings_module, "CLEARLY_AHEAD", np.inf)
    config = replace(CONFIG, race=True, mine_anew=False, try_adapter=False, epochs=1)
    race = CrossFitting(tiny_model, tmp_path, config, few_folds()).run(monkeypatch)
    assert len(race.fits) == 2 + 2
    mean = race.fitting.trained.averages[2].weights
    for name, weight in mean.items():
        torch.testing.assert_close(weight, torch.stack([weights[name] for weights in race.learned]).mean(0))


def test_queries_set_aside_judge_one_training_of_all_others(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(CONFIG, mine_anew=False, try_without=False, try_adapter=False, folds=4)
    aside = CrossFitting(tiny_model, tmp_path, config, make_split(n_validation=36)).run(monkeypatch)
    ((_, examples),) = aside.fits
    assert set(examples.positives) == set(aside.split.train)
    candidates = aside.fitting.candidates()
    assert all(set(candidate.scores.own) == set(aside.split.validation) for candidate in candidates)
    aside.fitting.apply(candidates[-2])
    assert (candidates[-2].blend, candidates[-2].adapter) == (1.0, 0.0)
    learned = dict(aside.fitting.trained.averages[0].weights)
    words = learned.pop(f"{WORDS}.rows")
    torch.testing.assert_close(weights_of(aside.encoder)[f"{WORDS}.weight"][words_of(aside)], words)
    for name, weight in learned.items():
        torch.testing.assert_close(aside.encoder.model.get_parameter(name).detach(), weight)  # one model is no mean
    assert not [event for event in aside.told(LogEvent) if "turns" in event.message]


def test_where_nobody_can_choose_nothing_is_trained(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = make_split()
    queries = {name: "ask1" if name in split.train else text for name, text in split.data.queries.items()}
    alike = replace(split, data=replace(split.data, queries=queries))
    assert make_folds(alike, 2) == []
    none = CrossFitting(tiny_model, tmp_path, CONFIG, alike).run(monkeypatch)
    assert none.fits == [] and none.adapters == []
    (base,) = none.fitting.candidates()
    assert base.scores == Scores() and choose(base, []) is base
    assert any("stays as it is" in event.message for event in none.told(LogEvent))


# --- What is tried


def names(config: FinetuneConfig) -> list[str]:
    return [recipe.name for recipe in recipes_of(config)]


def test_each_preset_tries_what_it_promises() -> None:
    assert names(FinetuneConfig.for_preset(Preset.QUICK)) == ["adapter"]
    assert names(FinetuneConfig.for_preset(Preset.BALANCED)) == ["4 hard negatives", "no hard negatives"]
    assert names(FinetuneConfig.for_preset(Preset.THOROUGH)) == [
        "4 hard negatives",
        "4 hard negatives, mined anew",
        "no hard negatives",
        "mean of all 3 ways",
        "adapter",
    ]
    assert [recipe.mined_anew for recipe in recipes_of(FinetuneConfig.for_preset(Preset.THOROUGH))] == [0, 1, 0, 0, 0]


def test_settings_decide_what_is_tried() -> None:
    plain = FinetuneConfig(hard_negatives=0, mine_anew=True, try_mean=True)
    assert names(plain) == ["no hard negatives"]  # nothing could be mined anew, nor is there a mean of one
    assert recipes_of(plain)[0].config == plain  # as asked for: gentler only beside hard negatives
    assert names(FinetuneConfig(try_adapter=True)) == ["4 hard negatives", "adapter"]
    adapter = recipes_of(FinetuneConfig(epochs=9, try_adapter=True))[1]
    assert (adapter.config.tune, adapter.epochs) == (Tune.ADAPTER, 1)


@pytest.mark.parametrize("epochs", [1, 3, 60, 61, 100])
@pytest.mark.parametrize("rate", [1e-7, 1e-4])
def test_whatever_may_be_set_can_be_tried_without_hard_negatives(epochs: int, rate: float) -> None:
    tried, without = recipes_of(FinetuneConfig(epochs=epochs, learning_rate=rate, try_without=True))
    assert tried.config.epochs == epochs <= without.config.epochs <= 100
    assert without.config.hard_negatives == 0 and without.config.learning_rate <= rate


def test_unknown_ways_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="tune must be one of everything, adapter"):
        FinetuneConfig(tune="half")  # type: ignore[arg-type]
    for folds in (1, 11):
        with pytest.raises(ValueError, match="folds must be between 2 and 10"):
            FinetuneConfig(folds=folds)
    with pytest.raises(ValueError, match="adapters must each be between 0 and 1"):
        FinetuneConfig(adapters=(0.5, 1.5))
    for blends in ((0.0,), ()):
        with pytest.raises(ValueError, match="blends must have a share above 0"):
            FinetuneConfig(blends=blends)
