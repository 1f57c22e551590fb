from benchmarks.comparison.settings import NINE, Setting, choose


def test_nine_settings_with_the_standard_among_them() -> None:
    assert {(setting.learning_rate, setting.epochs) for setting in NINE} == {
        (rate, epochs) for rate in (2e-5, 5e-5, 1e-4) for epochs in (1, 3, 5)
    }
    assert Setting() in NINE
    assert str(Setting()) == "lr 5e-05, 3 epochs"


def test_chooses_the_best_and_the_gentler_of_equal_ones() -> None:
    scores = dict.fromkeys(NINE, 0.5)
    assert choose(scores) == Setting(2e-5, 1)
    assert choose(scores | {Setting(5e-5, 3): 0.6, Setting(1e-4, 3): 0.6, Setting(2e-5, 5): 0.6}) == Setting(5e-5, 3)
    assert choose(scores | {Setting(1e-4, 5): 0.51}) == Setting(1e-4, 5)
