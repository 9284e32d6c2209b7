"""The five main findings: cards at the top of the page, and the last lines of a run's log."""

from collections.abc import Sequence
from typing import NamedTuple

from readkin.report.flow import StageFlow, find_flow
from readkin.report.measures import (
    IDENTITY_STEPS,
    AlignmentMeasures,
    ClusterMeasures,
    TruthMeasures,
)
from readkin.report.number_text import count_text, percent_text, plural, score_text, share

POLY_G = "poly-G"  # in the reason for which trim_reads drops reads of dark cycles


class Finding(NamedTuple):
    """A finding: its title, its main value, and a sentence that explains the value."""

    title: str
    value: str
    sentence: str


def five_findings(
    flows: Sequence[StageFlow],
    alignments: AlignmentMeasures,
    clusters: ClusterMeasures,
    truth: TruthMeasures | None,
) -> list[Finding]:
    """Return the findings: reads, kin pairs, clusters, largest cluster, comparison with truth."""
    return [
        _reads(flows, len(clusters.units)),
        _pairs(flows, alignments),
        _clusters(clusters),
        _largest(clusters),
        _without_truth(clusters) if truth is None else _with_truth(truth),
    ]


def findings_text(findings: Sequence[Finding]) -> str:
    """Return one line per finding, with ordinary spaces, for terminals."""
    lines = "".join(f"{finding.title}: {finding.sentence}\n" for finding in findings)
    return lines.replace("\N{NO-BREAK SPACE}", " ")


def _reads(flows: Sequence[StageFlow], units: int) -> Finding:
    trim = find_flow(flows, "trim_reads", "reads").flow
    kept = find_flow(flows, "embed_reads", "reads").flow.left
    sentence = (
        f"{count_text(kept)} of {plural(trim.entered, 'read')} ({_share(kept, trim.entered)})"
        f" from {plural(units, 'unit')} passed trimming and were embedded."
    )
    dark = sum(number for reason, number in trim.dropped.items() if POLY_G in reason)
    if dark:
        sentence += f" {plural(dark, 'read')} of little but poly-G, or with such a mate, dropped."
    return Finding("Reads", count_text(kept), sentence)


def _pairs(flows: Sequence[StageFlow], alignments: AlignmentMeasures) -> Finding:
    aligned = find_flow(flows, "align_pairs", "pairs").flow
    sentence = (
        f"{plural(aligned.left, 'kin pair')}: {_share(aligned.left, aligned.entered)}"
        f" of {plural(aligned.entered, 'candidate pair')} passed the alignment thresholds"
    )
    identity = alignments.identity.quantile(0.5)
    if identity is not None:
        sentence += (
            f"; median identity {percent_text(identity / IDENTITY_STEPS)},"
            f" median overlap {alignments.columns.quantile(0.5):,} bp"
        )
    return Finding("Kin pairs", count_text(aligned.left), f"{sentence}.")


def _clusters(clusters: ClusterMeasures) -> Finding:
    in_clusters = clusters.reads - clusters.singletons
    sentence = (
        f"{plural(clusters.with_kin, 'cluster')} of two or more reads"
        f" {'contains' if clusters.with_kin == 1 else 'contain'}"
        f" {_share(in_clusters, clusters.reads)} of the reads;"
        f" {plural(clusters.singletons, 'read')}"
        f" {'is a singleton' if clusters.singletons == 1 else 'are singletons'}."
    )
    return Finding("Clusters", count_text(clusters.with_kin), sentence)


def _largest(clusters: ClusterMeasures) -> Finding:
    size = int(clusters.size_by_rank[0]) if clusters.reads else 0
    in_units = sum(clusters.by_unit[1, unit] > 0 for unit in clusters.units)
    sentence = (
        f"{plural(size, 'read')} ({_share(size, clusters.reads)} of all)"
        f" from {in_units} of {plural(len(clusters.units), 'unit')}."
    )
    return Finding("Largest cluster", count_text(size), sentence)


def _with_truth(truth: TruthMeasures) -> Finding:
    recall, precision = percent_text(truth.recall), percent_text(truth.precision)
    sentence = (
        f"{recall} of the true kin pairs were found and {precision} of the found pairs are true"
    )
    if truth.clusters["v_measure"] is not None:
        sentence += (
            f"; clusters compared with genomes: V-measure"
            f" {score_text(truth.clusters['v_measure'])},"
            f" adjusted Rand index {score_text(truth.clusters['adjusted_rand'])}"
        )
    return Finding("Recall / precision", f"{recall} / {precision}", f"{sentence}.")


def _without_truth(clusters: ClusterMeasures) -> Finding:
    """Return the number of clusters that contain half of the reads, in place of recall."""
    cumulated = clusters.size_by_rank.cumsum()
    half = int(cumulated.searchsorted(clusters.reads / 2)) + 1 if clusters.reads else 0
    sentence = (
        f"{plural(half, 'cluster')} {'contains' if half == 1 else 'contain'} half of the reads; no"
        " truth table is configured, so recall and precision are unknown."
    )
    return Finding("Half of the reads", count_text(half), sentence)


def _share(part: int, whole: int) -> str:
    return percent_text(share(part, whole))
