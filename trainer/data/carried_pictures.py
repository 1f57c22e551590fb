"""The pictures of a data set on their way to the next: those that it has, as they are, and those of a further file."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PIL import Image

from trainer.data.look_alikes import find_alike, look_of, still_alike
from trainer.data.pairing import PairingResult
from trainer.data.pairs import PairDataset
from trainer.data.picture_intake import PictureFacts, PictureIntake
from trainer.data.picture_store import PictureStore, PictureWriter

_LOOKED_AT_SIDE = 64  # pixels; what look_of sees of a picture is smaller still


class CarriedPictures:
    """intake: for the pictures of a further file. One that is there already is known by the key that it has."""

    def __init__(self, data: PairDataset, store: PictureStore, writer: PictureWriter) -> None:
        self._data, self._store, self._writer = data, store, writer
        self.intake = PictureIntake(writer)

    def finish(self, pairing: PairingResult) -> tuple[PairingResult, PictureFacts]:
        """Copy what is used, and say which pictures look the same, and how those of rows left out are called."""
        paired = pairing.dataset
        asked = paired.queries.values() if paired.task.has_picture_queries else ()
        used = dict.fromkeys([*paired.documents.values(), *asked])
        sizes: dict[str, tuple[int, int]] = {}
        for key in used:
            if key in self._store:
                self._writer.copy(key, self._store)
                sizes[key] = Image.open(BytesIO(self._store.read(key))).size
            else:
                sizes[key] = self.intake.sizes[key]
        captions = {**self.intake.captions, **self._data.captions}
        rejected = [
            replace(row, values=tuple(captions.get(value, value) for value in row.values)) for row in pairing.rejected
        ]
        kept = {key: name for key, name in captions.items() if key in used}
        dataset = replace(paired, captions=kept, alike=self._alike(list(used)))
        facts = PictureFacts(sizes, tuple(self.intake.missing), tuple(self.intake.unusable))
        return replace(pairing, dataset=dataset, rejected=rejected), facts

    def _alike(self, used: list[str]) -> dict[str, str]:
        """Earlier pictures come first. Without new ones nothing is looked at again."""
        earlier = [key for key in used if key in self._store]
        known = still_alike(self._data.alike, earlier)
        if len(earlier) == len(used):
            return known
        looks = {key: look_of(self._small(key)) for key in earlier}
        looks |= {key: self.intake.looks[key] for key in used if key not in self._store}
        return find_alike(looks, known)

    def _small(self, key: str) -> Image.Image:
        picture = Image.open(BytesIO(self._store.read(key)))
        picture.draft("RGB", (_LOOKED_AT_SIDE, _LOOKED_AT_SIDE))  # a JPEG is decoded with no more detail than needed
        return picture.convert("RGB")


@contextmanager
def carried(data: PairDataset, stored: Path | None, into: Path | None) -> Iterator[CarriedPictures | None]:
    """The pictures of a data set, which lie in `stored`, while those of the next are written to `into`; None without
    any. Raises DataError."""
    if stored is None or into is None:
        yield None
        return
    with ExitStack() as stack:
        store = stack.enter_context(PictureStore(stored))
        yield CarriedPictures(data, store, stack.enter_context(PictureWriter(into, store)))
