"""Counts of reads, pairs and hits through the stages, and checks that none is lost between them.

Three equations are checked: in = out + dropped within each stage; out of a stage = in of the next
stage that counts the same items; out of a stage = rows of the table that it wrote.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readkin.errors import InputError
from readkin.formats.counts import Flow, read_counts

Stages = Mapping[str, Sequence[str]]
"""Stages in their order, with the kinds of items that each must count; a stage without any is not
followed, as no later stage reads its output."""

MAX_UNITS_NAMED = 50
RUN_AGAIN = "run that stage again (snakemake -R {0} --until {0}), then the report"


@dataclass(frozen=True)
class StageCounts:
    """Content of one counts file, which one job of a stage wrote."""

    path: Path
    stage: str
    unit: str | None
    flows: tuple[Flow, ...]
    details: dict[str, Any]


@dataclass(frozen=True)
class StageFlow:
    """Items of one kind through one stage, summed over the units.

    Attributes:
        stage: name of the stage.
        flow: numbers of items in, out and dropped.
        where: file, or stage, that error messages name.
    """

    stage: str
    flow: Flow
    where: str


def load_counts(paths: Iterable[Path], stages: Stages) -> list[StageCounts]:
    """Return the content of the counts files, in the order of the stages.

    Args:
        paths: the counts files.
        stages: all stages of the run.

    Raises:
        InputError: if a file has no counts, its numbers do not add up, or a stage is missing.
    """
    counts = [_load_one(Path(path), stages) for path in paths]
    for stage, kinds in stages.items():
        files = [entry for entry in counts if entry.stage == stage]
        if kinds and not files:
            raise InputError(
                stage, "no counts of this stage", "a counts file", "pass it with --counts"
            )
        for entry in files:
            counted = [item_kind(flow) for flow in entry.flows]
            for kind in kinds:
                if kind not in counted:
                    raise InputError(
                        entry.path,
                        f"no count of {kind}",
                        f"one by {stage}",
                        RUN_AGAIN.format(stage),
                    )
    order = list(stages)
    return sorted(counts, key=lambda entry: order.index(entry.stage))


def _load_one(path: Path, stages: Stages) -> StageCounts:
    content = read_counts(path)
    stage = content["stage"]
    if stage not in stages:
        raise InputError(
            path, f"counts of stage {stage!r}", f"one of {', '.join(stages)}", "check --counts"
        )
    flows = []
    for entry in content["flows"]:
        try:
            flows.append(Flow(entry["what"], entry["in"], entry["out"], entry["dropped"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                path,
                f"counts of {stage} that do not add up ({error})",
                "in = out + dropped",
                RUN_AGAIN.format(stage),
            ) from None
    return StageCounts(
        path=path,
        stage=stage,
        unit=content.get("unit"),
        flows=tuple(flows),
        details=content["details"],
    )


def lost_units_text(counts: Iterable[StageCounts]) -> str:
    """Return a sentence that names the units without a read after trimming; "" if all have some."""
    trimmed = [entry for entry in counts if entry.stage == "trim_reads"]
    lost = [entry for entry in trimmed if not any(flow.left for flow in entry.flows)]
    if not lost:
        return ""
    names = [f"{entry.unit} ({_dropped_text(entry.flows)})" for entry in lost[:MAX_UNITS_NAMED]]
    if len(lost) > MAX_UNITS_NAMED:
        names.append(f"and {len(lost) - MAX_UNITS_NAMED} more")
    whose = "1 unit lost all its" if len(lost) == 1 else f"{len(lost)} units lost all their"
    return f"{whose} reads in trimming: {', '.join(names)}."


def _dropped_text(flows: Iterable[Flow]) -> str:
    reasons = [f"{number} {why}" for flow in flows for why, number in flow.dropped.items()]
    return ", ".join(reasons) or "no reads"


def item_kind(flow: Flow) -> str:
    """Return the kind of items that a flow counts: "pairs" for candidate pairs and kin pairs."""
    return flow.what.split()[-1]


def flows_through_stages(counts: Sequence[StageCounts], stages: Stages) -> list[StageFlow]:
    """Sum the counts of each stage over its units, and check them from stage to stage.

    Raises:
        InputError: naming the stage whose "in" differs from the "out" of the stage before it.
    """
    _check_units(counts, stages)
    totals: dict[tuple[str, str], StageFlow] = {}
    for entry in counts:
        for flow in entry.flows:
            key = (entry.stage, flow.what)
            totals[key] = _added(totals.get(key), entry, flow)
    _check_links(totals.values(), stages)
    return list(totals.values())


def _added(total: StageFlow | None, entry: StageCounts, flow: Flow) -> StageFlow:
    if total is None:
        return StageFlow(entry.stage, flow, str(entry.path))
    dropped = dict(total.flow.dropped)
    for reason, number in flow.dropped.items():
        dropped[reason] = dropped.get(reason, 0) + number
    summed = Flow(
        flow.what, total.flow.entered + flow.entered, total.flow.left + flow.left, dropped
    )
    return StageFlow(entry.stage, summed, f"counts of {entry.stage}, all units")


def _check_links(flows: Iterable[StageFlow], stages: Stages) -> None:
    before: dict[str, StageFlow] = {}
    for step in flows:
        earlier = before.get(item_kind(step.flow))
        if earlier is not None and earlier.flow.left != step.flow.entered:
            raise _broken_link(step, earlier)
        if stages[step.stage]:
            before[item_kind(step.flow)] = step


def _check_units(counts: Sequence[StageCounts], stages: Stages) -> None:
    """Check for each unit that all reads that left trim_reads entered convert_fastq_to_bam."""
    trimmed = {entry.unit: entry for entry in counts if entry.stage == "trim_reads"}
    for entry in counts:
        if entry.stage != "convert_fastq_to_bam":
            continue
        if entry.unit not in trimmed:
            raise InputError(
                entry.path,
                f"unit {entry.unit}",
                "a unit that trim_reads counted",
                "pass the counts of both stages of every unit with --counts",
            )
        steps = [
            StageFlow(e.stage, flow, str(e.path))
            for e in (trimmed.pop(entry.unit), entry)
            for flow in e.flows
        ]
        _check_links(steps, stages)
    if trimmed:
        left = next(iter(trimmed.values()))
        raise InputError(
            left.path,
            f"unit {left.unit} in trim_reads only",
            "counts of convert_fastq_to_bam too",
            "pass the counts of both stages of every unit with --counts",
        )


def _broken_link(step: StageFlow, earlier: StageFlow) -> InputError:
    return InputError(
        f"{step.where}:{step.flow.what}",
        f"{step.flow.entered} {step.flow.what} into {step.stage}",
        f"the {earlier.flow.left} {earlier.flow.what} that left {earlier.stage}",
        RUN_AGAIN.format(step.stage),
    )


def check_rows(step: StageFlow, rows: int, table: Path, what: str = "rows") -> None:
    """Check that a table has as many rows, or other items (``what``), as its stage counted.

    Raises:
        InputError: naming the table and the stage.
    """
    if rows != step.flow.left:
        raise InputError(
            table,
            f"{rows} {what}",
            f"the {step.flow.left} {step.flow.what} that left {step.stage}",
            RUN_AGAIN.format(step.stage),
        )


def find_flow(flows: Iterable[StageFlow], stage: str, what: str) -> StageFlow:
    """Return the last flow of items of kind ``what`` through ``stage``.

    ``MUST_COUNT`` lists the flows that always exist.
    """
    return [step for step in flows if step.stage == stage and item_kind(step.flow) == what][-1]
