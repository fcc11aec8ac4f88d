"""One HTML page that needs nothing else: headings, figures with their tables, style for screen and paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, sans-serif; color: #1a1a1a; background: #fff; }
body { margin: 0 auto; max-width: 54rem; padding: 1.5rem; }
h1 { font-size: 1.75rem; line-height: 1.25; } h2 { font-size: 1.3rem; margin-top: 2.5rem; } h3 { font-size: 1.05rem; }
figure { margin: 1.5rem 0 2rem; } figcaption { font-weight: 600; margin-bottom: .5rem; }
svg { display: block; width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: #333; }
svg .grid { stroke: #e2e2e2; } svg .axis { stroke: #555; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #555; padding-bottom: .25rem; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid #ddd; vertical-align: top; }
th:first-child, td:first-child { text-align: left; } thead th { border-bottom: 2px solid #999; }
.note { color: #555; font-size: .9rem; } .warning { border: 2px solid #b00020; padding: .75rem 1rem; font-weight: 600; }
.scroll { overflow-x: auto; }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; } h2 { break-after: avoid; }
  figure { margin: 1rem 0; } figcaption, svg, tr, .warning { break-inside: avoid; } thead { display: table-header-group; }
}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(title: str, parts: Sequence[str]) -> str:
    """A whole page. ``parts`` are HTML already; everything else is escaped."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def section(key: str, heading: str, parts: Sequence[str]) -> str:
    """A section under a heading; ``key`` is its id."""
    inside = "\n".join(parts)
    return f'<section aria-labelledby="{key}">\n<h2 id="{key}">{escape(heading)}</h2>\n{inside}\n</section>'


def paragraph(text: str, *, kind: str = "") -> str:
    """Plain text; ``kind`` is ``note`` or ``warning``."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def heading(text: str) -> str:
    """A heading inside a section."""
    return f"<h3>{escape(text)}</h3>"


def figure(key: str, caption: str, chart: str, below: str) -> str:
    """A chart with its caption above and its table below."""
    return (
        f'<figure aria-labelledby="{key}-caption">\n<figcaption id="{key}-caption">{escape(caption)}</figcaption>\n'
        f"{chart}\n{below}\n</figure>"
    )


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table whose first cell in every row names the row."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "\n".join(
        f'<tr><th scope="row">{escape(str(row[0]))}</th>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )
