"""Cards of the largest clusters: size, depth in the samples, confidence, strains, files."""

import json
from collections.abc import Mapping
from typing import Any

from readkin.report.blocks import Bar, Card, Cards
from readkin.report.cluster_colours import cluster_colour
from readkin.report.cluster_measures import LONG_BP, MULTI_COPY, ClusterMeasures, PieceMeasures
from readkin.report.measures import TruthMeasures
from readkin.report.number_text import (
    count_text,
    decimal_text,
    length_text,
    percent_text,
    plural,
    score_text,
    share,
)

MAX_CARDS = 24
DIFFERENCES = {
    "depth": "They differ in depth",
    "samples": "They differ in their shares of the samples",
    "clusters side by side": "Their pieces lie side by side and differ",
}
"""Sentences on the kinds of strain evidence."""
LEAST_SHARE = 0.001
"""Fraction of the reads below which a cluster has no card, unless it is among the first ``FEW``."""
FEW = 6
MAX_BARS = 60
MAX_FILES = 6


def cluster_cards(clusters: ClusterMeasures, truth: TruthMeasures | None) -> Cards:
    """Return the cards of the largest clusters."""
    rows = clusters.summary[:MAX_CARDS]
    rows = [
        row
        for index, row in enumerate(rows)
        if index < FEW or row["reads"] >= LEAST_SHARE * clusters.reads
    ]
    origins = _origins(truth)
    number = clusters.size_by_rank.size
    which = "The" if len(rows) == number else f"The {len(rows)} largest of {number:,}"
    return Cards(
        name="clusters",
        caption=f"{which} clusters."
        + (" Their colours are those of the map below." if clusters.pieces is not None else ""),
        cards=[_card(clusters, row, origins.get(row["cluster"], "")) for row in rows],
    )


def _card(clusters: ClusterMeasures, row: Mapping[str, Any], origin: str) -> Card:
    number = row["cluster"]
    facts = {
        "Reads": f"{count_text(row['reads'])} ({percent_text(share(row['reads'], clusters.reads))})"
    }
    if clusters.are_genomes:
        facts |= {
            "Placed": percent_text(share(row["placed_reads"], row["reads"])),
            "Confidence": score_text(row["confidence"]),
        }
    if row["genome_size_bp"] is not None:
        facts["Genome size"] = f"about {length_text(row['genome_size_bp'])}"
    if row["depth"] is not None:
        facts["Depth"] = f"{decimal_text(row['depth'])}x"
    facts["GC"] = percent_text(row["gc"])
    if row["pieces"] is not None:
        facts["Pieces"] = count_text(row["pieces"])
        facts["Longest"] = _longest(row["longest_pieces"])
        facts["Multi-copy"] = _multi_copy(clusters.pieces, number)
    if row.get("contigs"):
        facts["Contigs"] = f"{count_text(row['contigs'])}, {length_text(row['total_bp'])}"
        facts["N50"] = length_text(row["n50_bp"])
    notes = [text for text in (_hit(row), *strain_sentences(row), origin) if text]
    files = clusters.files.get(number, [])
    more = [f"and {len(files) - MAX_FILES} more"] if len(files) > MAX_FILES else []
    return Card(
        title=f"Cluster {number}",
        name=row["name"] or "",
        colour=cluster_colour(number),
        facts=[(label, value) for label, value in facts.items() if value],
        bars_title="Reads by sample" if row["depth"] is None else "Depth by sample",
        bars=_bars(clusters, row),
        notes=notes,
        files=[*(f"{clusters.folder}/{name}" for name in files[:MAX_FILES]), *more],
    )


def _longest(pieces: str | None) -> str:
    """Return the length of the longest piece from ``piece:bp,...``."""
    first = (pieces or "").split(",")[0].partition(":")[2]
    return length_text(int(first)) if first else ""


def _hit(row: Mapping[str, Any]) -> str:
    """Return a sentence on the known genome after which a cluster is named."""
    if not row.get("hit"):
        return ""
    part, identity = percent_text(row["hit_share"]), percent_text(row["hit_identity"])
    return f"Best hit of {part} of its sequence: {row['hit']}, {identity} identical."


def _multi_copy(pieces: PieceMeasures | None, cluster: int) -> str:
    """Return number and length of the long pieces that are deeper than their cluster."""
    if pieces is None:
        return ""
    is_deep = (pieces.cluster == cluster) & (pieces.copies >= MULTI_COPY)
    spans = pieces.span[is_deep & (pieces.span >= LONG_BP)]
    return f"{plural(len(spans), 'piece')}, {length_text(int(spans.sum()))}" if len(spans) else ""


def _bars(clusters: ClusterMeasures, row: Mapping[str, Any]) -> list[Bar]:
    """Return one bar for each sample; none for a single sample or very many."""
    if not 1 < len(clusters.samples) <= MAX_BARS:
        return []
    values = clusters.depths(row)
    widest = max(*values, 1e-9)
    as_text = count_text if row["depth"] is None else decimal_text
    return [
        Bar(label=name, text=as_text(value), fraction=value / widest)
        for name, value in zip(clusters.samples, values, strict=True)
    ]


def strain_sentences(row: Mapping[str, Any]) -> list[str]:
    """Return sentences on the strains of a cluster, with the numbers that show them."""
    sentences = []
    if (row["strains"] or 0) > 1:
        sentences.append(f"{plural(row['strains'], 'strain')}.")
    for evidence in json.loads(row["strain_evidence"] or "[]"):
        if evidence["kind"] in DIFFERENCES:
            strains = ", ".join(
                f"{length_text(span)} at {depth:g}x"
                for span, depth in zip(evidence["spans_bp"], evidence["depths"], strict=True)
            )
            sentences.append(f"{DIFFERENCES[evidence['kind']]}: {strains}.")
        else:
            sentences.append(
                "Some pieces lie beside others that differ from them ("
                f"{evidence['conflicts_per_read']:g} contradicting alignments for each read)."
                " They may be strains, but nothing shows which pieces belong together."
            )
    return sentences


def _origins(truth: TruthMeasures | None) -> dict[int, str]:
    """Return a sentence on the true genomes of the reads of each of the largest clusters."""
    if truth is None:
        return {}
    names = [entry["genome"] for entry in truth.clusters["genomes"]]
    sentences = {}
    for entry in truth.clusters["largest"]:
        reads = sorted(zip(entry["reads"], names, strict=True), key=lambda pair: -pair[0])
        total = sum(entry["reads"])
        listed = [f"{percent_text(n / total)} {name}" for n, name in reads[:2] if n]
        sentences[entry["cluster"]] = f"Truth: {', '.join(listed)}." if listed else ""
    return sentences
