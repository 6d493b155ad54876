"""The tables of a report: results document -> rows of words and numbers, the same on the terminal and in the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

STAGE_NAMES = {
    "picture_decode": "picture file to pixels",
    "preprocess": "preprocess",
    "network": "network",
    "decode": "CTC decode",
    "call": "call and checks",
}
NOT_RESOLVED = "not resolved"
NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Table:
    """`key` names it in a page; columns after `words` hold numbers. `note` says how to read it."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""
    words: int = 1


def tables(document: dict[str, Any]) -> list[Table]:
    """Return every table that the document has something for, in the order of a report."""
    made = [latency_table(document), stage_table(document), throughput_table(document)]
    if document["accuracy"]:
        made.append(accuracy_table(document))
    if document["peers"]:
        made.append(peers_speed_table(document))
        if document["peers"]["labelled"]:
            made.append(peers_accuracy_table(document))
    return [*made, conditions_table(document)]


def ms(value_us: float) -> str:
    """Microseconds as milliseconds with four digits or so: 0.983, 23.54, 512.3."""
    value = value_us / 1000
    return f"{value:.3f}" if value < 10 else f"{value:.2f}" if value < 100 else f"{value:,.1f}"


def us(value_us: float) -> str:
    """Microseconds: 0.42, 31.5, 1,432."""
    return f"{value_us:.2f}" if value_us < 10 else f"{value_us:.1f}" if value_us < 100 else f"{value_us:,.0f}"


def percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def percentile(entries: list[dict[str, Any]], wanted: float) -> dict[str, Any]:
    """Return the entry of one percentile."""
    return next(entry for entry in entries if entry["percent"] == wanted)


def latency_table(document: dict[str, Any]) -> Table:
    run = document["scenarios"]["single_stream"]
    rows: list[tuple[str, ...]] = []
    for entry in run["percentiles"]:
        if entry["resolved"]:
            cells = ms(entry["value_us"]), f"{ms(entry['low_us'])} to {ms(entry['high_us'])}"
        else:
            cells = NOT_RESOLVED, f"needs {entry['samples_needed']:,} reads"
        rows.append((f"p{entry['percent']:g}", *cells))
    rows += [("mean", ms(run["mean_us"]), ""), ("fastest", ms(run["min_us"]), ""), ("slowest", ms(run["max_us"]), "")]
    harness = document["harness"]["in_latency_ns"]
    note = (
        f"{run['samples']:,} reads of {document['pictures']['timed']:,} pictures in {run['seconds']:.1f} s, one after "
        f"the other on {run['engine_threads']} engine thread, from decoded pixels to the VIN. "
        f"The clock itself adds {harness / 1000:.2f} µs to each."
    )
    return Table("latency", "Latency of one picture", ("", "ms", "95 % interval"), rows, note)


def stage_table(document: dict[str, Any]) -> Table:
    run = document["scenarios"]["single_stream"]
    rows = []
    for stage in run["stages"]:
        share = f"{100 * stage['mean_us'] / run['mean_us']:.1f}" if stage["in_latency"] else "-"
        values = [us(e["value_us"]) if e["resolved"] else NOT_RESOLVED for e in stage["percentiles"]]
        rows.append((STAGE_NAMES[stage["name"]], us(stage["mean_us"]), share, *values))
    percents = [f"p{entry['percent']:g} µs" for entry in run["percentiles"]]
    note = (
        "Stages with a share add up to the mean latency. Decoding the picture file comes before it and is "
        "measured by itself, on one thread."
    )
    return Table("stages", "Where the time goes", ("stage", "mean µs", "% of latency", *percents), rows, note)


def throughput_table(document: dict[str, Any]) -> Table:
    rows = []
    for point in document["scenarios"]["throughput"]["points"]:
        rate = point["pictures_per_s"]
        counts = (str(point[key]) for key in ("batch", "callers", "engine_threads"))
        rows.append((*counts, f"{rate['value']:,.0f}", f"{rate['low']:,.0f} to {rate['high']:,.0f}"))
    columns = ("batch", "callers", "engine threads", "pictures/s", "95 % interval")
    note = "Callers are Python threads that share one recognizer; engine threads work together on one call."
    return Table("throughput", "Pictures a second", columns, rows, note, words=0)


def accuracy_table(document: dict[str, Any]) -> Table:
    names = {"exact": "VIN exactly right", "given": "VIN given at all", "right_when_given": "right when given"}
    rows = []
    for key, name in names.items():
        share = document["accuracy"][key]
        rows.append((name, percent(share["value"]), f"{share['hits']:,} of {share['n']:,}", _interval(share)))
    errors = document["accuracy"]["character_error_rate"]
    rows.append(("characters wrong (CER)", percent(errors["value"]), "", _interval(errors)))
    note = f"The same bundle on the same {document['pictures']['labelled']:,} labelled pictures."
    return Table("accuracy", "Accuracy", ("", "%", "pictures", "95 % interval"), rows, note)


def peers_speed_table(document: dict[str, Any]) -> Table:
    peers = document["peers"]
    rows = []
    for reader in peers["readers"]:
        times = [ms(e["value_us"]) if e["resolved"] else NOT_RESOLVED for e in reader["percentiles"]]
        ratio = reader["times_as_long"]
        cells = (f"{ratio['value']:.1f}", f"{ratio['low']:.1f} to {ratio['high']:.1f}") if ratio else ("1", "")
        rows.append((reader["title"], *times, *cells))
    percents = [f"p{entry['percent']:g} ms" for entry in peers["readers"][0]["percentiles"]]
    threads = " and ".join(sorted({str(reader["threads"]) for reader in peers["readers"]}))
    packages = ", ".join(f"{reader['title']} from {reader['package']}" for reader in peers["readers"][1:])
    note = (
        f"All readers on the same {peers['pictures']:,} pictures, picture by picture in random order, "
        f"rounds: {peers['rounds']}, engine threads: {threads}, from pixels to text. {packages}. "
        "The ratio is the geometric mean over the pictures. The others push vinedge's data out of the CPU's caches, "
        "so it is slower here than alone."
    )
    for missing in peers["not_measured"]:
        note += f" Not measured: {missing['title']} ({missing['reason']})."
    columns = ("reader", *percents, "times as long", "95 % interval")
    return Table("peers", "Beside other readers: time", columns, rows, note)


def peers_accuracy_table(document: dict[str, Any]) -> Table:
    peers = document["peers"]
    rows = []
    for reader in peers["readers"]:
        plain, rules = reader["accuracy"]["plain"], reader["accuracy"]["rules"]
        rows.append(
            (reader["title"], percent(plain["value"]), _interval(plain), percent(rules["value"]), _interval(rules))
        )
    note = (
        f"Of {peers['labelled']:,} labelled pictures. Exact: the letters and digits read are the VIN. With rules, the "
        "same for every reader: I becomes 1, O and Q become 0, and of more than 17 characters the window with a valid "
        "check digit is taken."
    )
    columns = ("reader", "exact %", "95 % interval", "with rules %", "95 % interval")
    return Table("peers-accuracy", "Beside other readers: accuracy", columns, rows, note)


def conditions_table(document: dict[str, Any]) -> Table:
    machine, software = document["conditions"]["machine"], document["conditions"]["software"]
    bundle, pictures, settings = document["bundle"], document["pictures"], document["settings"]
    run = document["scenarios"]["single_stream"]
    load, warm = run["load"], run["warm_up"]
    cpu = f"{machine['cpu']}, {machine['cores'] or '?'} cores, {machine['usable_cpus']} CPUs usable"
    quota = machine["cpu_quota"]
    before, after = document["conditions"]["load_average_before"], load["load_average"]
    others = NOT_KNOWN if load["other_cpus"] is None else f"{load['other_cpus']:.2f} CPUs"
    steady = "stable" if warm["stable"] else "not stable"
    packages = ", ".join(f"{name} {number}" for name, number in software["packages"].items())
    counts = f"{pictures['source']}: {pictures['count']:,}, of which {pictures['labelled']:,} labelled"
    size = f"{pictures['median_width_px']} x {pictures['median_height_px']}"
    rows = [
        ("date", document["created"]),
        ("bundle", f"{bundle['name']}, bundle.json sha256 {bundle['document_sha256'][:16]}"),
        *((f"file {name}", f"sha256 {digest[:16]}") for name, digest in bundle["files"].items()),
        ("engine", bundle["engine"]),
        ("processor", cpu + (f", limited to {quota:g} CPUs" if quota else "")),
        (
            "clock and governor",
            f"{_or_unknown(machine['clock_mhz'], ' MHz')}, governor {_or_unknown(machine['governor'])}",
        ),
        ("board", machine["board"] or "-"),
        ("virtual machine", {True: "yes", False: "no", None: NOT_KNOWN}[machine["virtual_machine"]]),
        ("memory", _or_unknown(machine["memory_gib"], " GiB")),
        ("system", f"{_or_unknown(software['distribution'])}, {software['system']}, {machine['architecture']}"),
        ("software", f"vinedge {software['vinedge']}, Python {software['python']}, {packages}"),
        ("other processes", f"{others} busy; load average {_or_unknown(before)} before, {_or_unknown(after)} after"),
        ("warm-up", f"{warm['reads']:,} reads in {warm['seconds']:.1f} s, {steady}"),
        ("pictures", f"{counts}; median {size} px; sha256 {pictures['sha256'][:16]}"),
        ("harness", f"{document['harness']['per_picture_ns'] / 1000:.2f} µs a picture, clock and loop"),
        ("settings", f"{settings['seconds']:g} s, at most {settings['threads']} threads, seed {settings['seed']}"),
    ]
    return Table("conditions", "Conditions", ("", ""), rows, words=2)


def headline(document: dict[str, Any]) -> str:
    """Return the result in one sentence."""
    run = document["scenarios"]["single_stream"]
    p50, p99 = (percentile(run["percentiles"], wanted) for wanted in (50, 99))
    times = f"{ms(p50['value_us'])} ms a picture (median)" if p50["resolved"] else f"{ms(run['mean_us'])} ms (mean)"
    if p99["resolved"]:
        times += f", {ms(p99['value_us'])} ms at p99"
    text = f"{times}, one thread of {document['conditions']['machine']['cpu']}"
    if document["accuracy"]:
        exact = document["accuracy"]["exact"]
        text += f"; {percent(exact['value'])} % of {exact['n']:,} VINs exactly right ({_interval(exact)})"
    return text + "."


def _interval(entry: dict[str, Any]) -> str:
    return f"{percent(entry['low'])} to {percent(entry['high'])}"


def _or_unknown(value: object, unit: str = "") -> str:
    return NOT_KNOWN if value is None else f"{value}{unit}"
