"""A split data set as bytes and back: canonical JSON, compressed. The only form that anything later reads."""

import gzip
import json
import zlib
from typing import Any

from trainer.data.frozen_pictures import picture_fields, picture_fields_are_sound, texts, thawed_picture_fields
from trainer.data.pairs import PairDataset, SplitDataset, SplitKind
from trainer.data.table import RejectedRow
from trainer.errors import DataError

FORMAT = 1
_LARGEST = 1 << 31  # bytes unpacked; the limits of reading allow less
_AGAIN = "Prepare the data again from the uploaded files."


def freeze(split: SplitDataset, rejected: list[RejectedRow]) -> bytes:
    """The data set and the rejected rows. Equal data give equal bytes."""
    data = split.data
    plain: dict[str, Any] = {
        "format": FORMAT,
        "kind": split.kind.value,
        "seed": split.seed,
        "queries": data.queries,
        "documents": data.documents,
        "relevance": {} if data.labels else data.relevance,
        "negatives": {query_id: list(wrong) for query_id, wrong in data.negatives.items()},
        "segments": data.segments,
        "train": list(split.train),
        "validation": list(split.validation),
        "test": list(split.test),
        "known_items": [query_id for query_id in split.test if query_id in split.known_items],
        "receipt": split.receipt,
        "rejected": [row.as_dict() for row in rejected],
    }
    if data.grades:  # absent otherwise, so that data without scores have the bytes that they always had
        plain["grades"] = data.grades
    plain |= picture_fields(data)
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def thaw(data: bytes) -> tuple[SplitDataset, list[RejectedRow]]:
    """The opposite of `freeze`. Raises DataError when the bytes are no data set, or one that contradicts itself."""
    plain = _unpack(data)
    try:
        split = _split(plain)
        rejected = [RejectedRow.from_dict(row) for row in plain["rejected"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError("The stored data set is incomplete or damaged.", _AGAIN) from error
    _check(split)
    return split, rejected


def _unpack(data: bytes) -> dict[str, Any]:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(data, _LARGEST)
        plain = json.loads(text) if unpacker.eof and not unpacker.unused_data else None
    except (zlib.error, ValueError, RecursionError) as error:
        raise DataError("The stored data set is damaged.", _AGAIN) from error
    if not isinstance(plain, dict):
        raise DataError("The stored data set is damaged.", _AGAIN)
    if plain.get("format") != FORMAT:
        raise DataError("The stored data set has a format that this version does not know.", _AGAIN)
    return plain


def _split(plain: dict[str, Any]) -> SplitDataset:
    more = thawed_picture_fields(plain)
    relevance: Any = more.pop("relevance", None) or {
        str(q): {str(d): float(gain) for d, gain in gains.items()} for q, gains in plain["relevance"].items()
    }
    return SplitDataset(
        data=PairDataset(
            queries=texts(plain["queries"]),
            documents=texts(plain["documents"]),
            relevance=relevance,
            negatives={str(query): tuple(map(str, wrong)) for query, wrong in plain["negatives"].items()},
            segments=texts(plain["segments"]),
            grades={
                str(q): {str(d): float(grade) for d, grade in grades.items()}
                for q, grades in plain.get("grades", {}).items()
            },
            **more,
        ),
        train=tuple(map(str, plain["train"])),
        validation=tuple(map(str, plain["validation"])),
        test=tuple(map(str, plain["test"])),
        kind=SplitKind(plain["kind"]),
        seed=int(plain["seed"]),
        known_items=frozenset(map(str, plain["known_items"])),
        receipt=dict(plain["receipt"]),
    )


def _check(split: SplitDataset) -> None:
    data = split.data
    ids = [*split.train, *split.validation, *split.test]
    judged = {} if data.labels else data.relevance  # what labels say holds by its making
    named = {document for gains in judged.values() for document in gains}
    named.update(document for wrong in data.negatives.values() for document in wrong)
    sound = (
        len(ids) == len(set(ids))
        and set(ids) == set(data.queries) == set(data.relevance)
        and set(data.negatives) <= set(data.queries)
        and set(data.segments) <= set(data.queries)
        and named <= set(data.documents)
        and split.known_items <= set(split.test)
        and all(_is_judged(data, query_id, grades) for query_id, grades in data.grades.items())
        and all(gains and all(0 < gain < float("inf") for gain in gains.values()) for gains in judged.values())
        and picture_fields_are_sound(data)
    )
    if not sound:
        raise DataError("The stored data set contradicts itself.", _AGAIN)


def _is_judged(data: PairDataset, query_id: str, grades: dict[str, float]) -> bool:
    judged = {*data.relevance.get(query_id, {}), *data.negatives.get(query_id, ())}
    return set(grades) <= judged and all(0 <= grade <= 1 for grade in grades.values())
