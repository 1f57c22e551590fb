"""What a variant of the model is called, and what its interval says about it."""

from typing import Literal

from trainer.report import Variant

Worth = Literal["gain", "equal", "unsure", "small_loss", "loss"]

LITTLE = 0.01
"""nDCG: a loss of up to this much is one that few would notice."""


def variant_name(variant: Variant) -> str:
    """Such as "Vectors cut to 128 numbers"."""
    names = {
        "full": "The whole model",
        "size": f"Vectors cut to {variant['dimensions']} numbers",
        "int8": "Small file (int8 ONNX)",
        "fused": "Together with keyword search",
    }
    return names[variant["kind"]]


def worth(variant: Variant) -> Worth:
    """What the 95% interval of the difference to the whole model allows to say.

    gain: surely better. equal: no loss, or surely one of LITTLE at most. small_loss: surely worse, by LITTLE at most on
    average. loss: surely worse by more. unsure: may be equal, may be worse by more than LITTLE.
    """
    difference = variant.get("difference")
    if difference is None:
        return "equal"
    low, high = difference["ci95"]
    if low > 0:
        return "gain"
    if high < 0:
        return "loss" if difference["mean"] < -LITTLE else "small_loss"
    return "equal" if low >= -LITTLE else "unsure"


def worth_words(variant: Variant) -> str:
    """One plain sentence; empty for the whole model itself."""
    difference = variant.get("difference")
    if difference is None:
        return ""
    low = abs(difference["ci95"][0]) * 100
    return {
        "gain": "Worth it: clearly better.",
        "equal": "Worth it: no loss to speak of.",
        "small_loss": f"A small loss, but a sure one: up to {low:.1f} points.",
        "unsure": f"No clear loss, but it may cost up to {low:.1f} points.",
        "loss": "Not worth it: clearly worse.",
    }[worth(variant)]
