"""Good tables in odd dress are read as a person sees them."""

import datetime
import json
from pathlib import Path

import pytest

from tests.trainer.data.files import SHEET, cell, raw_workbook, saved, workbook, write
from trainer.data.encodings import EncodingQuestion
from trainer.data.limits import ReadLimits
from trainer.data.reading import read_table
from trainer.data.table import Table
from trainer.errors import DataError

ROWS = [("What is it?", "A thing, mostly"), ("Größe", "Maß"), ('say "hi"', "two\nlines")]
TEXT = 'question,answer\nWhat is it?,"A thing, mostly"\nGröße,Maß\n"say ""hi""","two\nlines"\n'


def read(folder: Path, content: bytes | str, name: str = "table.csv", **options: object) -> Table:
    content = content.encode() if isinstance(content, str) else content
    return read_table(write(folder, name, content), name, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_with_a_mark_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    table = read(tmp_path, TEXT.replace("\n", end).encode(encoding))
    assert table.columns == ("question", "answer")
    assert table.rows == ROWS
    assert table.row_numbers == [2, 3, 4]
    assert table.has_header


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "::"])
def test_delimiters_with_commas_in_texts(tmp_path: Path, delimiter: str) -> None:
    lines = [("text1", "text2", "score"), ("a, b", "c", "0,5"), ("d", "e, f", "1,0")]
    quoted = [delimiter.join(f'"{value}"' if delimiter in value else value for value in line) for line in lines]
    table = read(tmp_path, "\n".join(quoted))
    assert table.columns == lines[0]
    assert table.rows == lines[1:]


def test_excels_own_line_about_the_separator(tmp_path: Path) -> None:
    table = read(tmp_path, "sep=;\nFrage;Antwort\nWie?;So, und so\nWo?;Hier\n")
    assert table.columns == ("Frage", "Antwort")
    assert table.rows == [("Wie?", "So, und so"), ("Wo?", "Hier")]


def test_without_header_columns_are_named_by_letters(tmp_path: Path) -> None:
    table = read(tmp_path, "how do I pay?,billing help\nwhere is it?,delivery help\nwhy so late?,delivery help\n")
    assert not table.has_header
    assert table.columns == ("Column A", "Column B")
    assert len(table.rows) == 3
    assert table.row_numbers[0] == 1


def test_unknown_headings_are_told_from_the_texts_below(tmp_path: Path) -> None:
    table = read(
        tmp_path, "Vorgang,Ablage\nHeizung in der Küche tropft seit gestern,Rohre und Heizung\nLicht flackert,Strom\n"
    )
    assert table.has_header
    assert table.columns == ("Vorgang", "Ablage")


def test_two_colons_separate_as_in_dictionaries(tmp_path: Path) -> None:
    lines = [
        "# made by hand",
        'Aal {m} | Aale {pl} :: eel; "grig" | eels',
        '"Aas" {n} :: carrion; "offal',
        *["a :: b"] * 20,
    ]
    table = read(tmp_path, "\n".join(lines[1:] + lines[:1]))
    assert table.rows[0] == ("Aal {m} | Aale {pl} ", 'eel; "grig" | eels')
    assert table.rows[1] == ('"Aas" {n} ', 'carrion; "offal')
    assert "Columns are separated by two colons." in table.notes
    assert [row.place.row for row in table.rejected] == [23]


def test_a_few_long_headings_of_a_wide_table_are_headings(tmp_path: Path) -> None:
    names = ["Product name v2", "Product name v3", "Location", "Dataset deleted (replaced by an older one)"]
    table = read(
        tmp_path, "\n".join([",".join(names), *(f"wood pellets at the storehouse {n},pellets,RER,x" for n in range(5))])
    )
    assert table.columns == tuple(names)


def test_comments_at_the_top_are_passed_over_and_a_heading_with_a_number_sign_is_not(tmp_path: Path) -> None:
    table = read(
        tmp_path, "# Version: 3\n# Made by A, B\n# Free, for all\nlamp shade,lamp\nvase of glass,vase\n#9 screw,screw\n"
    )
    assert table.rows[0] == ("lamp shade", "lamp") and len(table.rows) == 3
    assert [row.place.row for row in table.rejected] == [1]
    assert any(note.startswith("2 rows at the top begin with “#”") for note in table.notes)
    assert len(read(tmp_path, "#love,heart\n#sun,sky\nrain,sky\n").rows) == 3
    assert read(tmp_path, "#,question,answer\n#1,a,b\n#2,c,d\n").columns == ("#", "question", "answer")


@pytest.mark.parametrize("has_header", [True, False])
def test_the_person_has_the_last_word_on_the_header(tmp_path: Path, has_header: bool) -> None:
    table = read(tmp_path, "question,answer\na,b\nc,d\n", has_header=has_header)
    assert len(table.rows) == (2 if has_header else 3)


def test_blank_and_repeated_headings(tmp_path: Path) -> None:
    table = read(tmp_path, "query,answer,,answer,\na,b,c,d,\n")
    assert table.columns == ("query", "answer", "Column C", "answer (2)")
    assert table.rows == [("a", "b", "c", "d")]
    assert any("called “answer (2)”" in note for note in table.notes)


def test_titles_above_the_headings_are_passed_over(tmp_path: Path) -> None:
    table = read(tmp_path, saved(workbook([["Export 2026"], [], ["question", "answer"], ["a", "b"]])), "export.xlsx")
    assert table.columns == ("question", "answer")
    assert table.row_numbers == [4]


def test_one_column_with_commas(tmp_path: Path) -> None:
    table = read(tmp_path, "document\nBread, white\nBread\nMilk, fresh, whole\n")
    assert [row[0] for row in table.rows] == ["Bread, white", "Bread", "Milk, fresh, whole"]


def test_workbook_cells_as_a_person_sees_them(tmp_path: Path) -> None:
    book = workbook([["question", "number", "day", "at", "yes", "share", "code", "sum"]])
    book.active.append(
        ["a", 3.0, datetime.date(2026, 11, 2), datetime.datetime(2026, 11, 2, 9, 30), True, 0.5, 42, 0.1 + 0.2]
    )
    book.active["F2"].number_format = "0%"
    book.active["G2"].number_format = "00000"
    table = read(tmp_path, saved(book), "book.xlsx")
    assert table.rows == [("a", "3", "2026-11-02", "2026-11-02 09:30", "TRUE", "50%", "00042", "0.3")]


def test_first_visible_sheet_with_data_or_the_named_one(tmp_path: Path) -> None:
    book = workbook([], hidden=[["question", "answer"], ["no", "no"]], Data=[["question", "answer"], ["a", "b"]])
    book.create_sheet("More").append(["question", "answer"])
    book["More"].append(["c", "d"])
    book["hidden"].sheet_state = "hidden"
    content = saved(book)
    table = read(tmp_path, content, "book.xlsx")
    assert (table.sheet, table.rows) == ("Data", [("a", "b")])
    assert table.sheets == ("Sheet", "Data", "More")
    assert read(tmp_path, content, "book.xlsx", sheet="More").rows == [("c", "d")]
    with pytest.raises(DataError, match=r"no sheet “Other”.*Data"):
        read(tmp_path, content, "book.xlsx", sheet="Other")


def test_merged_cells_are_filled_down_but_not_across(tmp_path: Path) -> None:
    book = workbook([["question", "answer", "remark"], ["a", "Help", "x"], ["b", None, "y"], ["c", None, None]])
    book.active.merge_cells("B2:B4")
    book.active.merge_cells("A4:A4")
    table = read(tmp_path, saved(book), "book.xlsx")
    assert [row[1] for row in table.rows] == ["Help", "Help", "Help"]
    assert [row[2] for row in table.rows] == ["x", "y", ""]


def test_a_sheet_that_lies_about_its_size_is_read_whole(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}">{cell(f"A{n}", f"q{n}")}{cell(f"B{n}", f"a{n}")}</row>' for n in (1, 2, 3))
    sheet = SHEET.format(rows=rows).replace("<sheetData>", '<dimension ref="A1:A2"/><sheetData>')
    content = raw_workbook("", **{"xl/worksheets/sheet1.xml": sheet})
    assert read(tmp_path, content, "t.xlsx", has_header=False).rows == [("q1", "a1"), ("q2", "a2"), ("q3", "a3")]


def test_json_lines_and_a_json_array(tmp_path: Path) -> None:
    objects = [{"query": "größe", "document": "Maß"}, {"document": "x", "query": "y", "score": 1.50}, {"query": True}]
    expected = [("größe", "Maß", ""), ("y", "x", "1.5"), ("true", "", "")]
    lines = read(tmp_path, "\n\n".join(json.dumps(item) for item in objects), "t.jsonl")
    array = read(tmp_path, json.dumps(objects, indent=2, ensure_ascii=False), "t.json")
    assert lines.columns == array.columns == ("query", "document", "score")
    assert lines.rows == array.rows == expected
    assert lines.row_numbers == [1, 3, 5]
    assert array.row_numbers == [1, 2, 3]


def test_the_encoding_is_asked_for_and_the_answer_is_used(tmp_path: Path) -> None:
    content = "question,answer\nWie groß ist Müllers Küche?,Größe\n".encode("cp1252")
    with pytest.raises(EncodingQuestion) as caught:
        read(tmp_path, content, "alt.csv")
    previews = dict(caught.value.candidates)
    assert "groß ist Müllers Küche" in previews["cp1252"]
    assert "utf-8" not in previews
    assert read(tmp_path, content, "alt.csv", encoding="cp1252").rows == [("Wie groß ist Müllers Küche?", "Größe")]
    with pytest.raises(DataError, match="stops being Unicode"):
        read(tmp_path, content, "alt.csv", encoding="utf-8")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("cp932", "印刷機が動かないのはなぜですか"), ("gb18030", "打印机为什么不工作"), ("cp1251", "почему не работает")],
)
def test_the_true_encoding_is_among_the_first_candidates(tmp_path: Path, encoding: str, text: str) -> None:
    with pytest.raises(EncodingQuestion) as caught:
        read(tmp_path, f"question,answer\n{text},a\n".encode(encoding))
    assert encoding in [candidate for candidate, _ in caught.value.candidates[:3]]
    assert text in dict(caught.value.candidates)[encoding]


def test_encodings_that_read_the_same_are_asked_for_once(tmp_path: Path) -> None:
    with pytest.raises(EncodingQuestion) as caught:
        read(tmp_path, "question,answer\nWie groß ist Müllers Küche?,Größe\n".encode("cp1252"), "alt.csv")
    previews = [shown for _, shown in caught.value.candidates]
    assert len(previews) == len(set(previews))
    assert "iso8859-15" not in dict(caught.value.candidates), "it reads as cp1252 does"


def test_encodings_that_differ_later_show_where(tmp_path: Path) -> None:
    lines = ["question,answer", "Müllers Küche,groß", *(f"plain {n},text" for n in range(20)), "Preis,5 € fürs Stück"]
    with pytest.raises(EncodingQuestion) as caught:
        read(tmp_path, "\n".join(lines).encode("iso8859-15"), "alt.csv")
    previews = dict(caught.value.candidates)
    assert "5 € fürs" in previews["iso8859-15"]
    assert "5 ¤ fürs" in previews["cp1252"]


def test_as_many_rows_as_allowed_below_the_headings(tmp_path: Path) -> None:
    limits = ReadLimits(max_rows=5)
    assert len(read(tmp_path, "query,document\n" + "a,b\n" * 5, limits=limits).rows) == 5
    with pytest.raises(DataError, match="more than 5 rows"):
        read(tmp_path, "query,document\n" + "a,b\n" * 6, limits=limits)


def test_a_missing_file_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.csv: The file cannot be opened"):
        read_table(tmp_path / "gone.csv", "gone.csv")
