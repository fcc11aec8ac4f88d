"""Bad and odd files, built in code: what people really upload by mistake, and what they upload on purpose.

Every suite that takes files runs over this one list: the parser's own, and the HTTP routes.
"""

from __future__ import annotations

import csv
import io
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import xlwt
from tests.support.workbooks import MAIN, STRICT_MAIN, SheetXml, header_row, letter_of, row_of, workbook
from xlsxwriter import Workbook

from drivetrain.rental.price.model.contract import RENTAL_PRICE

HEADER = list(RENTAL_PRICE.names)
GOOD_ROW = [str(value) for value in RENTAL_PRICE.example().values()]
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


@dataclass(frozen=True, slots=True)
class UploadCase:
    """One file and what must come of it.

    Attributes:
        status: 200 when every row is good; else the status of the problem.
        code: the problem's own code, or the code of one of its field errors; empty for 200.
        rows: good rows when the status is 200.
    """

    name: str
    content: bytes
    status: int
    code: str = ""
    rows: int = 0


def table(
    *rows: Sequence[str], header: Sequence[str] = HEADER, separator: str = ",", end: str = "\r\n"
) -> str:
    """A CSV text; two good rows when none are given."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, lineterminator=end)
    writer.writerow(header)
    writer.writerows(rows or (GOOD_ROW, GOOD_ROW))
    return file.getvalue()


def row_with(**cells: str) -> list[str]:
    """A good row with some cells replaced."""
    return [cells.get(name, value) for name, value in zip(HEADER, GOOD_ROW, strict=True)]


def csv_with(**cells: str) -> bytes:
    """A good row, then one with some cells replaced, as CSV."""
    return table(GOOD_ROW, row_with(**cells)).encode()


def xlsx(
    *rows: Sequence[object], header: Sequence[str] = HEADER, fill: Callable[[Workbook], object] | None = None
) -> bytes:
    """An XLSX with a header and the given rows, typed as spreadsheets type them."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("cars")
        for index, row in enumerate((header, *(rows or (typed_row(),) * 2))):
            sheet.write_row(index, 0, row)
        if fill is not None:
            fill(workbook)
    return file.getvalue()


def xls(*rows: Sequence[object], header: Sequence[str] = HEADER) -> bytes:
    """The same as an XLS of Excel 97."""
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("cars")
    for index, row in enumerate((header, *(rows or (typed_row(),) * 2))):
        for column, value in enumerate(row):
            sheet.write(index, column, value)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def typed_row(**cells: object) -> list[object]:
    """The example row as numbers, booleans and text."""
    return list({**RENTAL_PRICE.example(), **cells}.values())


def failed_formula(error: str, column: str) -> bytes:
    """A workbook with a formula that came to an error."""
    at = HEADER.index(column)
    return xlsx(fill=lambda workbook: workbook.worksheets()[0].write_formula(1, at, "=A1", None, error))


def zipped(entries: dict[str, bytes]) -> bytes:
    """A zip with these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def zip_bomb() -> bytes:
    """A workbook whose sheet is 32 MiB of spaces, packed about a thousandfold, and says so."""
    return _with_sheet(b" " * (32 << 20))


def lying_zip_bomb() -> bytes:
    """The same, but the directory claims that the sheet unpacks to 1,000 bytes."""
    bomb = bytearray(zip_bomb())
    size = struct.pack("<L", 32 << 20)
    # where each header keeps the unpacked size
    for magic, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = -1
        while (at := bomb.find(magic, at + 1)) >= 0:
            if bomb[at + offset : at + offset + 4] == size:
                bomb[at + offset : at + offset + 4] = struct.pack("<L", 1_000)
    return bytes(bomb)


def part_twice() -> bytes:
    """A workbook with two sheets of one name in the archive: readers take the first or the last."""
    file = io.BytesIO(xlsx())
    with warnings.catch_warnings(), zipfile.ZipFile(file, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("xl/worksheets/sheet1.xml", archive.read("xl/worksheets/sheet1.xml"))
    return file.getvalue()


def encrypted_zip() -> bytes:
    """A workbook whose entries carry the flag of zip encryption."""
    content = bytearray(xlsx())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # where each header keeps the flags
        at = -1
        while (at := content.find(magic, at + 1)) >= 0:
            content[at + offset] |= 1
    return bytes(content)


def far_cell_workbook() -> bytes:
    """A small honest workbook whose used area is the whole sheet: 17 billion cells."""
    return xlsx(fill=lambda workbook: workbook.worksheets()[0].write(1_048_575, 16_383, "x"))


def shared_text_bomb() -> bytes:
    """One long text, used by 100,000 cells: 3 GiB once every cell has its own copy."""
    names = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADER)
    cells = '<c t="s"><v>0</v></c>' * len(HEADER)
    text = random.Random(1).randbytes(16_000).hex()
    return workbook(f"<row>{names}</row>" + f"<row>{cells}</row>" * 8_000, strings=[f"<t>{text}</t>"])


def _with_sheet(sheet: bytes) -> bytes:
    return _replaced(xlsx(), {"xl/worksheets/sheet1.xml": sheet})


def _replaced(workbook: bytes, parts: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()} | parts)


def _good() -> Iterator[UploadCase]:
    yield UploadCase("plain.csv", table().encode(), 200, rows=2)
    yield UploadCase("byte_order_mark.csv", table().encode("utf-8-sig"), 200, rows=2)  # Excel, "CSV UTF-8"
    # Excel, "Unicode text"
    yield UploadCase("utf16_little.csv", b"\xff\xfe" + table().encode("utf-16-le"), 200, rows=2)
    yield UploadCase("utf16_big.csv", b"\xfe\xff" + table().encode("utf-16-be"), 200, rows=2)
    yield UploadCase("semicolon.csv", table(separator=";").encode(), 200, rows=2)  # Excel in most of Europe
    yield UploadCase("tab.tsv", table(separator="\t").encode(), 200, rows=2)  # copied out of a spreadsheet
    yield UploadCase("unix_lines.csv", table(end="\n").encode(), 200, rows=2)
    yield UploadCase("old_mac_lines.csv", table(end="\r").encode(), 200, rows=2)
    yield UploadCase("no_last_newline.csv", table().rstrip().encode(), 200, rows=2)
    yield UploadCase("one_row.csv", table(GOOD_ROW).encode(), 200, rows=1)
    # Any order of the columns.
    yield UploadCase("reversed.csv", table(GOOD_ROW[::-1], header=HEADER[::-1]).encode(), 200, rows=1)
    # Headers as people type them.
    loud = [f" {name.replace('_', ' ').title()} " for name in HEADER]
    yield UploadCase("titled_header.csv", table(header=loud).encode(), 200, rows=2)
    # What spreadsheets and reports put above a header, and editors below a table.
    for name, above in (
        ("blank_line", "\r\n"),
        ("sep_line", "sep=,\r\n"),
        ("titles", "Our cars,,\r\n\r\nMay 2026\r\n"),
    ):
        yield UploadCase(f"{name}_above.csv", (above + table()).encode(), 200, rows=2)
    yield UploadCase(
        "sep_line_above_semicolons.csv", ("sep=;\r\n" + table(separator=";")).encode(), 200, rows=2
    )
    yield UploadCase("title_above.xlsx", xlsx(HEADER, typed_row(), header=["Our cars"]), 200, rows=1)
    for name, below in (("spaces", "   \r\n"), ("control_z", "\x1a"), ("separators", ",,,,,,,,,,,,,,,,\r\n")):
        yield UploadCase(f"{name}_below.csv", (table() + below).encode(), 200, rows=2)
    # More cells than the header, without anything in them.
    yield UploadCase("separators_at_the_end_of_a_row.csv", table([*GOOD_ROW, "", ""]).encode(), 200, rows=1)
    # An extra column that a row leaves out at its end, as Excel does.
    yield UploadCase(
        "short_row_of_an_extra_column.csv", table(GOOD_ROW, header=[*HEADER, "notes"]).encode(), 200, rows=1
    )
    # An extra column with separators, quotes and a line break inside.
    quoted = [*GOOD_ROW, 'he said "no, never",\r\nand left']
    yield UploadCase(
        "quoted_newlines.csv", table(quoted, quoted, header=[*HEADER, "notes"]).encode(), 200, rows=2
    )
    # pandas writes its index under an empty name; two unnamed columns are no duplicate.
    yield UploadCase(
        "unnamed_columns.csv", table(["0", "x", *GOOD_ROW], header=["", "", *HEADER]).encode(), 200, rows=1
    )
    # Spreadsheets leave blank rows at the end.
    yield UploadCase("blank_rows_at_the_end.csv", (table() + "," * 12 + "\r\n\r\n\r\n").encode(), 200, rows=2)
    yield UploadCase(
        "whole_numbers_as_floats.csv", csv_with(mileage="150000.0", engine_power="1e2"), 200, rows=2
    )
    # Digit groups that mean one thing: no other reading, another cell of the column, or none that the column holds.
    grouped = [
        row_with(mileage=text) for text in ("150 000", "150'000", "150\u202f000", "1.150.000", "150.000")
    ]
    yield UploadCase("grouped_digits.csv", table(*grouped, separator=";").encode(), 200, rows=5)
    yield UploadCase("grouped_digits.xlsx", xlsx(typed_row(mileage="1,150,000")), 200, rows=1)
    yield UploadCase(
        "decimal_comma.csv", table(row_with(mileage="150000,0"), separator=";").encode(), 200, rows=1
    )
    yield UploadCase(
        "flag_words.csv", csv_with(has_gps="YES", winter_tires="no", automatic_car="1.0"), 200, rows=2
    )
    # A formula is text; a new make is accepted with a warning, and escaped in the answer.
    yield UploadCase("formula_as_new_make.csv", csv_with(model_key="=1+1"), 200, rows=2)
    yield UploadCase("plain.xlsx", xlsx(), 200, rows=2)
    yield UploadCase("plain.xls", xls(), 200, rows=2)
    yield UploadCase("blank_rows_at_the_end.xlsx", xlsx(typed_row(), [""] * 13, [" "]), 200, rows=1)


def written(*columns: tuple[str, str], header: Sequence[str] = HEADER, rows: str = "") -> bytes:
    """A workbook written by hand: a header and one good row, some cells of which are replaced.

    Args:
        columns: name of each replaced one, and its element, with ``{}`` for its place.
        rows: further ones, behind.
    """
    return workbook(
        header_row(header) + written_row(2, *columns) + rows,
        strings=["<t>diesel</t>"],
        formats=["yyyy-mm-dd"],
    )


def written_row(number: int, *columns: tuple[str, str]) -> str:
    """A good row written by hand, some cells of which are replaced."""
    cells = []
    for column, (name, value) in enumerate(RENTAL_PRICE.example().items()):
        place = f"{letter_of(column)}{number}"
        if isinstance(value, bool):
            element = f'<c r="{{}}" t="b"><v>{value:d}</v></c>'
        elif isinstance(value, str):
            element = f'<c r="{{}}" t="inlineStr"><is><t>{value}</t></is></c>'
        else:
            element = f'<c r="{{}}"><v>{value}</v></c>'
        cells.append(dict(columns).get(name, element).format(place))
    return f'<row r="{number}">{"".join(cells)}</row>'


def _good_workbooks() -> Iterator[UploadCase]:
    for name, element in (
        ("with_decimals", '<c r="{}"><v>150000.0</v></c>'),
        ("with_exponent", '<c r="{}"><v>1.5E5</v></c>'),
        ("of_formula", '<c r="{}"><f>75000*2</f><v>150000</v></c>'),
        ("in_formula_of_text", '<c r="{}" t="str"><f>"150000"</f><v>150000</v></c>'),
        ("in_rich_text", '<c r="{}" t="inlineStr"><is><r><t>150</t></r><r><t>000</t></r></is></c>'),
    ):
        yield UploadCase(f"number_{name}.xlsx", written(("mileage", element)), 200, rows=1)
    yield UploadCase("shared_text.xlsx", written(("fuel", '<c r="{}" t="s"><v>0</v></c>')), 200, rows=1)
    yield UploadCase(
        "formatted_rows_at_the_end.xlsx",
        written(rows='<row r="3"><c r="A3" s="1"/></row><row r="4"/>'),
        200,
        rows=1,
    )
    titles = row_of("<is><t>Our cars</t></is>", number=1, kind="inlineStr")
    yield UploadCase(
        "title_and_gap.xlsx", workbook(titles + header_row(HEADER, number=4) + written_row(5)), 200, rows=1
    )
    strict = workbook(header_row(HEADER) + written_row(2), namespace=STRICT_MAIN)
    yield UploadCase("strict_ooxml.xlsx", strict, 200, rows=1)
    # The sheet that opens is read, wherever it stands; hidden ones are not looked at.
    other = header_row(["notes"])
    cars = header_row(HEADER) + written_row(2)
    for name, sheets, active in (
        ("first_sheet", (SheetXml(cars), SheetXml(other, "notes")), None),
        ("active_sheet", (SheetXml(other, "notes"), SheetXml(cars)), 1),
        ("only_sheet_that_fits", (SheetXml(other, "notes"), SheetXml(cars)), 0),
        ("hidden_copy", (SheetXml(cars, "old", "veryHidden"), SheetXml(cars)), 1),
    ):
        yield UploadCase(f"{name}.xlsx", workbook(*sheets, active=active), 200, rows=1)


def _bad_workbooks() -> Iterator[UploadCase]:
    uncalculated = '<c r="{}"><f>A1</f></c>'
    for column in ("mileage", "model_key", "has_gps"):
        yield UploadCase(
            f"uncalculated_{column}.xlsx", written((column, uncalculated)), 422, "input.uncalculated_formula"
        )
    recalculated = workbook(
        header_row(HEADER) + written_row(2, ("mileage", '<c r="{}"><f>A1</f><v>0</v></c>')),
        properties='<calcPr fullCalcOnLoad="1"/>',
    )
    yield UploadCase("values_that_do_not_count.xlsx", recalculated, 422, "input.uncalculated_formula")
    broken_flag = written(("has_gps", '<c r="{}" t="e"><v>#NAME?</v></c>'))
    yield UploadCase("error_in_flag.xlsx", broken_flag, 422, "input.error_value")
    # A date or a flag is no number, although it is stored as one.
    for name, element in (
        ("date", '<c r="{}" s="1"><v>44697</v></c>'),
        ("flag", '<c r="{}" t="b"><v>1</v></c>'),
    ):
        yield UploadCase(
            f"{name}_for_number.xlsx", written(("mileage", element)), 422, "rental.mileage_not_a_number"
        )
    yield UploadCase("row_left_out.xlsx", written(rows=written_row(4)), 422, "input.missing_value")
    for name, column, element in (
        ("shared_text_out_of_range", "fuel", '<c r="{}" t="s"><v>1</v></c>'),
        ("shared_text_minus_one", "fuel", '<c r="{}" t="s"><v>-1</v></c>'),
        ("shared_text_with_exponent", "fuel", '<c r="{}" t="s"><v>0e3</v></c>'),
        ("flag_of_two", "has_gps", '<c r="{}" t="b"><v>2</v></c>'),
        ("number_of_text", "mileage", '<c r="{}"><v>1,5</v></c>'),
        ("cell_twice", "mileage", '<c r="{0}"><v>1</v></c><c r="{0}"><v>150000</v></c>'),
        ("cell_of_another_row", "mileage", '<c r="{}9"><v>1</v></c>'),
    ):
        yield UploadCase(f"{name}.xlsx", written((column, element)), 400, "input.contradictory_spreadsheet")
    entity = f'<!DOCTYPE x [<!ENTITY km "150000">]><worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    yield UploadCase(
        "entity.xlsx",
        workbook("", parts={"xl/worksheets/sheet1.xml": entity}),
        400,
        "input.unreadable_spreadsheet",
    )
    cars = header_row(HEADER) + written_row(2)
    two = (SheetXml(header_row(["notes"]), "notes"), SheetXml(cars, "north"), SheetXml(cars, "south"))
    yield UploadCase("two_sheets_fit.xlsx", workbook(*two), 422, "input.several_sheets")
    yield UploadCase("all_hidden.xlsx", workbook(SheetXml(cars, state="hidden")), 422, "input.hidden_sheets")


def _bad_cells() -> Iterator[UploadCase]:
    yield UploadCase("nan.csv", csv_with(mileage="NaN"), 422, "rental.mileage_not_a_number")
    yield UploadCase("infinite.csv", csv_with(mileage="-inf"), 422, "rental.mileage_not_a_number")
    # Reads as infinity in most languages.
    yield UploadCase("1e400.csv", csv_with(mileage="1e400"), 422, "rental.mileage_not_a_number")
    yield UploadCase("formula_as_number.csv", csv_with(mileage="=1+1"), 422, "rental.mileage_not_a_number")
    # A decimal mark and one that groups digits cannot be told apart: neither is guessed.
    for name, mileage in (("comma", "150,000"), ("point", "150.000")):
        yield UploadCase(f"{name}_in_number.csv", csv_with(mileage=mileage), 422, "rental.mileage_ambiguous")
    yield UploadCase(
        "point_in_text.xlsx", xlsx(typed_row(mileage="150.000")), 422, "rental.mileage_ambiguous"
    )
    yield UploadCase("hexadecimal.csv", csv_with(mileage="0x10"), 422, "rental.mileage_not_a_number")
    yield UploadCase("half_a_kilometer.csv", csv_with(mileage="150000.5"), 422, "rental.mileage_not_whole")
    # in the real table
    yield UploadCase("negative.csv", csv_with(mileage="-64"), 422, "rental.mileage_out_of_range")
    yield UploadCase("thirty_digits.csv", csv_with(mileage="9" * 30), 422, "rental.mileage_out_of_range")
    yield UploadCase("empty_cell.csv", csv_with(fuel=""), 422, "input.missing_value")
    # A word for unknown is no make; elsewhere it is a wrong value.
    for name, word in (("na", "NA"), ("dash", "-"), ("null", "null")):
        yield UploadCase(f"{name}_as_make.csv", csv_with(model_key=word), 422, "input.missing_value")
        yield UploadCase(f"{name}_as_make.xlsx", xlsx(typed_row(model_key=word)), 422, "input.missing_value")
        yield UploadCase(f"{name}_as_number.csv", csv_with(mileage=word), 422, "rental.mileage_not_a_number")
    yield UploadCase(
        "number_with_its_unit.csv", csv_with(mileage="150000 km"), 422, "rental.mileage_not_a_number"
    )
    yield UploadCase("groups_of_two.csv", csv_with(mileage="1.50.000"), 422, "rental.mileage_not_a_number")
    yield UploadCase("wide_digits.csv", csv_with(mileage="１５０"), 422, "rental.mileage_not_a_number")
    yield UploadCase("blank_cell.csv", csv_with(mileage="  "), 422, "input.missing_value")
    yield UploadCase(
        "blank_row_inside.csv", table(GOOD_ROW, [""] * 13, GOOD_ROW).encode(), 422, "input.missing_value"
    )
    yield UploadCase("unknown_fuel.csv", csv_with(fuel="dissel"), 422, "rental.unknown_fuel")
    yield UploadCase("flag_maybe.csv", csv_with(has_gps="maybe"), 422, "rental.has_gps_not_a_boolean")
    yield UploadCase("long_make.csv", csv_with(model_key="x" * 65), 422, "rental.model_key_not_plain")
    yield UploadCase("bell_in_make.csv", csv_with(model_key="Au\x07di"), 422, "rental.model_key_not_plain")
    yield UploadCase(
        "text_for_number.xlsx", xlsx(typed_row(mileage="a lot")), 422, "rental.mileage_not_a_number"
    )
    # The errors of formulas are neither values nor missing, whichever column they stand in.
    for error in ("#N/A", "#REF!", "#DIV/0!"):
        name = error.strip("#!").replace("/", "_").lower()
        yield UploadCase(f"{name}_in_number.csv", csv_with(mileage=error), 422, "input.error_value")
        yield UploadCase(f"{name}_in_open_list.csv", csv_with(model_key=error), 422, "input.error_value")
        yield UploadCase(f"{name}_in_number.xlsx", failed_formula(error, "mileage"), 422, "input.error_value")
        yield UploadCase(
            f"{name}_in_open_list.xlsx", failed_formula(error, "model_key"), 422, "input.error_value"
        )
    yield UploadCase("empty_cell.xls", xls(typed_row(fuel="")), 422, "input.missing_value")


def _bad_headers() -> Iterator[UploadCase]:
    yield UploadCase(
        "missing_column.csv", table(GOOD_ROW[1:], header=HEADER[1:]).encode(), 422, "input.missing_column"
    )
    misspelled = ["model", *HEADER[1:]]
    yield UploadCase("misspelled_column.csv", table(header=misspelled).encode(), 422, "input.missing_column")
    twice = table([*GOOD_ROW, "1"], header=[*HEADER, "mileage"])
    yield UploadCase("duplicate_header.csv", twice.encode(), 422, "input.duplicate_column")
    # Which of the two is meant cannot be known.
    alike = table([*GOOD_ROW, "1"], header=[*HEADER, "Mileage "])
    yield UploadCase("duplicate_header_by_case.csv", alike.encode(), 422, "input.duplicate_column")
    yield UploadCase("no_header.csv", ",".join(GOOD_ROW).encode(), 422, "input.missing_column")
    yield UploadCase("header_only.csv", table()[: len(",".join(HEADER)) + 2].encode(), 422, "input.no_rows")
    yield UploadCase("header_only.xlsx", xlsx([""]), 422, "input.no_rows")
    # Prose is a table of one column.
    yield UploadCase("prose.csv", b"Dear Sir or Madam,\nplease find attached", 422, "input.missing_column")


def _bad_text() -> Iterator[UploadCase]:
    yield UploadCase("empty.csv", b"", 400, "input.empty")
    yield UploadCase("only_a_byte_order_mark.csv", b"\xef\xbb\xbf", 400, "input.empty")
    yield UploadCase("only_blank_lines.csv", b"\r\n \r\n\t\r\n", 400, "input.empty")
    # Excel, "CSV" on Windows
    yield UploadCase("latin_1.csv", table().encode("latin-1"), 400, "input.encoding")
    yield UploadCase(
        "cut_inside_a_letter.csv",
        table().encode()[: table().encode().index(b"\xc3") + 1],
        400,
        "input.encoding",
    )
    yield UploadCase(
        "utf16_unmarked.csv", table(row_with(model_key="Audi")).encode("utf-16-le"), 400, "input.nul_bytes"
    )
    yield UploadCase("utf32.csv", table().encode("utf-32"), 400, "input.nul_bytes")
    yield UploadCase("nul_bytes.csv", csv_with(model_key="Au\0di"), 400, "input.nul_bytes")
    yield UploadCase("long_row.csv", table(GOOD_ROW, [*GOOD_ROW, "1"]).encode(), 422, "input.ragged_row")
    yield UploadCase("short_row.csv", table(GOOD_ROW, GOOD_ROW[:-1]).encode(), 422, "input.missing_value")
    # A file that was cut while it was sent.
    yield UploadCase("half_a_row.csv", table().encode()[:-40], 422, "input.missing_value")
    yield UploadCase(
        "open_quote.csv", (table() + '"' + ",".join(GOOD_ROW)).encode(), 400, "input.broken_quotes"
    )
    yield UploadCase(
        "text_after_quote.csv", (table() + '"Audi"x' + "," * 12).encode(), 400, "input.broken_quotes"
    )
    # The open quote swallows the rest of the table.
    swallowed = table(row_with(model_key="Audi"), *[GOOD_ROW] * 1_000).replace("Audi", '"Audi')
    yield UploadCase("open_quote_in_a_long_table.csv", swallowed.encode(), 413, "input.cell_too_long")
    yield UploadCase("long_cell.csv", csv_with(model_key="x" * 100_000), 413, "input.cell_too_long")
    yield UploadCase("one_endless_line.csv", b"x" * (2 << 20), 413, "input.cell_too_long")
    wide = table(["1"] * 5_000, header=[f"column_{index}" for index in range(5_000)])
    yield UploadCase("five_thousand_columns.csv", wide.encode(), 413, "input.too_many_columns")
    yield UploadCase("only_separators.csv", b"," * 1_000_000, 413, "input.too_many_columns")


def _not_tables() -> Iterator[UploadCase]:
    yield UploadCase("photo.csv", PNG, 400, "input.not_a_table")
    yield UploadCase(
        "web_page.xls", b"<html><body><table><tr><td>mileage</td></tr></table>", 400, "input.not_a_table"
    )
    yield UploadCase("marked_web_page.xls", b"\xef\xbb\xbf\n<!DOCTYPE html><html>", 400, "input.not_a_table")
    yield UploadCase("report.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 400, "input.not_a_table")
    yield UploadCase("packed.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", 400, "input.not_a_table")
    yield UploadCase("rows.json", b'{"mileage": 1}', 400, "input.not_a_table")


def _bad_spreadsheets() -> Iterator[UploadCase]:
    yield UploadCase("half.xlsx", xlsx()[: len(xlsx()) // 2], 400, "input.unreadable_spreadsheet")
    yield UploadCase("half.xls", xls()[: len(xls()) // 2], 400, "input.unreadable_spreadsheet")
    noise = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x07" * 5_000
    yield UploadCase("noise_with_xls_magic.xls", noise, 400, "input.unreadable_spreadsheet")
    # Twenty bytes lost near the end: calamine indexes past the end and panics.
    yield UploadCase("shortened.xls", xls()[:5_000] + xls()[5_020:], 400, "input.unreadable_spreadsheet")
    yield UploadCase("any_zip.xlsx", zipped({"readme.txt": b"hello"}), 400, "input.unreadable_spreadsheet")
    yield UploadCase("empty_zip.xlsx", zipped({}), 400, "input.unreadable_spreadsheet")
    yield UploadCase("encrypted_zip.xlsx", encrypted_zip(), 400, "input.unreadable_spreadsheet")
    # What Office writes for a workbook with a password: an OLE container around the encrypted zip.
    locked = xls() + "EncryptedPackage".encode("utf-16-le")
    yield UploadCase("password.xlsx", locked, 400, "input.unreadable_spreadsheet")
    yield UploadCase(
        "broken_sheet.xlsx", _with_sheet(b"<worksheet><sheetData><row"), 400, "input.unreadable_spreadsheet"
    )
    yield UploadCase("two_parts_of_one_name.xlsx", part_twice(), 400, "input.contradictory_spreadsheet")
    yield UploadCase("zip_bomb.xlsx", zip_bomb(), 413, "input.too_large_unpacked")
    yield UploadCase("lying_zip_bomb.xlsx", lying_zip_bomb(), 413, "input.too_large_unpacked")
    crowd = zipped({f"xl/{index}.xml": b"" for index in range(2_000)})
    yield UploadCase("two_thousand_parts.xlsx", crowd, 413, "input.too_large_unpacked")
    yield UploadCase("far_cell.xlsx", far_cell_workbook(), 413, "input.too_many_columns")
    # Nothing about this container is wrong; only the memory limit of the child stops it.
    yield UploadCase("shared_text_bomb.xlsx", shared_text_bomb(), 400, "input.parse_failed")


UPLOADS: tuple[UploadCase, ...] = (
    *_good(),
    *_good_workbooks(),
    *_bad_cells(),
    *_bad_headers(),
    *_bad_text(),
    *_not_tables(),
    *_bad_workbooks(),
    *_bad_spreadsheets(),
)
"""Every case; building them takes about a second."""
