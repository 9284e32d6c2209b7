"""The main findings: cards at the top of the page, and the last lines of a run's log."""

from collections.abc import Sequence
from typing import NamedTuple

from readkin.formats.clusters import STATUSES
from readkin.formats.counts import LOW_COMPLEXITY, MAPPED_READS
from readkin.report.cluster_measures import ClusterMeasures
from readkin.report.flow import StageCounts, StageFlow, find_flow, lost_units_text
from readkin.report.measures import (
    IDENTITY_STEPS,
    AlignmentMeasures,
    TruthMeasures,
)
from readkin.report.number_text import count_text, percent_text, plural, score_text, share
from readkin.report.read_fates import placed_text

MAX_UNITS_NAMED = 3
POLY_G = "poly-G"  # in the reason for which trim_reads drops reads of dark cycles


class Finding(NamedTuple):
    """A finding: its title, its main value, and a sentence that explains the value."""

    title: str
    value: str
    sentence: str


def main_findings(
    counts: Sequence[StageCounts],
    flows: Sequence[StageFlow],
    alignments: AlignmentMeasures,
    clusters: ClusterMeasures,
    truth: TruthMeasures | None,
) -> list[Finding]:
    """Return the findings: clusters, placed reads, reads, kin pairs, truth, and reference."""
    mapping = [entry for entry in counts if entry.stage == "map_to_reference"]
    return [
        _clusters(clusters, _units(counts)),
        _placed(clusters),
        _reads(counts, flows),
        _pairs(flows, alignments),
        _without_truth(clusters) if truth is None else _with_truth(truth),
        *([_mapped(mapping)] if mapping else []),
    ]


def findings_text(findings: Sequence[Finding]) -> str:
    """Return one line per finding, with ordinary spaces, for terminals."""
    lines = "".join(f"{finding.title}: {finding.sentence}\n" for finding in findings)
    return lines.replace("\N{NO-BREAK SPACE}", " ")


def _units(counts: Sequence[StageCounts]) -> int:
    """Return the number of units, of which some may have lost all their reads."""
    return sum(entry.stage == "trim_reads" for entry in counts)


def _reads(counts: Sequence[StageCounts], flows: Sequence[StageFlow]) -> Finding:
    trim = find_flow(flows, "trim_reads", "reads").flow
    kept = find_flow(flows, "embed_reads", "reads").flow.left
    sentence = (
        f"{count_text(kept)} of {plural(trim.entered, 'read')} ({_share(kept, trim.entered)})"
        f" from {plural(_units(counts), 'unit')} passed trimming and were embedded."
    )
    dark = sum(number for reason, number in trim.dropped.items() if POLY_G in reason)
    if dark:
        sentence += f" {plural(dark, 'read')} of little but poly-G, or with such a mate, dropped."
    masked = sum(entry.details.get(LOW_COMPLEXITY, 0) for entry in counts)
    if masked:
        sentence += (
            f" {plural(masked, 'read')} of little else than one base or short repeats"
            f" {'has' if masked == 1 else 'have'} no keys, and so no kin."
        )
    return Finding("Reads", count_text(kept), f"{sentence} {lost_units_text(counts)}".rstrip())


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


def _clusters(clusters: ClusterMeasures, units: int) -> Finding:
    """Return the number of clusters, and what is in the largest one."""
    inside = clusters.clustered - clusters.singletons
    sentence = plural(clusters.with_kin, "cluster")
    if clusters.are_genomes and clusters.with_kin:
        sentence += ", each of reads of one genome as far as the method can see,"
    else:
        sentence += " of two or more reads"
    sentence += f" {'contains' if clusters.with_kin == 1 else 'contain'}"
    sentence += f" {_share(inside, clusters.reads)} of the reads"
    if clusters.clusters_with_strains:
        number = clusters.clusters_with_strains
        sentence += f"; {number} {'has' if number == 1 else 'have'} several strains"
    if clusters.singletons:
        sentence += (
            f"; {plural(clusters.singletons, 'read')}"
            f" {'is a singleton' if clusters.singletons == 1 else 'are singletons'}"
        )
    size = int(clusters.size_by_rank.max(initial=0))
    sentence += (
        f"; the largest has {plural(size, 'read')} ({_share(size, clusters.reads)} of all)"
        f" from {len(clusters.units_of_largest)} of {plural(units, 'unit')}."
    )
    return Finding("Clusters", count_text(clusters.with_kin), sentence)


def _placed(clusters: ClusterMeasures) -> Finding:
    """Return the share of placed reads, and the reasons why the others are not."""
    sentence = placed_text(clusters)
    reasons = {name: n for name, n in clusters.fates.items() if name in STATUSES[1:] and n}
    if reasons:
        listed = ", ".join(f"{count_text(n)} {reason}" for reason, n in reasons.items())
        sentence += f"; {_share(sum(reasons.values()), clusters.reads)} are not placed ({listed})"
    return Finding("Placed reads", _share(clusters.placed, clusters.reads), f"{sentence}.")


def _with_truth(truth: TruthMeasures) -> Finding:
    recall, precision = percent_text(truth.recall), percent_text(truth.precision)
    pairs = f"{recall} of the true kin pairs were found and {precision} of the found pairs are true"
    scores = truth.clusters
    if scores["v_measure"] is None:
        return Finding("Recall / precision", f"{recall} / {precision}", f"{pairs}.")
    sentence = (
        f"V-measure of the clusters {score_text(scores['v_measure'])},"
        f" adjusted Rand index {score_text(scores['adjusted_rand'])};"
        f" {scores['recovered_half']} of {plural(scores['genomes_present'], 'genome')}"
        f" {'has' if scores['recovered_half'] == 1 else 'have'} a"
        f" cluster with half of their reads and a purity of 90\N{NO-BREAK SPACE}%"
    )
    if strains := scores["strains"]:
        sentence += (
            f" (with each strain as a cluster of its own {score_text(strains['v_measure'])},"
            f" {score_text(strains['adjusted_rand'])} and {strains['recovered_half']})"
        )
    sentence += f"; {pairs}."
    return Finding("Adjusted Rand index", score_text(scores["adjusted_rand"]), sentence)


def _without_truth(clusters: ClusterMeasures) -> Finding:
    """Return the number of clusters that contain half of the reads, in place of recall."""
    cumulated = clusters.size_by_rank.cumsum()
    half = int(cumulated.searchsorted(clusters.clustered / 2)) + 1 if clusters.clustered else 0
    sentence = (
        f"{plural(half, 'cluster')} {'contains' if half == 1 else 'contain'} half of the reads that"
        " have a cluster; no truth table is configured, so recall and precision are unknown."
    )
    return Finding("Half of the reads", count_text(half), sentence)


def _mapped(mapping: Sequence[StageCounts]) -> Finding:
    """Return the share of reads that map to the reference; warn of units without any."""
    reads = sum(entry.flows[0].left for entry in mapping)
    mapped = sum(entry.details[MAPPED_READS] for entry in mapping)
    sentence = (
        f"{count_text(mapped)} of {plural(reads, 'read')} ({_share(mapped, reads)}) map to the"
        " reference."
    )
    unmapped = [
        str(entry.unit)
        for entry in mapping
        if entry.flows[0].left and not entry.details[MAPPED_READS]
    ]
    if unmapped:
        more = ", ..." * (len(unmapped) > MAX_UNITS_NAMED)
        sentence += (
            f" Warning: no read of {', '.join(unmapped[:MAX_UNITS_NAMED])}{more} maps;"
            " check that it is the right reference."
        )
    return Finding("Mapped to the reference", _share(mapped, reads), sentence)


def _share(part: int, whole: int) -> str:
    return percent_text(share(part, whole))
