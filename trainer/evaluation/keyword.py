"""Keyword search (BM25), the baseline that a model must beat to be worth having."""

import logging
import re
import unicodedata
from collections.abc import Mapping

import numpy as np
from bm25s import BM25

from trainer.evaluation.ranking import DEPTH, Rankings
from trainer.index import best_columns

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to tell each step, which is nothing for people

# Scripts written without spaces: kana, Han, Thai, Lao, Myanmar, Khmer. Cut into overlapping pairs, as is usual.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
# `\w` leaves out the vowel signs of Hebrew, Arabic and the Indic scripts, which would cut their words to pieces.
_SIGNS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
_TOKEN = re.compile(rf"([{_UNSPACED}]+)|(?:(?![{_UNSPACED}_])[\w{_SIGNS}])+")


def tokenise(text: str) -> list[str]:
    """Words of a text in any language: folded to compatible lower case, no stop words left out, no endings cut off."""
    tokens: list[str] = []
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        run = match[0]
        tokens += [run[i : i + 2] for i in range(len(run) - 1)] if match[1] and len(run) > 1 else [run]
    return tokens


def keyword_rankings(queries: Mapping[str, str], documents: Mapping[str, str], k: int = DEPTH) -> Rankings:
    """The k best documents of each query by BM25 (Lucene's variant, k1 = 1.5, b = .75), {query_id: [(id, score)]}.

    A document without any word of the query is left out, so a ranking may be short or empty. Equal scores keep the
    order of the documents.
    """
    document_ids = list(documents)
    words = [tokenise(text) for text in documents.values()]
    if not any(words):
        return {query_id: [] for query_id in queries}
    index = BM25(method="lucene", k1=1.5, b=0.75)
    index.index(words, show_progress=False)
    rankings: Rankings = {}
    for query_id, text in queries.items():
        known = index.get_tokens_ids(tokenise(text))
        scores = index.get_scores_from_ids(known) if known else np.zeros(len(words), dtype=np.float32)
        best = best_columns(scores[None, :], min(k, len(words)))[0]
        rankings[query_id] = [(document_ids[row], float(scores[row])) for row in best if scores[row] > 0]
    return rankings
