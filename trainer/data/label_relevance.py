"""What matches what where labels say it: every document of a query's label, but for the query's own picture."""

from collections import defaultdict
from collections.abc import Iterator, Mapping


class LabelRelevance(Mapping[str, Mapping[str, float]]):
    """{query_id: {document_id: 1.0}}, made when asked for: written out, it would grow with the square of the pictures.

    A query whose label no document has is in it, with an empty mapping.
    """

    def __init__(
        self, queries: Mapping[str, str], documents: Mapping[str, str], twins: Mapping[str, str] | None = None
    ) -> None:
        """queries, documents: the label of each, by id. twins: {document_id: query_id} of the same picture."""
        self.queries, self.documents, self.twins = dict(queries), dict(documents), dict(twins or {})
        self._members: dict[str, list[str]] = defaultdict(list)
        for document_id, label in self.documents.items():
            self._members[label].append(document_id)

    def __getitem__(self, query_id: str) -> Mapping[str, float]:
        members = self._members.get(self.queries[query_id], ())
        return {document_id: 1.0 for document_id in members if self.twins.get(document_id) != query_id}

    def __iter__(self) -> Iterator[str]:
        return iter(self.queries)

    def __len__(self) -> int:
        return len(self.queries)
