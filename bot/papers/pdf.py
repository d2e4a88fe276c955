# SPDX-License-Identifier: AGPL-3.0-or-later
"""Draws the parts of a dossier on A4 pages, Arabic shaped and read from the right; no file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import cache
from importlib.resources import files

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout
from fpdf.fonts import FontFace, TTFFont

from bot.papers.pages import Part, Table

FONT = "Vazirmatn"  # Arabic and Latin in one file, SIL Open Font Licence
MARGIN, LINE = 18.0, 6.4  # millimetres
SIZES = {"title": 18.0, "heading": 12.5, "say": 10.5, "small": 9.0, "blank": 10.5}  # points
GREY, DARK = 110, 25


@cache
def _font(style: str) -> str:
    return str(files("bot.papers") / "fonts" / f"{FONT}-{style}.ttf")


class Sheet(FPDF):
    """Pages that read in one direction, with their number under them."""

    def __init__(self, *, rtl: bool) -> None:
        super().__init__(format="A4")
        self.rtl = rtl
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN)
        for style, name in (("", "Regular"), ("B", "Bold")):
            self.add_font(FONT, style, _font(name))
        direction, script = ("rtl", "arab") if rtl else ("ltr", "latn")
        self.set_font(FONT, size=SIZES["say"])
        self.set_text_shaping(use_shaping_engine=True, direction=direction, script=script)
        self.side = Align.R if rtl else Align.L

    def footer(self) -> None:
        """The number of the page."""
        self.set_y(-MARGIN + 4)
        self.set_font(FONT, size=8)
        self.set_text_color(GREY)
        self.cell(0, 5, str(self.page_no()), align=Align.C)

    def close(self) -> None:
        """Let go of the font files, which the library holds open."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def words(self, text: str, size: float, *, bold: bool = False, colour: int = DARK) -> None:
        """A paragraph in the direction of the page."""
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(colour)
        self.multi_cell(
            0, LINE * size / 10.5, text, align=self.side, new_x="LMARGIN", new_y="NEXT"
        )

    def dotted(self, start: float, end: float) -> None:
        """A line to write on, at the present height."""
        self.set_draw_color(GREY)
        self.set_dash_pattern(dash=0.4, gap=0.9)
        self.line(start, self.y, end, self.y)
        self.set_dash_pattern()


def draw(parts: Sequence[Part | Table], *, rtl: bool) -> bytes:
    """Return the finished document."""
    with closing(Sheet(rtl=rtl)) as sheet:
        sheet.add_page()
        for part in parts:
            if isinstance(part, Table):
                _table(sheet, part)
            else:
                _part(sheet, part)
        return bytes(sheet.output())


def _part(sheet: Sheet, part: Part) -> None:
    match part.kind:
        case "page":
            sheet.add_page()
        case "lines":
            for _ in range(part.count):
                sheet.ln(8)
                sheet.dotted(MARGIN, sheet.w - MARGIN)
            sheet.ln(3)
        case "blank":
            _blank(sheet, part.text)
        case "title":
            sheet.words(part.text, SIZES["title"], bold=True)
            sheet.ln(2)
        case "heading":
            sheet.ln(3)
            sheet.words(part.text, SIZES["heading"], bold=True)
            sheet.ln(0.5)
        case "small":
            sheet.words(part.text, SIZES["small"], colour=GREY)
            sheet.ln(1)
        case _:
            sheet.words(part.text, SIZES["say"])
            sheet.ln(1.5)


def _blank(sheet: Sheet, label: str) -> None:
    """A label and a line to write on, from the side where reading begins."""
    sheet.set_font(FONT, size=SIZES["blank"])
    sheet.set_text_color(DARK)
    if sheet.will_page_break(8):
        sheet.add_page()
    width = sheet.get_string_width(label) + 3
    left, right = MARGIN, sheet.w - MARGIN
    sheet.set_x(right - width if sheet.rtl else left)
    sheet.cell(width, 8, label, align=sheet.side)
    sheet.set_y(sheet.y + 6.5)
    sheet.dotted(*((left, right - width) if sheet.rtl else (left + width, right)))
    sheet.set_y(sheet.y + 1.5)


def _table(sheet: Sheet, table: Table) -> None:
    """Columns from the side where reading begins; rows without words stay tall enough to fill."""
    order = slice(None, None, -1) if sheet.rtl else slice(None)
    sheet.set_font(FONT, size=SIZES["small"])
    sheet.set_text_color(DARK)
    sheet.set_draw_color(190)
    head = FontFace(emphasis="BOLD", fill_color=(240, 240, 238))
    with sheet.table(
        col_widths=table.widths[order], text_align=sheet.side, line_height=5.2, padding=1.2,
        borders_layout=TableBordersLayout.ALL, headings_style=head,
    ) as drawn:  # fmt: skip
        for row in table.rows:
            line = drawn.row()
            for cell in row[order]:
                line.cell(cell or " ")
    sheet.ln(4)
