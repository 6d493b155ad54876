"""One self-contained page: results document -> HTML with inline SVG, no script, no network, light and dark.

It shows numbers and conditions only. Pictures and readings stay out: VINs can be personal data.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from . import plots
from .tables import Table, headline, tables

Plot = Callable[[dict[str, Any]], str]
_PLOTS: dict[str, tuple[Plot, ...]] = {
    "latency": (plots.latency_plot, plots.time_plot),
    "stages": (plots.stage_plot,),
    "throughput": (plots.throughput_plot,),
    "peers": (plots.peers_speed_plot,),
    "peers-accuracy": (plots.peers_accuracy_plot,),
}

_STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --ink: #1b1f24; --soft: #57606a; --rule: #d8dee4; --panel: #f6f8fa;
  --bar: #1f6feb; --other: #8c96a3; --faint: #a8c7fa; --mark: #b35900; --band: #b3590033; --warn: #fff4d6;
  --edge: #d4a72c; }
@media (prefers-color-scheme: dark) { :root { --page: #0f1318; --ink: #e6e9ed; --soft: #9aa4b0; --rule: #2c333c;
  --panel: #171c23; --bar: #539bf5; --other: #6e7a88; --faint: #26456e; --mark: #f0a35e; --band: #f0a35e33;
  --warn: #33290d; --edge: #9e7b1d; } }
@media print { :root { --page: #fff; --ink: #000; --soft: #444; --rule: #ccc; --panel: #fff; --bar: #1f6feb;
  --other: #8c96a3; --faint: #a8c7fa; --mark: #b35900; --band: #b3590033; --warn: #fff; }
  section { break-inside: avoid; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", sans-serif; }
main { max-width: 900px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 1.7rem; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin: 36px 0 8px; }
p { margin: 6px 0; } .lead { font-size: 1.1rem; } .soft { color: var(--soft); font-size: .9rem; }
.warn { background: var(--warn); border: 1px solid var(--edge); border-radius: 8px; padding: 10px 14px; }
.warn { margin: 16px 0; }
.warn ul { margin: 4px 0 0; padding-left: 20px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; min-width: 60%; font-size: .92rem; }
th, td { padding: 6px 10px; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; }
td { overflow-wrap: break-word; } td.number, th.number { white-space: nowrap; }
svg { display: block; width: 100%; min-width: 560px; height: auto; margin: 10px 0; }
svg { background: var(--panel); border-radius: 8px; }
svg text { font: 13px system-ui, "Segoe UI", sans-serif; fill: var(--ink); }
svg .note { fill: var(--soft); font-size: 12px; }
svg .label { fill: var(--soft); } svg .strong { font-weight: 600; }
.bar { fill: var(--bar); } .other { fill: var(--other); } .faint { fill: var(--faint); } .band { fill: var(--band); }
.mark { stroke: var(--mark); stroke-width: 1.6; } .axis { stroke: var(--soft); } .grid { stroke: var(--rule); }
.whisker { stroke: var(--ink); stroke-width: 1.4; } .curve { fill: none; stroke: var(--bar); stroke-width: 2; }
"""


def html_from_document(document: dict[str, Any]) -> str:
    """Return the page."""
    name = escape(document["bundle"]["name"])
    sections = "".join(_section(table, document) for table in tables(document))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}: vin-bench</title><style>{_STYLE}</style></head>\n<body><main>\n"
        f'<h1>{name}</h1><p class="lead">{escape(headline(document))}</p>'
        f'<p class="soft">vin-bench, {escape(document["created_by"])}, {escape(document["created"])}, '
        f"{escape(document['bundle']['engine'])}</p>"
        f"{_warning(document['disturbances'])}{sections}\n</main></body></html>\n"
    )


def _warning(disturbances: list[str]) -> str:
    if not disturbances:
        return ""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in disturbances)
    return (
        '<div class="warn" id="disturbances"><strong>Measured on a machine that was not quiet.</strong> '
        f"Times may be too long and intervals too narrow; close other programs and measure again.<ul>{items}</ul></div>"
    )


def _section(table: Table, document: dict[str, Any]) -> str:
    drawings = "".join(f'<div class="scroll">{plot(document)}</div>' for plot in _PLOTS.get(table.key, ()))
    note = f'<p class="soft">{escape(table.note)}</p>' if table.note else ""
    return f'\n<section id="{table.key}"><h2>{escape(table.title)}</h2>{drawings}{_table(table)}{note}</section>'


def _table(table: Table) -> str:
    kinds = ["" if place < table.words else ' class="number"' for place in range(len(table.columns))]
    head = ""
    if any(table.columns):
        cells = (f"<th{kind}>{escape(name)}</th>" for kind, name in zip(kinds, table.columns, strict=True))
        head = f"<thead><tr>{''.join(cells)}</tr></thead>"
    body = "".join(
        f"<tr>{''.join(f'<td{kind}>{escape(cell)}</td>' for kind, cell in zip(kinds, row, strict=True))}</tr>"
        for row in table.rows
    )
    return f'<div class="scroll"><table>{head}<tbody>{body}</tbody></table></div>'
