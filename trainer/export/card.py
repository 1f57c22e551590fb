"""The model card: what the model is, what was measured, how to use it, where it ends."""

import json
from collections.abc import Sequence

from trainer.encoders.catalogue import find_base_model
from trainer.evaluation.choosing_words import chosen_choice, how_chosen, n_models, questions_told, recipe_name
from trainer.evaluation.cutoff_words import cutoff_words
from trainer.evaluation.verdict import verdict_sentence
from trainer.export.card_variants import smaller_and_faster
from trainer.report import Choice, Report

_ROWS = (
    ("hit@1", "Right item first (Hit@1)"),
    ("hit@3", "Right item in the first 3 (Hit@3)"),
    ("hit@10", "Right item in the first 10 (Hit@10)"),
    ("ndcg@10", "Ranking score (nDCG@10)"),
    ("mrr@10", "MRR@10"),
    ("recall@10", "Recall@10"),
    ("map@10", "MAP@10"),
)

_RECIPES = {"adapter": "an adapter, one matrix after the base model's own weights, which are unchanged"}

_SYSTEMS = (("before", "Before"), ("after", "After"), ("keyword", "Keyword search"), ("zero_shot", "By label names"))


def model_card(
    report: Report, name: str, folder_name: str, *, prompts: Sequence[str], no_onnx: str, has_int8: bool
) -> str:
    """README.md. prompts: names of the model's prompts; no_onnx: why there is no ONNX file, or "" when there is."""
    return (
        "\n\n".join(
            [
                head(report, "sentence-transformers", "sentence-similarity", ("sentence-transformers",)),
                f"# {' '.join(name.split())}",
                "A text embedding model for search: it turns questions and items into vectors whose inner product "
                "says how well they match. Fitted to one business's own examples with Tailor.",
                *measured(report),
                *made_from(report),
                *_use(folder_name, prompts, no_onnx),
                *smaller_and_faster(report, folder_name, has_int8),
                *limits(report),
            ]
        )
        + "\n"
    )


def head(report: Report, library: str, pipeline: str, tags: Sequence[str]) -> str:
    """The card's front matter, which hubs read."""
    info = find_base_model(report["base_model"])
    lines = ["---", f"library_name: {library}", f"pipeline_tag: {pipeline}"]
    if info is not None:
        lines.append(f"license: {json.dumps(info.licence.lower())}")
        if info.hub:
            lines.append(f"base_model: {json.dumps(info.hub)}")
    tags = (*tags, "feature-extraction", "search", "tailor")
    return "\n".join([*lines, "tags:", *(f"- {tag}" for tag in tags), "---"])


def measured(report: Report) -> list[str]:
    """What the test questions said, in words and figures."""
    words = verdict_sentence(report)
    systems = [(key, title) for key, title in _SYSTEMS if key in report]
    table = [
        "| | " + " | ".join(title for _, title in systems) + " | Difference, 95% interval |",
        "|---|" + "---:|" * (len(systems) + 1),
    ]
    for metric, title in _ROWS:
        values = [f"{report[key][metric]:.3f}" for key, _ in systems]  # type: ignore[literal-required]
        table.append(f"| {title} | {' | '.join(values)} | {_interval(report, metric)} |")
    n = report["data"]["n_test_queries"]
    return [
        "## Measured",
        f"{words.headline} {words.detail}",
        "\n".join(table),
        f"Means over {n:,} test questions that took no part in training or choosing, searched among "
        f"{report['data']['n_documents']:,} items. Intervals: paired bootstrap over questions, those "
        "that nearly repeat each other as one. "
        "Everything measured is in `report.json`.",
        *_names_alone(report),
        *_cutoff(report),
    ]


def _names_alone(report: Report) -> list[str]:
    if "zero_shot" not in report:
        return []
    return [
        "“By label names” is the base model without any training: two pictures match as surely as both have the "
        "same label, going by the labels' names alone."
    ]


def _cutoff(report: Report) -> list[str]:
    """From which score on a result can be relied on; nothing for reports that did not look."""
    words = cutoff_words(report)
    return ["### Which scores can be relied on", f"{words.headline} {words.detail}"] if words else []


def _interval(report: Report, metric: str) -> str:
    difference = report["differences"].get(metric)
    if difference is None:
        return f"{report['after'][metric] - report['before'][metric]:+.3f}"
    low, high = difference["ci95"]
    return f"{difference['mean']:+.3f} ({low:+.3f} to {high:+.3f})"


def made_from(report: Report) -> list[str]:
    """Base model, data and settings."""
    return [
        "## Made from",
        f"- Base model: {report['base_model_title']}\n"
        f"- Questions: {questions_told(report)}; rows of the files left out: {len(report['data']['rejected']):,}\n"
        f"- Preset {report['preset']}, seed {report['seed']}, made {report['created']} with Tailor {report['version']}",
        _weights(report),
    ]


def _weights(report: Report) -> str:
    """What the published weights are, and who chose them."""
    blend, chosen, turns = report["blend"], chosen_choice(report), how_chosen(report) == "turns"
    if blend == 0:
        return f"The weights are those of the base model. {verdict_sentence(report).detail}"
    learned = (
        f"what {n_models(report)} trainings learned on average, each without one part of the examples and judged by it"
        if turns
        else f"what the training learned until epoch {report['epoch']}"
    )
    recipe = f" Learned with: {_RECIPES.get(name, name)}." if (name := recipe_name(chosen) if chosen else "") else ""
    return f"The weights lie {blend:.0%} of the way from the base model towards {learned}.{recipe}{_gain(chosen)}"


def _gain(chosen: Choice | None) -> str:
    """On the questions that chose; nothing where the report does not tell."""
    if chosen is None or "gain" not in chosen:
        return ""
    gain, (low, high) = chosen["gain"], chosen["gain"]["ci95"]
    return (
        f" On {gain['n']:,} choosing questions this gained {gain['mean']:+.3f} nDCG@10 over the base model "
        f"({low:+.3f} to {high:+.3f}); report.json has all that was tried."
    )


def _use(folder_name: str, prompts: Sequence[str], no_onnx: str) -> list[str]:
    onnx = (
        f"There is no ONNX file: {no_onnx}."
        if no_onnx
        else "`onnx/model.onnx` takes `input_ids`, `attention_mask` (and `token_type_ids` where the model has them), "
        "(batch, sequence) int64, and gives `sentence_embedding`, (batch, dim) float32 of length 1. "
        "Tokenise with this folder's tokenizer files, cut to the `max_seq_length` of the model."
    )
    prompted = (
        [f"This model puts a text of its own before questions or items (its prompts: {', '.join(prompts)}); "
         "`encode_query` and `encode_document` add it, other programs must do so themselves."]
        if prompts
        else []
    )  # fmt: skip
    return [
        "## Use",
        "```python\n"
        "from sentence_transformers import SentenceTransformer\n"
        f"model = SentenceTransformer({json.dumps(folder_name)}, local_files_only=True)\n"
        'scores = model.encode_query("a question", normalize_embeddings=True) '
        '@ model.encode_document(["an item", "another item"], normalize_embeddings=True).T\n'
        "```",
        *prompted,
        onnx,
        "`python verify.py` checks that every file is whole and that the model gives the vectors it gave when it was "
        "measured (`golden.json`, `golden.safetensors`).",
    ]


def limits(report: Report, contents: str = "`report.json` and `golden.json` contain") -> list[str]:
    """What the model is for, what it is not, what else is in the folder, and the licence."""
    info = find_base_model(report["base_model"])
    languages = f" It reads {info.languages}." if info is not None and info.languages else ""
    licence = (
        f"The base model's licence is {info.licence}; it holds for this model too."
        if info is not None
        else "The licence of the base model holds for this model too; see the base model's own page."
    )
    return [
        "## Intended use and limits",
        "Meant for search within the kind of questions and items that it learned from. For other kinds it may be worse "
        f"than its base model; measure before you use it there.{languages} A score says which item matches better; it "
        "is no probability. The model may repeat biases of its base model and of the examples.",
        f"{contents} questions and items from the data. Take them out before you give the "
        "folder to anyone who must not read those.",
        "## Licence",
        licence,
    ]
