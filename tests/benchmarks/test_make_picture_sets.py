"""Picture data sets from public packages: what is said of a picture, and that no picture is in two files."""

import csv
from pathlib import Path

from PIL import Image

from benchmarks.comparison.make_picture_sets import clipart, clipart_kinds, stamps, write_set

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><metadata><rdf:RDF><dc:title>{title}</dc:title>
<dc:subject><rdf:Bag><rdf:li>fruit</rdf:li><rdf:li>red_fruit</rdf:li><rdf:li>fruit</rdf:li></rdf:Bag></dc:subject>
</rdf:RDF></metadata></svg>"""


def draw(path: Path, side: int = 8) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGBA", (side, side), (200, 30, 30, 128)).save(path)
    return path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def test_what_is_said_of_pictures(tmp_path: Path) -> None:
    kiwi = draw(tmp_path / "stamps" / "food" / "kiwi.png")
    write(kiwi.with_suffix(".txt"), "A kiwi.\nde.utf8=Eine Kiwi.\n")
    write(tmp_path / "stamps" / "drawn.txt", "Only there as SVG.\n")
    assert list(stamps(tmp_path / "stamps")) == [("A kiwi.", kiwi)]

    apple = draw(tmp_path / "art" / "png" / "food" / "fruit" / "apple.png")
    star = draw(tmp_path / "art" / "png" / "shapes" / "star.png")
    for picture, title in ((apple, "red apple"), (star, "star")):
        write(tmp_path / "art" / "svg" / picture.parent.name / "x.svg", "")
        source = Path(str(picture).replace("/png/", "/svg/")).with_suffix(".svg")
        write(source, DRAWING.format(title=title))
    write(tmp_path / "art" / "svg" / "food" / "torn.svg", "<svg")
    draw(tmp_path / "art" / "png" / "food" / "torn.png")
    assert list(clipart(tmp_path / "art")) == [("red apple: fruit, red fruit", apple)]
    assert [label for label, _ in clipart_kinds(tmp_path / "art")] == ["food/fruit", "food"]


def test_a_picture_is_in_one_file_only_and_made_smaller(tmp_path: Path) -> None:
    shown = [(f"sentence {number}", draw(tmp_path / "in" / f"{number}.png", 400)) for number in range(410)]
    torn = tmp_path / "in" / "torn.png"
    torn.write_bytes(b"no picture")
    same = ("Sentence 3!", draw(tmp_path / "in" / "again.png"))
    assert write_set(tmp_path / "words", [*shown, ("torn", torn), same], by_label=False).endswith("[100] to learn from")
    test, train = read(tmp_path / "words" / "test.csv"), read(tmp_path / "words" / "train_100.csv")
    searched = {row[0] for row in read(tmp_path / "words" / "catalogue.csv")}
    assert {row[1] for row in test} == searched
    assert not {row[1] for row in train} & searched
    assert len({row[0].casefold().strip("!") for row in test + train}) == 400
    with Image.open(tmp_path / "words" / test[0][1]) as picture:
        assert (picture.size, picture.mode) == ((256, 256), "RGBA")


def test_labels_with_few_pictures_are_left_out(tmp_path: Path) -> None:
    picture = draw(tmp_path / "a.png")
    pictures = [picture.parent / f"{number}.png" for number in range(1_529)]
    for path in pictures:
        path.write_bytes(picture.read_bytes())
    labels = [f"kind {number % 7}" for number in range(1_500)] + ["rare"] * 29
    write_set(tmp_path / "kinds", list(zip(labels, pictures, strict=True)), by_label=True)
    files = [read(tmp_path / "kinds" / f"{name}.csv") for name in ("test", "catalogue", "train_100")]
    assert [len(rows) for rows in files] == [300, 1_000, 100]
    assert len({row[0] for rows in files for row in rows}) == 1_400
    assert {row[1] for rows in files for row in rows} == {f"kind {number}" for number in range(7)}
