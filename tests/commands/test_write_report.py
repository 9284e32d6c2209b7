"""The report shows the numbers of the results, needs no network, refuses inconsistent ones."""

import json
import re

import numpy as np
import pytest

import write_report
from readkin.formats.cluster_names import write_cluster_names
from readkin.formats.cluster_summary import write_cluster_summary
from readkin.formats.clusters import read_clusters
from readkin.formats.counts import LOW_COMPLEXITY, MAPPED_READS, Flow, write_counts
from readkin.formats.hdf5_files import open_checked
from readkin.formats.hdf5_schema import PAIRS
from support.browser import browsed
from support.cluster_tables import write_read_clusters
from support.report_inputs import Community, profile, write_inputs
from support.report_page import Page
from support.report_truth import write_truth_comparison


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return write_inputs(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def html(inputs):
    """The page of ``inputs`` with a truth table."""
    truth = write_truth_comparison(inputs)
    assert write_report.main([*inputs.arguments(), "--truth-comparison", str(truth)]) == 0
    return (inputs.folder / "report.html").read_text()


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def written_page(folder, community):
    """Return the page of another community, without a truth table."""
    inputs = write_inputs(folder, community)
    assert write_report.main(inputs.arguments()) == 0
    return Page((folder / "report.html").read_text())


def test_counts_table_has_every_flow(inputs, page):
    rows = {(row[0], row[1]): row[2:5] for row in page.tables["counts"]}
    found, kin = len(inputs.overlap), inputs.n_kin
    reads = len(inputs.cluster)
    for stage in ("embed_reads", "join_reads", "cluster_reads"):
        assert rows[stage, "reads"] == [reads, reads, 0]
    assert rows["join_reads", "kin pairs"][0] == kin
    assert rows["find_pairs", "candidate pairs"] == [found + found // 3, found, found // 3]
    assert rows["align_pairs", "candidate pairs"] == [found, kin, found - kin]
    entered, left, dropped = rows["trim_reads", "reads"]
    assert (left, dropped) == (reads, entered - reads)
    assert rows["convert_fastq_to_bam", "reads"] == [reads, reads, 0]


def test_flow_figures_show_the_counted_numbers(inputs, page):
    [sankey] = page.figures["flow-reads"]["data"]
    counted = page.tables["counts"][0]
    values = sorted(sankey["link"]["value"])
    singletons = int((np.bincount(inputs.cluster) == 1).sum())
    assert {counted[3], len(inputs.cluster) - singletons} <= set(values)
    into_raw = [
        value
        for value, target in zip(sankey["link"]["value"], sankey["link"]["target"], strict=True)
        if sankey["node"]["label"][target].startswith("raw reads")
    ]
    assert sum(into_raw) == counted[2]
    [sankey] = page.figures["flow-pairs"]["data"]
    assert {len(inputs.overlap), inputs.n_kin} <= set(sankey["link"]["value"])


def test_counts_of_the_join_are_shown(inputs, page):
    found = len(inputs.overlap)
    assert page.tables["join"] == [["exact duplicates", 7], ["shared keys", 5 * found]]


def test_histograms_contain_every_pair(inputs, page):
    with open_checked(inputs.pairs, PAIRS) as file:
        votes = file["votes"][:]
    [bar] = page.figures["votes"]["data"]
    assert sum(bar["y"]) == len(votes)
    assert bar["x"][0] == votes.min()
    for name in ("score", "identity", "overlap"):
        [bar] = page.figures[name]["data"]
        assert sum(bar["y"]) == inputs.n_kin
    [bar] = page.figures["overlap"]["data"]
    aligned = inputs.overlap[inputs.overlap >= 40]
    inside = [
        int(((aligned >= start) & (aligned < start + bar["width"])).sum()) for start in bar["x"]
    ]
    assert bar["y"] == inside
    quantiles = {row[0]: row[2:] for row in page.tables["alignment-quantiles"]}
    at = (0.05, 0.25, 0.5, 0.75, 0.95)
    assert quantiles["Overlap (bp)"] == np.quantile(aligned, at, method="inverted_cdf").tolist()


def test_cluster_sizes_and_units(inputs, page):
    sizes = np.bincount(inputs.cluster)[1:]
    rows = page.tables["largest-clusters"]
    assert [row[2] for row in rows] == sizes[:20].tolist()
    assert rows[0][:2] == [1, "c00000001"]
    assert all(row[6] == row[2] for row in rows)  # the sample of both units
    [line] = page.figures["cluster-ranks"]["data"]
    assert line["y"] == sizes[np.array(line["x"]) - 1].tolist()
    [bar] = page.figures["cluster-classes"]["data"]
    assert sum(bar["x"]) == len(inputs.cluster)


def test_read_statistics_of_each_unit(inputs, page):
    trimmed, converted = inputs.counts[::2], inputs.counts[1::2]
    for *paths, row in zip(trimmed, converted, page.tables["units"], strict=False):
        counted, following = (json.loads(path.read_text()) for path in paths)
        before, after = counted["details"]["before"], following["details"]["after"]
        assert row[0] == counted["unit"]
        assert row[1:3] == [before["reads"], after["reads"]]
        assert row[4:6] == [before["bases"], after["bases"]]
        traces = page.figures[f"quality-{counted['unit']}"]["data"]
        names = [trace["name"] for trace in traces]
        assert names == ["R1 before", "R2 before", "R1 after", "R2 after"]
        assert traces[0]["y"] == before["quality_by_position"]["R1"]
        for key, name in (
            ("length_histogram", "length"),
            ("mean_quality_histogram", "read-quality"),
        ):
            bars = page.figures[f"{name}-{counted['unit']}"]["data"]
            assert [sum(bar["y"]) for bar in bars] == [before["reads"], after["reads"]], key


def test_comparison_with_truth_is_shown(inputs, page):
    truth = json.loads((inputs.folder / "truth_comparison.json").read_text())
    exact = {row[0]: row[2] for row in page.tables["truth"]}
    assert exact["Recall of kin pairs"] == pytest.approx(truth["kin_pairs"]["recall"])
    assert exact["Adjusted Rand index"] == pytest.approx(truth["clusters"]["adjusted_rand"])
    [line] = page.figures["recall"]["data"]
    classes = [entry for entry in truth["kin_pairs"]["by_overlap"] if entry["true"]]
    assert line["y"] == pytest.approx([100 * entry["recall"] for entry in classes])
    [heat] = page.figures["heat-map"]["data"]
    shown = np.array([[int(text.replace(",", "") or 0) for text in row] for row in heat["text"]])
    assert shown.sum(axis=0).tolist() == np.bincount(inputs.cluster)[1:21].tolist()
    assert [row[0] for row in page.tables["genomes"]] == heat["y"]
    strains = truth["clusters"]["strains"]
    last = (inputs.folder / "findings.txt").read_text().splitlines()[-1]
    scores = f"{strains['v_measure']:.3f}, {strains['adjusted_rand']:.3f}"
    assert f"(with each strain as a cluster of its own {scores} and" in last


def test_settings_versions_and_costs(page):
    assert ["trim.min_quality", "20"] in page.tables["settings"]
    assert ["truth", "null"] in page.tables["settings"]
    assert ["search.dna.match", "2"] in page.tables["settings"]
    assert ["numpy", np.__version__] in page.tables["versions"]
    costs = {row[0]: row[1:] for row in page.tables["costs"]}
    assert costs["trim_reads"] == [2, 5.0, 2.5, 6.5, 81.5]
    assert costs["align_pairs"] == [1, 21.0, 21.0, 40.5, 388.5]
    assert costs["cluster_reads"] == [1, 0.25, 0.25, "", ""]  # jobs too short to measure


def test_five_findings_on_the_page_and_as_text(inputs, page, html):
    lines = (inputs.folder / "findings.txt").read_text().splitlines()
    assert len(lines) == len(page.values) == 5
    assert lines[0].startswith("Clusters: ")
    assert f"the largest has {np.bincount(inputs.cluster).max():,} reads" in lines[0]
    assert lines[1].startswith("Placed reads: ")
    assert lines[2].startswith(f"Reads: {len(inputs.cluster):,} of ")
    assert lines[3].startswith(f"Kin pairs: {inputs.n_kin:,} kin pairs")
    assert "V-measure" in lines[4]
    assert all(line.isascii() for line in lines)


@pytest.mark.parametrize(("number", "words"), [(1, "1 read"), (1200, "1,200 reads")])
def test_reads_of_low_complexity_are_a_finding(tmp_path, number, words):
    inputs = write_inputs(tmp_path, Community(reads=300))
    path = tmp_path / "counts" / "embed_reads.json"
    counts = json.loads(path.read_text())
    path.write_text(json.dumps(counts | {"details": {LOW_COMPLEXITY: number}}))
    assert write_report.main(inputs.arguments()) == 0
    reads = (tmp_path / "findings.txt").read_text().splitlines()[2]
    assert f" {words} of little else than one base or short repeats ha" in reads


def test_same_inputs_give_the_same_bytes(inputs, html, tmp_path):
    arguments = inputs.arguments()
    arguments[arguments.index("--output") + 1] = str(tmp_path / "again.html")
    truth = str(inputs.folder / "truth_comparison.json")
    assert write_report.main([*arguments, "--truth-comparison", truth]) == 0
    assert (tmp_path / "again.html").read_text() == html


def test_page_loads_nothing_from_outside(page, html):
    assert page.addresses
    assert all(address.startswith("#") for address in page.addresses)
    assert not {"link", "iframe", "object", "embed", "img", "base"} & set(page.tags)
    [style] = re.findall(r"<style>(.*?)</style>", html, re.S)
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in html


def test_ids_are_unique_and_links_have_targets(page):
    assert len(set(page.ids)) == len(page.ids)
    assert {address.removeprefix("#") for address in page.addresses} <= set(page.ids)


def test_names_are_escaped(inputs, tmp_path):
    arguments = inputs.arguments()
    arguments[arguments.index("--title") + 1] = "<script>alert(1)</script>"
    arguments[arguments.index("--output") + 1] = str(tmp_path / "report.html")
    arguments[arguments.index("--config") + 1] = json.dumps({"samples": "</script><b>x"})
    assert write_report.main(arguments) == 0
    html = (tmp_path / "report.html").read_text()
    assert "<script>alert(1)" not in html
    assert ["samples", "</script><b>x"] in Page(html).tables["settings"]


def test_without_truth_the_page_says_so(tmp_path):
    page = written_page(tmp_path, Community(reads=300))
    assert ["truth table" in text for text in page.absences] == [True]
    assert "heat-map" not in page.figures
    assert len(page.values) == 5


def test_single_reads_of_one_unit(tmp_path):
    page = written_page(tmp_path, Community(reads=300, units=("gut.a",), is_paired=False))
    names = [trace["name"] for trace in page.figures["quality-gut.a"]["data"]]
    assert names == ["R1 before", "R1 after"]
    assert len(page.tables["units"]) == 1


def test_names_of_clusters_are_shown(inputs, tmp_path):
    clusters = int(inputs.cluster.max())
    rows = [{"cluster": 1, "name": "c", "windows": 9, "hit": "phage <λ>", "hit_identity": 0.99}]
    rows += [{"cluster": n, "name": "", "windows": 0} for n in range(2, clusters + 1)]
    write_cluster_names(tmp_path / "names.tsv", rows)
    arguments = [*inputs.arguments(), "--cluster-names", str(tmp_path / "names.tsv")]
    arguments[arguments.index("--output") + 1] = str(tmp_path / "report.html")
    assert write_report.main(arguments) == 0
    first, second = Page((tmp_path / "report.html").read_text()).tables["largest-clusters"][:2]
    assert first[2:4] == ["phage <λ>", 0.99]
    assert second[2:4] == ["", ""]


def test_no_read_has_a_cluster(tmp_path):
    inputs = write_inputs(tmp_path, Community(reads=200, genomes=3))
    rows = read_clusters(inputs.clusters)
    write_read_clusters(
        tmp_path,
        rows["read_id"].to_pylist(),
        np.zeros(200, int),
        sample=rows["sample"].to_pylist(),
        unit=rows["unit"].to_pylist(),
    )
    columns = {"cluster": np.zeros(0, int), "reads": np.zeros(0, int)}
    write_cluster_summary(tmp_path / "cluster_summary.tsv", columns)
    assert write_report.main(inputs.arguments()) == 0
    page = Page((tmp_path / "report.html").read_text())
    assert any("None of the 200 reads has a cluster" in text for text in page.absences)
    assert "100 % are not placed (200 no cluster)" in (tmp_path / "findings.txt").read_text()
    assert "largest-clusters" not in page.tables


def test_many_units_are_counted_in_the_table_of_clusters(tmp_path):
    units = tuple(f"s{number}.1" for number in range(14))
    page = written_page(tmp_path, Community(reads=600, units=units))
    assert len(page.tables["units"]) == 14
    assert sum(name.startswith("quality-") for name in page.figures) == 8
    first = page.tables["largest-clusters"][0]
    assert len(first) == 7
    assert 1 <= first[6] <= 14


def test_units_that_lost_all_their_reads_are_named(tmp_path, capsys):
    lost = {"neg.1": {"too short": 12, "too many N": 3}, "neg.2": {}}
    inputs = write_inputs(tmp_path, Community(reads=300, units=("gut.a",)))
    counts = list(inputs.counts)
    for unit, dropped in lost.items():
        raw = sum(dropped.values())
        random = np.random.default_rng(1)
        details = {"before": profile(raw, True, 0, random), "after": profile(0, True, 0, random)}
        for stage, flow in {
            "trim_reads": Flow("reads", raw, 0, dropped),
            "convert_fastq_to_bam": Flow("reads", 0, 0),
        }.items():
            counts.append(tmp_path / stage / f"{unit}.json")
            write_counts(counts[-1], stage, [flow], details, unit)
    assert write_report.main(inputs._replace(counts=counts).arguments()) == 0
    sentence = (
        "2 units lost all their reads in trimming: neg.1 (12 too short, 3 too many N),"
        " neg.2 (no reads)."
    )
    assert f"write_report: warning: {sentence}\n" in capsys.readouterr().err
    clusters, _, reads, *_ = (tmp_path / "findings.txt").read_text().splitlines()
    assert "from 3 units passed trimming" in reads
    assert reads.endswith(f" {sentence}")
    assert clusters.endswith("from 1 of 3 units.")
    assert f">{sentence}<" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("reads", [0, 1, 5])
def test_without_pairs_the_page_says_so(tmp_path, reads):
    """A few reads of many long genomes never overlap: no pairs, only singletons."""
    page = written_page(tmp_path, Community(genomes=200, genome_length=10**6, reads=reads))
    assert any("No candidate pairs" in text for text in page.absences)
    assert any("No alignment passed" in text for text in page.absences)
    assert any("singletons" in text or "no clusters" in text for text in page.absences)
    drawn = {"votes", "score", "identity", "overlap", "cluster-ranks", "flow-pairs"}
    assert not drawn & set(page.figures)
    assert ("flow-reads" in page.figures) == (reads > 0)


def test_candidates_without_any_kin(tmp_path):
    inputs = write_inputs(tmp_path, Community(reads=0))
    (tmp_path / "few").mkdir()
    few = write_inputs(tmp_path / "few", Community(reads=200))
    # candidate pairs of 200 reads; no alignment passes
    counts = {path.stem: path for path in few.counts}
    found = json.loads(counts["find_pairs"].read_text())["flows"][0]["out"]
    flow = {"what": "pairs", "in": found, "out": 0, "dropped": {"score below min_score": found}}
    change(counts["align_pairs"], lambda content: content.update(flows=[flow]))
    none = {"what": "kin pairs", "in": 0, "out": 0, "dropped": {}}
    change(counts["join_reads"], lambda content: content["flows"].__setitem__(1, none))
    arguments = few.arguments()
    arguments[arguments.index("--alignments") + 1] = str(inputs.alignments)
    assert write_report.main(arguments) == 0
    page = Page((few.folder / "report.html").read_text())
    assert "votes" in page.figures
    assert "score" not in page.figures
    assert any("No alignment passed" in text for text in page.absences)


@pytest.mark.parametrize("path", [".", "deleted.tsv"])
def test_without_benchmarks_the_page_says_so(inputs, tmp_path, path):
    arguments = inputs.arguments()
    arguments[arguments.index("--benchmarks") + 1] = str(tmp_path / path)
    arguments[arguments.index("--output") + 1] = str(tmp_path / "report.html")
    assert write_report.main(arguments) == 0
    page = Page((tmp_path / "report.html").read_text())
    assert any("no benchmark tables" in text for text in page.absences)
    assert "time" not in page.figures


def test_jobs_on_slurm_show_requested_and_used_resources(inputs, tmp_path):
    table = tmp_path / "find_pairs" / "find_pairs.tsv"
    table.parent.mkdir()
    asked = {"mem_mb": 8000, "runtime": 60, "nodes": 2, "tasks": 8, "mpi": "srun --mpi=pmix"}
    row = {"s": 90.0, "max_rss": 300.0, "cpu_time": 80.0, "threads": 1, "resources": asked}
    table.write_text("\t".join(row) + "\n" + "\t".join(map(str, row.values())) + "\n")
    table.with_suffix(".memory.json").write_text('{"peak_mb_by_node": [1500.0, 2500.0]}')
    arguments = inputs.arguments()
    arguments[arguments.index("--benchmarks") + 1] = str(table)
    arguments[arguments.index("--output") + 1] = str(tmp_path / "report.html")
    assert write_report.main(arguments) == 0
    page = Page((tmp_path / "report.html").read_text())
    (costs,) = page.tables["costs"]
    assert costs[-1] == 2500.0, "of the node that used most, not of the first"
    assert page.tables["sizes"] == [["find_pairs", 1, 8000, 2900.0, 3800, 3600, 90.0, 600]]


def test_local_run_has_no_requested_resources(page):
    assert "sizes" not in page.tables


def change(path, how):
    """Modify a counts file."""
    content = json.loads(path.read_text())
    how(content)
    path.write_text(json.dumps(content))


def lose_reads(content):
    content["flows"][0]["in"] -= 1
    content["flows"][0]["out"] -= 1


def break_sum(content):
    content["flows"][0]["out"] -= 1


def rename_items(content):
    content["flows"][0]["what"] = "spots"


def rename_unit(content):
    content["unit"] = "other.1"


@pytest.mark.parametrize(
    ("file", "how", "message"),
    [
        ("embed_reads.json", lose_reads, "into embed_reads, expected the {reads} reads that left"),
        ("join_reads.json", lose_reads, "into join_reads, expected the {reads} reads"),
        ("cluster_reads.json", lose_reads, "into cluster_reads, expected the {reads} reads"),
        ("align_pairs.json", lose_reads, "into align_pairs, expected the {found} candidate pairs"),
        ("find_pairs.json", break_sum, "counts of find_pairs that do not add up"),
        ("embed_reads.json", rename_items, "found no count of reads, expected one by embed_reads"),
        ("convert_fastq_to_bam/soil.1.json", lose_reads, "into convert_fastq_to_bam, expected the"),
        ("convert_fastq_to_bam/soil.2.json", rename_unit, "found unit other.1, expected a unit"),
    ],
)
def test_inconsistent_counts_are_refused(tmp_path, capsys, file, how, message):
    inputs = write_inputs(tmp_path, Community(reads=300))
    change(tmp_path / "counts" / file, how)
    assert write_report.main(inputs.arguments()) == 1
    error = capsys.readouterr().err
    assert error.startswith("write_report: ")
    assert message.format(reads=300, found=len(inputs.overlap)) in error
    assert "run" in error or "pass" in error
    assert not (tmp_path / "report.html").exists()
    assert not (tmp_path / "findings.txt").exists()


@pytest.mark.parametrize(
    ("option", "file", "stage"),
    [
        ("--pairs", "pairs.h5", "find_pairs"),
        ("--alignments", "alignments", "align_pairs"),
        ("--clusters", "clusters.parquet", "cluster_reads"),
    ],
)
def test_tables_of_another_run_are_refused(inputs, tmp_path, capsys, option, file, stage):
    other = write_inputs(tmp_path, Community(reads=200))
    arguments = inputs.arguments()
    arguments[arguments.index(option) + 1] = str(other.folder / file)
    assert write_report.main(arguments) == 1
    assert re.search(
        rf"{file}: found \d+ rows, expected the \d+ .* that left {stage}", capsys.readouterr().err
    )


def test_reads_of_a_unit_must_match_its_bam(tmp_path, capsys):
    inputs = write_inputs(tmp_path, Community(reads=300))
    for stage in ("trim_reads", "convert_fastq_to_bam"):
        for old, new in (("soil.1", "spare"), ("soil.2", "soil.1"), ("spare", "soil.2")):
            path = tmp_path / "counts" / stage
            path.joinpath(f"{old}.json").rename(path / f"{new}.json")
            change(path / f"{new}.json", lambda content, new=new: content.update(unit=new))
    assert write_report.main(inputs.arguments()) == 1
    assert "reads of unit soil." in capsys.readouterr().err


@pytest.mark.parametrize("mapped", [120, 0])
def test_mapped_reads_are_a_finding(tmp_path, mapped):
    """Reads that do not map are kept; none that map is most likely the wrong reference."""
    inputs = write_inputs(tmp_path, Community(reads=300, units=("gut.a",)))
    assert write_report.main(with_mapping(inputs, 300, mapped)) == 0
    page = Page((tmp_path / "report.html").read_text())
    assert ["map_to_reference", "reads", 300, 300, 0] in [r[:5] for r in page.tables["counts"]]
    line = (tmp_path / "findings.txt").read_text().splitlines()[-1]
    percent = "40.0 %" if mapped else "0 %"
    expected = f"Mapped to the reference: {mapped} of 300 reads ({percent}) map to the reference."
    if not mapped:
        expected += " Warning: no read of gut.a maps; check that it is the right reference."
    assert line == expected
    assert page.values[-1].replace("\N{NO-BREAK SPACE}", " ") == percent


def test_reads_that_mapping_lost_are_refused(tmp_path, capsys):
    inputs = write_inputs(tmp_path, Community(reads=300, units=("gut.a",)))
    assert write_report.main(with_mapping(inputs, 299, 120)) == 1
    assert "299 reads into map_to_reference" in capsys.readouterr().err


def with_mapping(inputs, reads, mapped):
    """Return the arguments of a run that maps to a reference, and write its counts."""
    path = inputs.folder / "mapped.json"
    flow, details = Flow("reads", reads, reads), {MAPPED_READS: mapped}
    write_counts(path, "map_to_reference", [flow], details, "gut.a")
    arguments = inputs.arguments()
    arguments.insert(1, str(path))
    after = next(i for i, word in enumerate(arguments) if word.startswith("convert_fastq_to_bam="))
    arguments.insert(after + 1, "map_to_reference=reads")
    return arguments


def test_missing_stage_is_refused(inputs, capsys):
    arguments = [argument for argument in inputs.arguments() if "align_pairs.json" not in argument]
    assert write_report.main(arguments) == 1
    assert "align_pairs: found no counts of this stage" in capsys.readouterr().err


def test_comparison_of_another_version_is_refused(inputs, tmp_path, capsys):
    content = json.loads(write_truth_comparison(inputs).read_text())
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(content | {"format_version": 1}))
    assert write_report.main([*inputs.arguments(), "--truth-comparison", str(path)]) == 1
    assert "found format readkin-truth-comparison 1, expected" in capsys.readouterr().err


@pytest.mark.parametrize("config", ["{unclosed", "{}x", "[1]"])
def test_bad_settings_are_an_error_of_the_command_line(inputs, tmp_path, capsys, config):
    path = tmp_path / "config.yaml"
    path.write_text(config)
    for given in (config, str(path)) if config.startswith("{") else (str(path),):
        arguments = inputs.arguments()
        arguments[arguments.index("--config") + 1] = given
        assert write_report.main(arguments) == 2
        assert capsys.readouterr().err.startswith("write_report: ")


def test_settings_as_yaml_file(inputs, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("align: {mismatch: -3}  # a comment\ncluster:\n  join_mates: true\n")
    settings = write_report.read_settings(str(path))
    assert settings == {"align": {"mismatch": -3}, "cluster": {"join_mates": True}}


@pytest.mark.browser
def test_browser_draws_every_figure_without_messages(browser, page, html, tmp_path):
    elements, console = browsed(browser, html, tmp_path)
    assert console == []
    assert f'data-drawn="{len(page.figures)}"' in elements
    assert elements.count('class="plot-container plotly"') == len(page.figures)
    assert elements.count('class="sankey-link"') == sum(
        len(page.figures[name]["data"][0]["link"]["value"]) for name in ("flow-reads", "flow-pairs")
    )


@pytest.mark.browser
def test_browser_loads_nothing_from_outside_the_page(browser, html, tmp_path):
    """The console messages also prove that the test above would notice an error."""
    outside = '<img src="https://example.org/a.png"><script>throw new Error("noticed")</script>'
    _, console = browsed(browser, html.replace("<noscript>", outside + "<noscript>"), tmp_path)
    assert any("Content Security Policy" in line for line in console)
    assert any("noticed" in line for line in console)
