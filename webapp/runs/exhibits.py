"""How pages show what is searched with and what is found: a text as itself, a picture by its thumbnail and its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

NAMELESS = "picture without a name"


@dataclass(frozen=True)
class Exhibit:
    """One query or document. text: the text itself, or a picture's file name. picture: its key, empty for a text."""

    text: str
    picture: str = ""
    label: str = ""

    @property
    def name(self) -> str:
        """A picture's file name without its folders, where there is little room."""
        return self.text.rstrip("/").rpartition("/")[2] if self.picture else self.text

    @property
    def words(self) -> str:
        """What names it in a sentence, a cell of a table, or for those who do not see the picture."""
        return f"{self.text} ({self.label})" if self.label else self.text


@dataclass(frozen=True)
class Exhibits:
    """Tells texts from pictures, and knows the pictures' file names and the labels.

    captions: {picture's key: file name}. labels: {id of a query or document: label}.
    """

    picture_queries: bool = False
    picture_documents: bool = False
    captions: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_report(cls, report: Mapping[str, Any]) -> Self:
        """Of what a report names; where its texts were left out, pictures were too, and have names in their place."""
        shown = not report.get("texts_left_out")
        return cls(
            picture_queries=shown and report["task"] == "image-image",
            picture_documents=shown and report["task"] != "text-text",
            captions=report.get("captions") or {},
            labels=report.get("labels") or {},
        )

    def query(self, query: Mapping[str, Any]) -> Exhibit:
        """One of a report's `queries`."""
        return self._exhibit(str(query["id"]), str(query["query"]), self.picture_queries)

    def document(self, document_id: str, content: str) -> Exhibit:
        """content: the document's text, or its picture's key."""
        return self._exhibit(document_id, content, self.picture_documents)

    def picture(self, key: str) -> Exhibit:
        """A picture of which only the key is known."""
        return self._exhibit("", key, is_picture=True)

    def _exhibit(self, name: str, content: str, is_picture: bool) -> Exhibit:
        label = self.labels.get(name, "")
        if not is_picture:
            return Exhibit(content, label=label)
        return Exhibit(self.captions.get(content) or label or NAMELESS, content, label)
