from trainer.progress import Event, Stage, StageEvent
from trainer.timeline import Timeline


def test_the_fraction_never_goes_back_and_ends_at_one() -> None:
    events: list[Event] = []
    timeline = Timeline(dict.fromkeys(Stage, 10.0), events.append)
    for stage in Stage:
        timeline.start(stage)
        timeline.expect({Stage.SAVE: 100.0})
        timeline.advance(0.5)
    timeline.finish()
    fractions = [event.fraction for event in events if isinstance(event, StageEvent)]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0
    assert max(fractions[:-1]) < 1.0
    assert set(timeline.seconds) >= {"before", "fit", "after", "total"}
