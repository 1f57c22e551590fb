"""Networks of many kinds cut in two: by how far up each parameter is, and only where the parts give the whole."""

from pathlib import Path

import open_clip
import pytest
import timm
import torch
from torch import Tensor, nn

from tests.trainer.tiny_pictures import draw, make_tiny_clip, make_tiny_timm
from trainer.encoders.clip import ClipEncoder
from trainer.encoders.cut import DECAY, cut_below, find_cut
from trainer.encoders.ladder import Ladder, by_names, ladder_of
from trainer.encoders.picture import PictureEncoder
from trainer.encoders.picture_reading import computing_in

PICTURES = [draw(number) for number in range(6)]


def lowest_above(ladder: Ladder, place: int) -> set[str]:
    return {name for name, rung in ladder.rungs.items() if rung == place}


def test_the_blocks_of_timm_models_are_found_in_their_order() -> None:
    vit = ladder_of(timm.create_model("test_vit"))
    assert vit.blocks == [f"blocks.{place}" for place in range(6)]
    assert "patch_embed.proj.weight" in lowest_above(vit, 0)
    assert "blocks.5.norm1.weight" in lowest_above(vit, 6)
    assert "norm.weight" in lowest_above(vit, vit.top)
    resnet = ladder_of(timm.create_model("resnet18"))
    assert resnet.blocks == [f"layer{stage}.{block}" for stage in range(1, 5) for block in range(2)]
    convnext = ladder_of(timm.create_model("test_convnext"))
    halving = convnext.rungs["stages.2.downsample.0.weight"]
    assert convnext.blocks[halving - 1] == "stages.2", "what halves a picture is in the block above it"
    assert halving == next(rung for name, rung in convnext.rungs.items() if name.startswith("stages.2.blocks.0."))


def test_those_of_other_towers_are_found_by_the_numbers_in_their_names() -> None:
    bert = by_names(
        [
            "transformer.embeddings.word_embeddings.weight",
            "transformer.embeddings.LayerNorm.weight",
            *(f"transformer.encoder.layer.{n}.{part}.weight" for n in (0, 1, 10, 2) for part in ("query", "output")),
            "proj.0.weight",
        ]
    )
    assert bert.blocks == [f"transformer.encoder.layer.{n}" for n in (0, 1, 2, 10)]
    assert bert.rungs["transformer.embeddings.LayerNorm.weight"] == 0
    assert bert.rungs["transformer.encoder.layer.10.query.weight"] == 4
    assert bert.rungs["proj.0.weight"] == bert.top == 5
    block = "transformer.resblocks.0"
    own = by_names(
        ["positional_embedding", "text_projection", f"{block}.ln.bias", f"{block}.mlp.bias", "ln_final.bias"]
    )
    assert own.rungs["positional_embedding"] == 0
    assert own.rungs["text_projection"] == own.rungs["ln_final.bias"] == own.top
    plain = by_names(["weight", "bias"])
    assert plain.blocks == [] and set(plain.rungs.values()) == {0}


@pytest.mark.parametrize("name", ["test_vit", "test_convnext"])
def test_upper_layers_learn_the_faster_the_higher_they_are_and_lower_ones_stay(name: str, tmp_path: Path) -> None:
    encoder = PictureEncoder.load(make_tiny_timm(tmp_path / "model", name), device="cpu")
    activations = encoder.lower(encoder.pixels(PICTURES))
    assert len(activations) == len(PICTURES)
    assert activations.shape[1:] != (3, *activations.shape[2:]), "it was cut"
    encoder.upper(activations.detach()).square().sum().backward()
    reached = {name for name, value in encoder.model.named_parameters() if value.grad is not None}
    learning, rates = encoder.upper_parameters(), encoder.upper_rates()
    assert reached == set(learning) == set(rates)
    ladder = encoder.ladder
    assert 0.4 < len({ladder.rungs[name] for name in learning}) / ladder.top < 0.8
    assert {rates[name] for name in lowest_above(ladder, ladder.top)} == {1.0}
    assert min(rates.values()) == pytest.approx(DECAY ** (ladder.top - min(ladder.rungs[name] for name in learning)))


def test_a_clip_model_is_cut_in_its_picture_tower_and_its_text_tower_learns_from_half_way(tmp_path: Path) -> None:
    encoder = ClipEncoder.load(make_tiny_clip(tmp_path / "model"), device="cpu")
    pixels = encoder.pixels(PICTURES)
    activations = encoder.lower(pixels)
    assert activations.shape == (6, 5, 32)  # four patches and a token for the class
    with torch.no_grad():
        whole = encoder.model.encode_image(pixels)
        torch.testing.assert_close(encoder.upper(activations), whole, atol=1e-5, rtol=1e-4)
    learning = set(encoder.upper_parameters())
    assert "visual.transformer.resblocks.1.ln_1.weight" in learning
    assert "visual.transformer.resblocks.0.ln_1.weight" not in learning
    assert {"visual.proj", "text_projection", "transformer.resblocks.0.ln_1.weight"} <= learning
    assert not {"token_embedding.weight", "visual.conv1.weight", "logit_scale"} & learning


class Passing(nn.Module):
    """Blocks of which the last also needs what went into the first."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([nn.Conv2d(3, 3, 1) for _ in range(4)])

    def forward(self, pixels: Tensor) -> Tensor:
        x = pixels
        for block in self.blocks:
            x = block(x)
        return (x + pixels).mean((2, 3))


def test_a_network_that_passes_something_by_its_blocks_is_not_cut() -> None:
    network, blank = Passing(), torch.zeros(1, 3, 8, 8)
    ladder = by_names([name for name, _ in network.named_parameters()])
    assert find_cut(network, network, ladder.blocks, blank) is None
    rung, cut = cut_below(network, network, ladder, blank)
    assert (rung, cut) == (3, None)


VIT = {"image_size": 64, "layers": 2, "width": 32, "head_width": 16, "patch_size": 16}
RESNET = {"image_size": 64, "layers": (1, 1, 1, 1), "width": 8}
ITS_OWN_HEAD = {"image_size": 160, "timm_model_name": "test_vit", "timm_pool": "token", "timm_proj": ""}
TEXT = {"context_length": 16, "width": 16, "heads": 2, "layers": 1}


@pytest.mark.parametrize(("vision", "text"), [(VIT, TEXT), (RESNET, TEXT | {"proj_bias": True}), (ITS_OWN_HEAD, TEXT)])
def test_a_matrix_behind_a_tower_becomes_part_of_its_last_layer(
    vision: dict[str, object], text: dict[str, object]
) -> None:
    torch.manual_seed(0)
    size = vision["image_size"]
    model = open_clip.CustomTextCLIP(16, open_clip.CLIPVisionCfg(**vision), open_clip.CLIPTextCfg(**text)).eval()
    for value in model.parameters():
        nn.init.normal_(value, std=0.1) if float(value.detach().abs().max()) == 0 else None
    transform = open_clip.image_transform((size, size), is_train=False)
    tokenizer = open_clip.SimpleTokenizer(context_length=16)
    encoder = ClipEncoder(model, tokenizer, transform, "cpu", source=Path())
    pixels, tokens, matrix = encoder.pixels(PICTURES), encoder.tokenise(["a red disc", "blue"]), torch.randn(16, 16)
    with torch.no_grad():
        before = model.encode_image(pixels), model.encode_text(tokens)
        of_pictures, of_texts = encoder.picture_projection(), encoder.text_projection()
        assert of_pictures is not None and of_texts is not None
        torch.testing.assert_close(model.encode_image(pixels), before[0])
        with computing_in(torch.bfloat16, model, "cpu"), of_pictures.left_out():
            features = model.encode_image(pixels)
        rough = features @ of_pictures.weight + of_pictures.bias
        torch.testing.assert_close(rough, before[0], atol=0.05 * float(before[0].abs().max()), rtol=0.1)
        torch.testing.assert_close(model.encode_image(pixels), before[0])
        for _ in range(2):  # it is behind the base model's, however often it is set
            of_pictures.follow_by(matrix)
            of_texts.follow_by(matrix)
        torch.testing.assert_close(model.encode_image(pixels), before[0] @ matrix, atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(model.encode_text(tokens), before[1] @ matrix, atol=1e-4, rtol=1e-3)


def test_a_tower_that_ends_otherwise_has_none() -> None:
    vision = {"image_size": 64, "timm_model_name": "vit_tiny_patch16_224", "timm_pool": "map", "timm_proj": "none"}
    model = open_clip.CustomTextCLIP(192, open_clip.CLIPVisionCfg(**vision), open_clip.CLIPTextCfg(**TEXT)).eval()
    transform = open_clip.image_transform((224, 224), is_train=False)
    encoder = ClipEncoder(model, open_clip.SimpleTokenizer(context_length=16), transform, "cpu", source=Path())
    assert encoder.picture_projection() is None
    assert encoder.text_projection() is not None
