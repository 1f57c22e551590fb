"""The model card's part on smaller, faster and fused forms: what each costs, what it saves, how to use it."""

import json

from trainer.evaluation.variant_words import variant_name, worth, worth_words
from trainer.report import Report, Variant

FUSION = '''```python
from collections import defaultdict

def fuse(*rankings, k=60):
    """Rankings are lists of item ids, best first: the model's and your keyword search's."""
    scores = defaultdict(float)
    for ranking in rankings:
        for place, item in enumerate(ranking[:100], start=1):
            scores[item] += 1 / (k + place)
    return sorted(scores, key=scores.get, reverse=True)
```'''


def smaller_and_faster(report: Report, folder_name: str, has_int8: bool) -> list[str]:
    """Paragraphs in Markdown; none for a report without variants."""
    variants = report.get("variants", [])
    if not variants:
        return []
    sizes = [variant for variant in variants if variant["kind"] == "size"]
    fused = [variant for variant in variants if variant["kind"] == "fused"]
    return [
        "## Smaller and faster",
        _table(variants),
        "Differences to the whole model on the test questions, with 95% intervals (paired bootstrap). Nothing was "
        "chosen by these figures; the last column only says what the interval allows to say. Vectors: for 100,000 "
        "items in float32. Speed: texts per second against `SentenceTransformer.encode` when the model was made, as "
        "many threads for both; it depends on the processor (int8 wants one with VNNI or the like).",
        *(_shorter(sizes, folder_name) if sizes else []),
        *(_int8(folder_name) if has_int8 else []),
        *(_fused(fused[0]) if fused else []),
    ]


def _table(variants: list[Variant]) -> str:
    rows = ["| | nDCG@10 | Difference | Vectors | Model | Speed | |", "|---|---:|---:|---:|---:|---:|---|"]
    for variant in variants:
        difference = variant.get("difference")
        step = (
            "" if difference is None else "{:+.3f} ({:+.3f} to {:+.3f})".format(difference["mean"], *difference["ci95"])
        )
        cells = [
            variant_name(variant),
            f"{variant['score']:.3f}",
            step,
            f"{variant['vector_bytes'] / 1e6:.0f} MB",
            f"{variant['model_bytes'] / 1e6:.0f} MB",
            f"{variant['speed']:.1f}×" if "speed" in variant else "1×",
            worth_words(variant),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _shorter(sizes: list[Variant], folder_name: str) -> list[str]:
    """For the smallest size that is worth it, or, where none is, the largest."""
    good = [variant["dimensions"] for variant in sizes if worth(variant) in ("equal", "gain")]
    size = min(good) if good else max(variant["dimensions"] for variant in sizes)
    return [
        "Shorter vectors: the library cuts them, and `normalize_embeddings` makes them of length 1 again.",
        "```python\n"
        f"model = SentenceTransformer({json.dumps(folder_name)}, local_files_only=True, truncate_dim={size})\n"
        'vectors = model.encode_document(["an item", "another item"], normalize_embeddings=True)\n'
        "```",
    ]


def _int8(folder_name: str) -> list[str]:
    return [
        "Weights of 8 bits: `onnx/model_int8.onnx` takes and gives the same as `onnx/model.onnx`, but needs "
        "onnxruntime. Its vectors differ a little with the texts that they are computed together with. For speed, sort "
        "texts by length, and put about 500 tokens in a batch.",
        "```python\n"
        "import onnxruntime\n"
        "from transformers import AutoTokenizer\n"
        f"tokenizer = AutoTokenizer.from_pretrained({json.dumps(folder_name)})\n"
        f"session = onnxruntime.InferenceSession({json.dumps(folder_name + '/onnx/model_int8.onnx')})\n"
        'tokens = tokenizer(["an item", "another item"], padding=True, truncation=True, return_tensors="np")\n'
        'inputs = {node.name: tokens[node.name].astype("int64") for node in session.get_inputs()}\n'
        "vectors = session.run(None, inputs)[0]\n"
        "```",
    ]


def _fused(variant: Variant) -> list[str]:
    """The code where fusion wins; else one sentence that it does not."""
    if worth(variant) != "gain":
        return ["Together with a keyword search (BM25) this model was not clearly better on the test questions."]
    return [
        "Together with a keyword search (BM25) this model was clearly better on the test questions. Reciprocal rank "
        "fusion (Cormack et al. 2009) puts the two rankings together:",
        FUSION,
    ]
