"""The report on clusters of method genomes: cards, map, depths, fates, next steps, size."""

import json
import re

import numpy as np
import pytest

import write_report
from readkin.formats.assemblies import write_assemblies
from readkin.formats.cluster_names import write_cluster_names
from readkin.formats.cluster_summary import read_cluster_summary
from readkin.formats.clusters import STATUSES, read_clusters
from readkin.formats.piece_table import read_piece_table
from readkin.report.cluster_cards import strain_sentences
from support.browser import browsed
from support.cluster_tables import write_read_clusters
from support.report_clusters import write_exported, write_genome_results
from support.report_inputs import Community, write_inputs
from support.report_page import Page
from support.report_truth import write_truth_comparison
from support.simulated_strains import found, side_by_side, two_depths

NO_BREAK = "\N{NO-BREAK SPACE}"
SAMPLES = ("gut.1", "lake.1", "soil.1", "soil.2")


class Report:
    """A page, and the tables that it shows."""

    def __init__(self, folder, community, n_pieces=400, more=lambda inputs: []):
        inputs = write_inputs(folder, community)
        options = [*write_genome_results(inputs, n_pieces), *more(inputs)]
        assert write_report.main([*inputs.arguments(), *options]) == 0
        self.html = (folder / "report.html").read_text()
        self.page = Page(self.html)
        self.reads = read_clusters(inputs.clusters).to_pandas()
        self.summary = read_cluster_summary(inputs.cluster_summary).to_pylist()
        self.pieces = read_piece_table(folder / "pieces.parquet").to_pandas()
        self.findings = (folder / "findings.txt").read_text()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    def truth(inputs):
        return ["--truth-comparison", str(write_truth_comparison(inputs))]

    folder = tmp_path_factory.mktemp("genomes")
    return Report(folder, Community(genomes=9, units=SAMPLES), more=truth)


def test_each_large_cluster_has_a_card(report):
    assert len(report.page.cards) == len(report.summary) == 9
    for card, row in zip(report.page.cards, report.summary, strict=True):
        assert card.startswith(f"Cluster {row['cluster']} {row['name']} Reads {row['reads']:,} (")
        assert f"Depth {row['depth']:.1f}x" in card
        assert f"gut {row['depth_gut']:.1f}" in card
        assert "Truth: 100 % genome_" in card.replace(NO_BREAK, " ")
    strains = "2 strains. They differ in depth: 1.90 Mb at 14.2x, 1.80 Mb at 5.1x."
    assert strains in report.page.cards[1].replace(NO_BREAK, " ")
    assert "(0.625 contradicting alignments for each read)" in report.page.cards[2]


@pytest.mark.parametrize(
    ("depths", "beginning"),
    [
        ([(14.0,), (5.0,)], "2 strains. Their pieces lie side by side and differ: "),
        ([(8.0,), (8.0,)], "Some pieces lie beside others that differ from them ("),
    ],
)
def test_the_strains_that_are_found_have_a_sentence(depths, beginning):
    genomes = found(side_by_side(two_depths(depths)))
    evidence = json.dumps([entry for entry in genomes.evidence if entry["cluster"] == 0])
    row = {"strains": genomes.strain.max(), "strain_evidence": evidence}
    assert " ".join(strain_sentences(row)).startswith(beginning)


def test_the_map_has_every_long_piece_in_the_colour_of_its_cluster(report):
    long = report.pieces[report.pieces.span >= 1000]
    traces = report.page.figures["map"]["data"]
    assert sum(len(trace["x"]) for trace in traces) == len(long)
    for trace in traces:
        number = int(trace["name"].removeprefix("cluster ").replace("no cluster", "0"))
        assert len(trace["x"]) == (long.cluster == number).sum()
    assert len({(t["marker"]["color"], t["marker"]["symbol"][0]) for t in traces}) == len(traces)
    [second] = (trace for trace in traces if trace["name"] == "cluster 2")
    hollow = [symbol.endswith("-open") for symbol in second["marker"]["symbol"]]
    assert (
        hollow == (long[long.cluster == 2].sort_values("span", ascending=False).strain > 1).tolist()
    )


def test_pieces_of_several_copies_are_on_the_cards(report):
    deep = report.pieces[(report.pieces.copy_number > 2) & (report.pieces.span >= 1000)]
    for number, card in enumerate(report.page.cards, start=1):
        pieces = int((deep.cluster == number).sum())
        assert ("Multi-copy" in card) == (pieces > 0)
        assert not pieces or f"Multi-copy {pieces} piece" in card


def test_depths_of_clusters_in_samples(report):
    [heat] = report.page.figures["depths"]["data"]
    assert heat["x"] == ["gut", "lake", "soil"]
    for text, row in zip(heat["text"], report.summary, strict=True):
        assert text == [f"{row[f'depth_{name}']:.1f}" for name in heat["x"]]


def test_every_read_has_a_fate(report):
    rows = {row[0]: row[1] for row in report.page.tables["fates"]}
    numbers = report.reads.status.value_counts()
    assert all(rows[status] == numbers[status] for status in STATUSES)
    total = rows.pop("all raw reads")
    assert sum(rows.values()) == total > len(report.reads)
    bars = report.page.figures["fates"]["data"]
    assert [bar["y"] for bar in bars] == 4 * [["all samples", "gut", "lake", "soil"]]
    for parts in zip(*(bar["x"] for bar in bars), strict=True):
        assert sum(parts) == pytest.approx(100, abs=0.01)


def test_thresholds_of_confidence(report):
    for least, number, _, mean, wrong in report.page.tables["thresholds"]:
        kept = report.reads[(report.reads.cluster > 0) & (report.reads.confidence >= least)]
        assert abs(number - len(kept)) <= 1
        assert mean == pytest.approx(kept.confidence.mean(), abs=0.002)
        assert wrong == pytest.approx(number * (1 - mean), abs=0.01)


def test_findings_begin_with_the_clusters(report):
    first, second, *_ = report.findings.splitlines()
    each = "each of reads of one genome as far as the method can see"
    assert first.startswith(f"Clusters: 9 clusters, {each},")
    assert "; 1 has several strains; " in first
    assert re.match(r"Placed reads: [\d.]+ % of the reads are placed; their confidence", second)
    assert "shared sequence" in second


def test_next_steps_before_the_export(report):
    assert any("cluster={export: fastq}" in command for command in report.page.commands)
    assert any("cluster={names: genomes.fa}" in command for command in report.page.commands)


def test_exported_files_are_listed(tmp_path):
    report = Report(
        tmp_path,
        Community(reads=300),
        more=lambda inputs: write_exported(inputs.folder / "my clusters", ["cabc", "cdef"]),
    )
    assert f"{tmp_path}/my clusters/cluster_1.cabc_R1.fastq.gz" in report.page.cards[0]
    assert "cluster_2.cdef_R2.fastq.gz" in report.page.cards[1]
    assert "Files of cluster 2" in report.page.cards[1]
    assert "Files" not in report.page.cards[2]
    assert "cluster={assemble: megahit}" in report.page.commands[0]
    assert not any("export:" in command for command in report.page.commands)


def test_contigs_are_on_the_cards_and_in_the_table(tmp_path):
    def assemblies(inputs):
        path = inputs.folder / "assemblies.tsv"
        sizes = {"contigs": 12, "total_bp": 1_900_000, "largest_bp": 400_000, "n50_bp": 210_000}
        rows = [{"cluster": 1, "reason": ""} | sizes]
        rows += [{"cluster": 2, "contigs": 0, "reason": "no contig"}]
        write_assemblies(path, rows)
        return ["--assemblies", str(path)]

    report = Report(tmp_path, Community(reads=300), more=assemblies)
    first, second, *_ = report.page.cards
    assert "Contigs 12, 1.90 Mb N50 210.0 kb" in first.replace(NO_BREAK, " ")
    assert "Contigs" not in second
    rows = report.page.tables["largest-clusters"]
    assert rows[0][-4:-1] == [12, 1_900_000, 210_000]
    assert rows[1][-4] == 0
    assert not any("assemble:" in command for command in report.page.commands)


def test_best_hits_are_on_the_cards(tmp_path):
    def hits(inputs):
        path = inputs.folder / "cluster_names.tsv"
        hit = {"hit": "NC_1", "hit_windows": 3, "hit_identity": 0.984}
        write_cluster_names(path, [{"cluster": 1, "windows": 4} | hit])
        return ["--cluster-names", str(path)]

    report = Report(tmp_path, Community(reads=300), more=hits)
    sentence = "Best hit of 75.0 % of its sequence: NC_1, 98.4 % identical."
    assert sentence in report.page.cards[0].replace(NO_BREAK, " ")
    assert report.page.tables["largest-clusters"][0][2:5] == ["NC_1", 0.75, 0.984]
    assert not any("names:" in command for command in report.page.commands)


def test_missing_manifest_is_an_error(tmp_path, capsys):
    inputs = write_inputs(tmp_path, Community(reads=300))
    options = write_genome_results(inputs)
    assert write_report.main([*inputs.arguments(), *options, "--exported", str(tmp_path)]) == 1
    assert "manifest.tsv" in capsys.readouterr().err


def test_one_sample_has_no_depth_map(tmp_path):
    report = Report(tmp_path, Community(reads=300, units=("gut.a",)))
    assert "depths" not in report.page.figures
    assert "by sample" not in "".join(report.page.cards)
    assert report.page.figures["fates"]["data"][0]["y"] == ["all reads"]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Report on ten thousand clusters in thirty samples."""
    units = tuple(f"site{number}.1" for number in range(30))
    community = Community(genomes=10_200, reads=60_000, units=units)
    return Report(tmp_path_factory.mktemp("large"), community, n_pieces=100_000)


def test_ten_thousand_clusters_stay_small(large):
    report = large
    assert len(report.summary) > 10_000
    assert len(report.html) < 15e6 / 2
    assert len(report.page.tables["largest-clusters"]) == 500
    figure = report.page.figures["map"]
    [image] = figure["layout"]["images"]
    assert image["source"].startswith("data:image/png;base64,")
    assert sum(len(trace["x"]) for trace in figure["data"]) < 100
    assert np.shape(report.page.figures["depths"]["data"][0]["z"]) == (50, 30)


def test_connected_components_have_no_confidence(tmp_path):
    inputs = write_inputs(tmp_path, Community(reads=300))
    old = read_clusters(inputs.clusters)
    columns = {name: old[name].to_pylist() for name in ("sample", "unit")}
    write_read_clusters(
        tmp_path,
        old["read_id"].to_pylist(),
        inputs.cluster,
        method="connected_components",
        **columns,
    )
    assert write_report.main(inputs.arguments()) == 0
    page = Page((tmp_path / "report.html").read_text())
    assert not {"map", "depths"} & set(page.figures)
    assert "thresholds" not in page.tables
    assert "Confidence" not in page.cards[0]
    assert any("cluster={method: genomes}" in command for command in page.commands)
    second = (tmp_path / "findings.txt").read_text().splitlines()[1]
    assert second == "Placed reads: 100 % of the reads are placed."


@pytest.mark.browser
@pytest.mark.parametrize("which", ["report", "large"])
def test_browser_draws_every_figure_without_messages(browser, request, which, tmp_path):
    shown = request.getfixturevalue(which)
    elements, console = browsed(browser, shown.html, tmp_path)
    assert console == []
    assert f'data-drawn="{len(shown.page.figures)}"' in elements
    assert elements.count('class="plot-container plotly"') == len(shown.page.figures)
