"""The results as goals, as a table and as a plot."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

MB = 1_000_000
# Kind, megabytes, ratio at most.
CPU_GOALS = (
    ("JSON", 0.3, 1),
    ("JSON", 3, 1 / 2),
    ("JSON", 12, 1 / 3),
    ("JSON", 49, 1 / 5),
    ("form", 49, 1 / 5),
    *(("escaped JSON", size, 1) for size in (0.3, 3, 12, 49)),
    *(("multipart", size, 1.15) for size in (12, 49)),
)
STRETCH_GOALS = (("escaped JSON", 49, 1 / 2),)
GROWTH = 16
FLAT = 10


def goals(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Every goal that this run measured, with the figure and whether it is met."""
    found = []
    for word, wanted in (("", CPU_GOALS), (" (stretch)", STRETCH_GOALS)):
        for kind, size, most in wanted:
            for row in result["uploads"]:
                if (row["kind"], row["size"]) == (kind, size):
                    what = f"CPU, {kind}, {size} MB, allocator {row['allocator']}{word}"
                    found.append(_goal(what, row["ratio"], most, "x"))
    growths = [row["ours"]["growth"] for row in result["uploads"] if row["ours"]["growth"] is not None]
    if growths:
        found.append(_goal("peak growth, any upload of the table", max(growths) / MB, GROWTH, "MB"))
    for row in result["large"]:
        if row["contender"] == "safelight" and row["growth"] is not None:
            found.append(_goal(f"peak growth, 1 GiB of {row['kind']}", row["growth"] / MB, GROWTH, "MB"))
    for row in result["long_run"]:
        if row["contender"] == "safelight":
            change = (median(row["resident"][-10:]) - row["resident"][0]) / MB
            found.append(_goal(f"{len(row['resident'])} uploads of 12 MB, {row['kind']}: flat", change, FLAT, "MB"))
    return found


def _goal(what: str, measured: float, most: float, unit: str) -> dict[str, Any]:
    return {"what": what, "measured": measured, "most": most, "unit": unit, "met": measured <= most}


def text(result: dict[str, Any]) -> str:
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    lines = [
        "",
        f"{machine['cpu']}, {machine['cores']} cores; {machine['system']}; Python {machine['python']}",
        versions,
        f"Medians of {result['rounds']} rounds; ratio: Safelight's CPU time to its peer's in the same round, with "
        "quartiles; growth: the most of all rounds.",
    ]
    for allocator in dict.fromkeys(row["allocator"] for row in result["uploads"]):
        lines += ["", f"Allocator of all workers: {ALLOCATORS[allocator]}", ""]
        head = ("body", "MB", "peer", "CPU ms", "peer's", "ratio", "quartiles", "growth MB", "peer's")
        lines += _columns([head, *(_cells(row) for row in result["uploads"] if row["allocator"] == allocator)])
    if result["large"]:
        head = ("1 GiB of", "contender", "growth MB", "CPU s", "wall s")
        cells = [
            (row["kind"], row["contender"], _mb(row["growth"]), f"{row['cpu']:.1f}", f"{row['wall']:.1f}")
            for row in result["large"]
        ]
        lines += ["", *_columns([head, *cells])]
        if not any(row["contender"] != "safelight" for row in result["large"]):
            lines.append("(drf-extra-fields needs some 4 GB for such a body; --full measures it)")
    if result["long_run"]:
        head = ("12 MB in a row", "contender", "after the first", "last ten", "highest", "(resident MB)")
        cells = [
            (
                f"{len(row['resident'])} x {row['kind']}",
                row["contender"],
                *map(_mb, (row["resident"][0], median(row["resident"][-10:]), max(row["resident"]))),
                "",
            )
            for row in result["long_run"]
        ]
        lines += ["", *_columns([head, *cells])]
    head = ("sent", "safelight", "extra-fields", "drf")
    lines += ["", *_columns([head, *(tuple(row.values()) for row in result["verified"])])]
    lines += ["", *(f"{who}: {what}" for who, what in VERIFIED.items())]
    cells = [
        (
            goal["what"],
            f"{goal['measured']:.2f} {goal['unit']}",
            f"{goal['most']:.2f}",
            "pass" if goal["met"] else "MISS",
        )
        for goal in result["goals"]
    ]
    return "\n".join([*lines, "", *_columns([("goal", "measured", "at most", ""), *cells])])


ALLOCATORS = {
    "default": "glibc as it begins (its mmap threshold adapts by itself, MALLOC_* unset)",
    "warmed": "glibc after a block of 31 MiB was freed at import: blocks up to that size are kept and reused",
}
VERIFIED = {
    "safelight": "type from the bytes, every segment to the end marker, pixels by the header and the data for them; "
    "metadata and what follows the end removed; SHA-256; on the disk (fsync) before the row names it; ledger",
    "extra-fields": "type from the first bytes (filetype); Pillow opens it and reads the header (for JPEG its verify() "
    "does no more); stored as sent, not synced",
    "drf": "Pillow as above; the temporary file is renamed into its place, stored as sent, not synced",
}


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    ours, theirs = row["ours"], row["theirs"]
    low, high = row["quartiles"]
    cpu = (f"{ours['cpu'] * 1000:.1f}", f"{theirs['cpu'] * 1000:.1f}", f"{row['ratio']:.2f}", f"{low:.2f} - {high:.2f}")
    return (row["kind"], f"{row['size']:g}", row["peer"], *cpu, _mb(ours["growth"]), _mb(theirs["growth"]))


def _mb(size: float | None) -> str:
    return "not measured" if size is None else f"{size / MB:.1f}"


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Aligned: words to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = []
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            numbers = all(other[column][:1].isdigit() or other[column][:1] == "-" for other in rows[1:])
            cells.append(cell.rjust(width) if numbers else cell.ljust(width))
        lines.append("  ".join(cells).rstrip())
    return lines


def plot(result: dict[str, Any], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (cpu, memory, run) = pyplot.subplots(1, 3, figsize=(17, 5), layout="constrained")
    first = result["uploads"][0]["allocator"]
    for index, kind in enumerate(dict.fromkeys(row["kind"] for row in result["uploads"])):
        rows = [row for row in result["uploads"] if row["kind"] == kind and row["allocator"] == first]
        sizes, colour = [row["size"] for row in rows], f"C{index}"
        spread = [
            [row["ratio"] - row["quartiles"][0] for row in rows],
            [row["quartiles"][1] - row["ratio"] for row in rows],
        ]
        ratios = [row["ratio"] for row in rows]
        cpu.errorbar(sizes, ratios, spread, color=colour, marker="o", capsize=3, label=f"{kind} / {rows[0]['peer']}")
        wanted = [(size, most) for name, size, most in CPU_GOALS if name == kind]
        cpu.scatter(*zip(*wanted, strict=True), color=colour, marker="_", s=200)
        if any(row["ours"]["growth"] is None for row in rows):
            continue
        for who, style in (("ours", "-"), ("theirs", ":")):
            growths = [row[who]["growth"] / MB for row in rows]
            name = "safelight" if who == "ours" else rows[0]["peer"]
            memory.plot(sizes, growths, style, color=colour, marker="o", label=f"{kind}, {name}")
    cpu.axhline(1, color="grey", linewidth=0.5)
    cpu.set(xscale="log", yscale="log", xlabel="picture, MB", title="CPU time, Safelight to peer (dashes: goals)")
    memory.axhline(GROWTH, color="grey", linestyle="--")
    memory.set(
        xscale="log",
        yscale="symlog",
        ylim=(0, None),
        xlabel="picture, MB",
        title="Peak memory growth, MB (dashed: goal)",
    )
    for row in result["long_run"]:
        style = "-" if row["contender"] == "safelight" else ":"
        resident = [size / MB for size in row["resident"]]
        run.plot(range(1, len(resident) + 1), resident, style, label=f"{row['kind']}, {row['contender']}")
    run.set(xlabel="uploads of 12 MB", title="Resident memory, MB", ylim=(0, None))
    ticks = sorted({row["size"] for row in result["uploads"]})
    for axes in (cpu, memory):
        axes.set_xticks(ticks, [f"{size:g}" for size in ticks])
        axes.minorticks_off()
    cpu.set_yticks([0.1, 0.2, 1 / 3, 0.5, 1, 2, 4], ["1/10", "1/5", "1/3", "1/2", "1", "2", "4"])
    for axes in (cpu, memory, run):
        axes.legend(fontsize="small")
    figure.suptitle(f"Intake, allocator {first}: {result['machine']['cpu']}, Python {result['machine']['python']}")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
