"""What one run tries. Free of torch."""

from dataclasses import dataclass, replace

from trainer.config import FinetuneConfig, Tune


@dataclass(frozen=True)
class Recipe:
    """One way of learning that is tried. mined_anew: with negatives that the recipe before, once trained, mined.
    of_all: no training, but the mean of what those before it learned."""

    name: str
    config: FinetuneConfig
    mined_anew: bool = False
    of_all: bool = False

    @property
    def epochs(self) -> int:
        """Passes over the examples that a person would count; what takes no more than a moment counts as one."""
        return self.config.epochs if self.trains else 1

    @property
    def trains(self) -> bool:
        """Whether the encoder itself is trained, epoch by epoch. An adapter takes a dozen steps, on embeddings that
        exist already; a mean is only taken."""
        return self.config.tune is Tune.EVERYTHING and not self.of_all


def recipes_of(config: FinetuneConfig, *, without_first: bool = False) -> list[Recipe]:
    """What is tried, in the order in which it learns. In a race one may win so clearly that no later one is tried.

    Hard negatives, mined by the base model and then anew; none; the mean of these; the adapter. without_first: in a
    race, begin without hard negatives, as `trainer.first_way` advises.
    """
    if config.tune is Tune.ADAPTER:
        return [Recipe("adapter", config)]
    with_negatives, without = [], []
    if config.hard_negatives:
        with_negatives.append(Recipe(f"{config.hard_negatives} hard negatives", config))
        if config.mine_anew:
            anew = Recipe(f"{config.hard_negatives} hard negatives, mined anew", config, mined_anew=True)
            with_negatives.append(anew)
    if config.try_without or not config.hard_negatives:
        gentle = _gentler(config) if config.hard_negatives else config
        without.append(Recipe("no hard negatives", replace(gentle, hard_negatives=0)))
    recipes = without + with_negatives if without_first and config.race else with_negatives + without
    if config.try_mean and len(recipes) > 1:
        recipes.append(Recipe(f"mean of all {len(recipes)} ways", config, of_all=True))
    if config.try_adapter:
        recipes.append(Recipe("adapter", replace(config, tune=Tune.ADAPTER)))
    return recipes


def _gentler(config: FinetuneConfig) -> FinetuneConfig:
    """Without hard negatives, more passes and larger batches suit better, as all that a match is told from are the
    others of its batch: measured on data whose items do not recur."""
    return replace(
        config,
        epochs=min(round(config.epochs * 5 / 2), 100),  # still in range, as is the other
        batch_size=min(round(config.batch_size * 5 / 2), 4096),
    )
