"""The report of a short real run: the document, the page, the files. Numbers shown are the numbers stored."""

from __future__ import annotations

import copy
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench_fakes import VINS, FakePeer, FakeReader, subject

from vinedge import VinEdgeError
from vinedge.benchmarks import report
from vinedge.benchmarks.bench import run_bench
from vinedge.benchmarks.document import json_from_document, percentiles_entry
from vinedge.benchmarks.estimates import percentiles
from vinedge.benchmarks.pictures import read_pictures
from vinedge.benchmarks.report_html import html_from_document
from vinedge.benchmarks.run import Settings
from vinedge.benchmarks.svg import Scale
from vinedge.benchmarks.tables import headline, ms, tables

VOID = {"meta", "br", "line", "path"}
PLOTS = {"latency", "time", "stages", "throughput", "peers-speed", "peers-accuracy"}


class Page(HTMLParser):
    """Holds a page to well-formed nesting and collects its tables by section, ids, tags and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.cells: dict[str, list[str]] = {}
        self.text: list[str] = []
        self.section = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        values = dict(attrs)
        if "id" in values:
            self.ids.append(values["id"] or "")
        if tag == "section":
            self.section = values["id"] or ""
        if tag in ("td", "th"):
            self.cells.setdefault(self.section, []).append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[self.section][-1] += data


@pytest.fixture(scope="module")
def html(document: dict[str, Any]) -> str:
    return html_from_document(document)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


# ---- the document ---------------------------------------------------------------------------------------------------


def test_the_document_is_plain_json_with_its_schema(document: dict[str, Any]) -> None:
    again = json.loads(json_from_document(document))
    assert again == document
    assert (again["schema"], again["schema_version"]) == ("vinedge-bench", 1)
    assert list(again["scenarios"]) == ["single_stream", "throughput"]


def test_samples_stand_on_one_line_each(document: dict[str, Any]) -> None:
    lines = json_from_document(document).splitlines()
    assert sum(line.lstrip().startswith('"latency_us"') for line in lines) == 1
    assert len(lines) < 1000


def test_summaries_follow_from_the_samples(document: dict[str, Any]) -> None:
    run = document["scenarios"]["single_stream"]
    samples = np.array(document["samples"]["latency_us"])
    assert run["samples"] == len(samples)
    assert run["mean_us"] == pytest.approx(samples.mean(), abs=0.01)
    for entry in run["percentiles"]:
        if entry["resolved"]:
            assert [entry["value_us"]] == pytest.approx(percentiles(samples, [entry["percent"]]), abs=0.01)
            assert entry["low_us"] <= entry["value_us"] <= entry["high_us"]


def test_stages_add_up_to_the_mean_latency(document: dict[str, Any]) -> None:
    run = document["scenarios"]["single_stream"]
    inside = {stage["name"]: stage["mean_us"] for stage in run["stages"] if stage["in_latency"]}
    assert list(inside) == ["preprocess", "network", "decode", "call"]
    assert sum(inside.values()) == pytest.approx(run["mean_us"], abs=0.01)
    assert inside["network"] == pytest.approx(30)
    assert [stage["name"] for stage in run["stages"] if not stage["in_latency"]] == ["picture_decode"]


def test_accuracy_stands_beside_speed(document: dict[str, Any]) -> None:
    assert document["accuracy"]["exact"]["hits"] == 2
    assert document["accuracy"]["given"]["hits"] == 4
    readers = {reader["name"]: reader for reader in document["peers"]["readers"]}
    assert list(readers) == ["vinedge", "slowpoke"]
    for reader in readers.values():
        assert (reader["accuracy"]["plain"]["hits"], reader["accuracy"]["rules"]["hits"]) == (2, 3)
    assert readers["vinedge"]["times_as_long"] is None
    assert readers["slowpoke"]["times_as_long"]["value"] > 2
    assert document["peers"]["not_measured"] == [{"title": "Absent", "reason": "not installed"}]


def test_a_percentile_that_is_not_resolved_has_no_value() -> None:
    p50, p90, p99 = percentiles_entry(np.arange(100.0))
    assert p50["resolved"] and p90["resolved"] and not p99["resolved"]
    assert (p99["value_us"], p99["low_us"], p99["high_us"]) == (None, None, None)
    assert (p99["samples"], p99["samples_needed"]) == (100, 368)


# ---- the tables and the page ----------------------------------------------------------------------------------------


def test_the_page_shows_the_tables_cell_by_cell(document: dict[str, Any], page: Page) -> None:
    for table in tables(document):
        head = list(table.columns) if any(table.columns) else []
        assert page.cells[table.key] == [*head, *(cell for row in table.rows for cell in row)]


def test_the_tables_show_the_numbers_of_the_document(document: dict[str, Any]) -> None:
    shown = {table.key: table.rows for table in tables(document)}
    run = document["scenarios"]["single_stream"]
    for entry, row in zip(run["percentiles"], shown["latency"], strict=False):
        assert row[0] == f"p{entry['percent']}"
        if entry["resolved"]:
            assert float(row[1]) == pytest.approx(entry["value_us"] / 1000, abs=0.006)
            assert [float(end) for end in row[2].split(" to ")] == pytest.approx(
                [entry["low_us"] / 1000, entry["high_us"] / 1000], abs=0.006
            )
        else:
            assert row[1] == "not resolved"
    rates = [float(row[3].replace(",", "")) for row in shown["throughput"]]
    assert rates == pytest.approx(
        [point["pictures_per_s"]["value"] for point in document["scenarios"]["throughput"]["points"]], abs=0.51
    )
    assert shown["accuracy"][0] == ("VIN exactly right", "50.0", "2 of 4", "15.0 to 85.0")
    ratio = document["peers"]["readers"][1]["times_as_long"]["value"]
    assert float(shown["peers"][1][4]) == pytest.approx(ratio, abs=0.051)
    assert shown["peers-accuracy"][1] == ("Slowpoke <OCR>", "50.0", "15.0 to 85.0", "75.0", "30.1 to 95.4")


def test_every_plot_is_there_once_and_has_marks(html: str, page: Page) -> None:
    drawn = [one.removeprefix("plot-") for one in page.ids if one.startswith("plot-")]
    assert sorted(drawn) == sorted(PLOTS)
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        assert "<rect" in svg and "<text" in svg
        assert "nan" not in svg and "inf" not in svg


def test_plots_draw_within_their_box(html: str) -> None:
    for width, height, body in re.findall(r'<svg[^>]*viewBox="0 0 (\d+) (\d+)"[^>]*>(.*?)</svg>', html, re.DOTALL):
        for name, value in re.findall(r' (x|y|x1|x2|y1|y2)="(-?[\d.]+)"', body):
            assert 0 <= float(value) <= float(width if name.startswith("x") else height)
        for x, span in re.findall(r'<rect[^>]*x="([\d.]+)"[^>]*width="([\d.]+)"', body):
            assert float(x) + float(span) <= float(width) + 0.2


def test_the_page_needs_nothing_from_outside(html: str, page: Page) -> None:
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed"})
    assert {name for name, _ in page.attributes}.isdisjoint({"src", "href", "onload", "onclick", "style"})
    assert not re.search(r"https?:|//|url\(|@import", html.replace("</", ""))
    assert len(html.encode()) < 2 * 2**20


def test_the_page_is_made_for_light_dark_and_paper(html: str) -> None:
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html
    colors = set(re.findall(r'(?:fill|stroke)="', html))
    assert colors == set(), "colors come from the style sheet, or dark mode misses them"


def test_names_are_escaped(page: Page) -> None:
    text = "".join(page.text)
    assert "demo <b>&" in text
    assert "Slowpoke <OCR>" in text
    assert "b" not in page.tags


def test_the_report_holds_no_picture_name_label_or_reading(document: dict[str, Any], html: str) -> None:
    for text in (html, json_from_document(document)):
        assert not any(vin[:8] in text for vin in VINS)
        assert "secret" not in text
        assert "base64" not in text


def test_a_disturbed_run_is_marked_and_a_quiet_one_is_not(document: dict[str, Any]) -> None:
    disturbed = {**document, "disturbances": ["single stream: other processes kept 1.50 CPUs busy"]}
    assert "1.50 CPUs busy" in "".join(Page(html_from_document(disturbed)).text)
    assert "disturbances" in Page(html_from_document(disturbed)).ids
    assert "disturbances" not in Page(html_from_document({**document, "disturbances": []})).ids


def test_without_labels_and_peers_the_report_leaves_them_out(labelled_list: Path) -> None:
    pictures = read_pictures(labelled_list.parent, np.random.default_rng(0))
    settings = Settings(seconds=0.1, threads=1, batches=(1,))
    found = run_bench(subject(FakeReader(seconds=0.005)), pictures, settings, None, lambda part, fraction: None)
    assert (found["accuracy"], found["peers"]) == (None, None)
    shown = Page(html_from_document(found))
    assert {"accuracy", "peers", "peers-accuracy"}.isdisjoint(shown.ids)
    assert "p99" in shown.cells["latency"] and "not resolved" in shown.cells["latency"]
    assert "p99" not in headline(found)


def test_without_labels_peers_have_times_only(labelled_list: Path) -> None:
    from vinedge.benchmarks.peers import Peers

    pictures = read_pictures(labelled_list.parent, np.random.default_rng(0))
    settings = Settings(seconds=0.1, threads=1, batches=(1,))
    peers = Peers([FakePeer()], [])
    found = run_bench(subject(FakeReader()), pictures, settings, peers, lambda part, fraction: None)
    ids = Page(html_from_document(found)).ids
    assert "plot-peers-speed" in ids and "plot-peers-accuracy" not in ids


def test_a_stall_does_not_hide_the_rest(document: dict[str, Any]) -> None:
    stalled = copy.deepcopy(document)
    stalled["samples"]["latency_us"][3] = 5e6
    html = html_from_document(stalled)
    assert "took longer, up to 5,000.0 ms" in html


@pytest.mark.parametrize(("value", "shown"), [(983.4, "0.983"), (23_540, "23.54"), (512_340, "512.3"), (4.2, "0.004")])
def test_milliseconds(value: float, shown: str) -> None:
    assert ms(value) == shown


@pytest.mark.parametrize(
    ("low", "high", "log", "ticks"),
    [(0, 1, False, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0.3, 9, True, [0.5, 1, 2, 5]), (95, 132, False, [100, 110, 120, 130])],
)
def test_ticks_are_round(low: float, high: float, log: bool, ticks: list[float]) -> None:
    assert Scale(low, high, 0, 100, log).ticks() == ticks


# ---- the files ------------------------------------------------------------------------------------------------------


def test_both_files_are_written(document: dict[str, Any], html: str, tmp_path: Path) -> None:
    files = report.write_report(document, tmp_path / "a/b")
    assert [file.name for file in files] == ["results.json", "report.html"]
    assert json.loads(files[0].read_text(encoding="utf-8")) == document
    assert files[1].read_text(encoding="utf-8") == html
    assert sorted(path.name for path in (tmp_path / "a/b").iterdir()) == ["report.html", "results.json"]


def test_a_write_that_fails_leaves_the_old_file(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report.write_report(document, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(VinEdgeError, match="No space left on device; choose another --out"):
        report.write_report({**document, "created": "later"}, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_is_a_file_is_found_out_early(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(VinEdgeError, match="is a file; name a folder with --out"):
            report.check_folder(folder)
    report.check_folder(tmp_path / "new" / "folder")
    assert not (tmp_path / "new").exists()
