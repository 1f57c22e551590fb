"""What each column of a table is for."""

from enum import StrEnum


class Role(StrEnum):
    """The roles that a person can give a column by menu."""

    QUERY = "query"
    DOCUMENT = "document"
    NEGATIVE = "negative"
    LABEL = "label"
    SCORE = "score"
    SEGMENT = "segment"
    IGNORE = "ignore"
