"""Queries that must stay together: near-identical ones, and where items are new, those that lead to the same item."""

from collections import defaultdict
from collections.abc import Hashable, Iterable

from trainer.data.near_duplicates import Groups, group_near_identical
from trainer.data.pairs import PairDataset, SplitDataset
from trainer.data.sayings import sayings


def query_groups(dataset: PairDataset) -> dict[str, int]:
    """{query_id: number of its group of near-identical queries}.

    Of pictures, those that look alike; and one that is also an item stays with the pictures that lead to it.
    """
    if not dataset.task.has_picture_queries:
        return dict(zip(dataset.queries, group_near_identical(list(dataset.queries.values())), strict=True))
    looks = [_look(dataset, picture) for picture in dataset.queries.values()]
    groups = Groups(len(looks))
    groups.join_equal(looks)
    if not dataset.labels:
        first = {look: i for i, look in reversed(list(enumerate(looks)))}
        for i, query_id in enumerate(dataset.queries):
            for document in dataset.relevance[query_id]:
                groups.join(i, first.get(_look(dataset, dataset.documents[document]), i))
    return dict(zip(dataset.queries, groups.roots(), strict=True))


def alike_queries(split: SplitDataset) -> dict[str, int]:
    """{test query: number of its group} of test queries that say the same, or of pictures that look alike."""
    asked = [split.data.queries[query_id] for query_id in split.test]
    if not split.data.task.has_picture_queries:
        places: dict[Hashable, int] = {}
        said = sayings(dict(zip(split.test, asked, strict=True)))
        return {query_id: places.setdefault(key, at) for at, (query_id, key) in enumerate(said.items())}
    groups = Groups(len(asked))
    groups.join_equal([_look(split.data, picture) for picture in asked])
    return dict(zip(split.test, groups.roots(), strict=True))


def item_groups(dataset: PairDataset) -> dict[str, int]:
    """{query_id: number of its component}: queries that are near-identical or lead to the same item.

    Near-identical items count as the same, for who has learned one knows the other: two sizes of a screw. Pictures are
    the same that look alike. Where labels say what matches, a label is an item.
    """
    query_ids = list(dataset.queries)
    near = list(query_groups(dataset).values())
    if dataset.labels:
        groups = Groups(len(query_ids))
        groups.join_equal(near)
        groups.join_equal([dataset.labels[query_id] for query_id in query_ids])
        return dict(zip(query_ids, groups.roots(), strict=True))
    used = list(dict.fromkeys(document for gains in dataset.relevance.values() for document in gains))
    index = {document: len(query_ids) + i for i, document in enumerate(used)}
    groups = Groups(len(query_ids) + len(used))
    for i, root in enumerate(near):
        groups.join(i, root)
    for i, root in enumerate(same_items(dataset, used)):
        groups.join(len(query_ids) + i, len(query_ids) + root)
    for i, query_id in enumerate(query_ids):
        for document in dataset.relevance[query_id]:
            groups.join(i, index[document])
    return dict(zip(query_ids, groups.roots(), strict=False))


def same_items(dataset: PairDataset, used: list[str]) -> list[int]:
    """For each of these documents the index of the first that counts as the same item."""
    if not dataset.task.has_picture_documents:
        return group_near_identical([dataset.documents[document] for document in used])
    groups = Groups(len(used))
    groups.join_equal([_look(dataset, dataset.documents[document]) for document in used])
    return groups.roots()


def _look(dataset: PairDataset, picture: str) -> str:
    return dataset.alike.get(picture, picture)


def members_of(groups: dict[str, int], among: Iterable[str] | None = None) -> list[list[str]]:
    """The groups, or those `among` some queries, as lists of query ids."""
    found: dict[int, list[str]] = defaultdict(list)
    for query_id in groups if among is None else among:
        found[groups[query_id]].append(query_id)
    return list(found.values())
