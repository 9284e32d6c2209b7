"""Arguments that the rules pass to commands, and the commands' parsers."""

import shlex
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cluster_reads
import embed_reads
import name_clusters
import search_reads
import trim_reads
from readkin.kernels.statistics.karlin_altschul_tables import MATRICES
from rules.settings.sample_sheet import Unit
from rules.settings.schema import fill_in_presets, load_schema, with_defaults
from rules.stage_arguments import (
    REPORT_INPUTS,
    clustering_arguments,
    clustering_files,
    database_arguments,
    embed_arguments,
    fastq_arguments,
    naming_arguments,
    paf_arguments,
    profile_argument,
    read_group_arguments,
    report_arguments,
    reported_settings,
    search_arguments,
    trimming_arguments,
    unit_and_files,
)

FILES = ("query", "database", "parquet", "paf", "blast-table", "counts")


def config_with(**search: object) -> dict[str, Any]:
    config = with_defaults(load_schema("config.schema.yaml"), {"search": search})
    fill_in_presets(config)
    return config


def test_filtered_search_of_dna():
    assert search_arguments(config_with()) == (
        "--alphabet=dna --top-n=10 --max-evalue=10.0 --match=2 --mismatch=-3 --gap-open=7"
        " --gap-extend=2 --key-k=16 --key-fraction=0.077 --key-seed=1"
        " --key-scheme=open_syncmer --min-votes=2 --mask-low-complexity"
    )


@pytest.mark.parametrize("masks", [True, False])
def test_low_complexity_is_masked_unless_it_is_switched_off(tmp_path, masks):
    config = config_with() | {"mask_low_complexity": masks}
    assert ("--mask-low-complexity" in search_arguments(config)) == masks
    assert (
        parsed(EMBED_CONFIG | {"mask_low_complexity": masks}, tmp_path).mask_low_complexity == masks
    )


def test_clustering_knows_the_settings_of_its_method_only(tmp_path):
    config = config_with()
    of_genomes = clustering_arguments(config)
    assert of_genomes == "--method=genomes --min-confidence=0.8 --rounds=2 --seed=1 --strains"
    config["cluster"] |= {"method": "connected_components", "join_mates": False}
    of_components = clustering_arguments(config)
    assert of_components == (
        "--method=connected_components --min-identity=0.97 --min-overlap-bp=60 --max-overhang-bp=10"
    )
    config["cluster"]["join_mates"] = True
    assert clustering_arguments(config) == f"{of_components} --join-mates"


def test_files_of_a_method_and_the_parser_of_cluster_reads(tmp_path):
    for name in ("a b.bam", "p.h5", "e.h5"):
        (tmp_path / name).touch()
    common = {name: str(tmp_path / name) for name in ("parquet", "tsv", "summary", "counts")}
    inputs = {"start_embedding": str(tmp_path / "e.h5"), "alignments": []}
    outputs = {"piece_table": "pieces.parquet", "learned_embedding": "my l.h5"}
    files = clustering_files(inputs, outputs)
    words = [*shlex.split(clustering_arguments(config_with())), *shlex.split(files)]
    words += [f"--{name}={path}" for name, path in common.items()]
    words += [f"--pieces={tmp_path / 'p.h5'}", f"--bam={tmp_path / 'a b.bam'}"]
    arguments = cluster_reads.parse_arguments(words)
    assert (arguments.strains, arguments.start_embedding) == (True, tmp_path / "e.h5")
    assert arguments.learned_embedding == Path("my l.h5")
    assert clustering_files({"alignments": "a.parquet"}, {}) == "--alignments=a.parquet"


def test_naming_arguments_and_the_parser_of_name_clusters(tmp_path):
    (tmp_path / "f").touch()
    files = [f"--{name}={tmp_path / 'f'}" for name in ("pieces", "piece-table", "summary", "known")]
    files += ["--output=n.tsv", "--counts=c.json"]
    words = shlex.split(naming_arguments(config_with(min_votes=3)))
    arguments = name_clusters.parse_arguments([*files, *words])
    settings = name_clusters.search_settings(arguments)
    assert (settings.min_votes, settings.keys.k, settings.top_n) == (3, 16, 1)
    assert settings.keys.mask_low_complexity
    assert arguments.min_confidence == 0.8


def test_exhaustive_searches_do_not_know_the_keys():
    of_dna = search_arguments(config_with(exhaustive=True))
    assert of_dna.endswith("--gap-extend=2 --exhaustive")
    of_proteins = search_arguments(config_with(alphabet="protein"))
    assert of_proteins == (
        "--alphabet=protein --top-n=10 --max-evalue=10.0 --matrix=BLOSUM62 --gap-open=12"
        " --gap-extend=1 --exhaustive"
    )
    assert search_arguments(config_with(alphabet="protein", min_votes=7)) == of_proteins


@pytest.mark.parametrize("settings", [{}, {"exhaustive": True}, {"alphabet": "protein"}])
def test_the_command_understands_them(tmp_path, settings):
    (tmp_path / "file").touch()
    files = [f"--{name}={tmp_path / 'file'}" for name in FILES]
    words = search_arguments(config_with(**settings)).split()
    found = search_reads.parse_arguments([*files, *words]).settings
    assert found.is_exhaustive == bool(settings)
    assert found.is_dna == ("alphabet" not in settings)
    assert (found.top_n, found.max_evalue, found.min_votes) == (10, 10, 2)


def test_matrices_of_the_settings_are_those_with_statistics():
    section = load_schema("config.schema.yaml")["properties"]["search"]["properties"]["protein"]
    assert section["properties"]["matrix"]["enum"] == sorted(MATRICES)


def test_option_of_the_database():
    of_reads = {"embeddings": "my e.h5", "embedding_shards": "s", "reads": "r.parquet"}
    assert database_arguments(of_reads) == "'--embeddings=my e.h5' --reads=r.parquet"
    assert database_arguments({"database": "-my d.fa"}) == "'--database=-my d.fa'"


def test_options_of_paf():
    assert paf_arguments("r.parquet", "my.paf.gz") == "--reads=r.parquet --paf=my.paf.gz"
    assert paf_arguments([], []) == ""


EMBED_CONFIG = {
    "embed": {
        "method": "lshvec",
        "model": None,
        "pooling": "published",
        "k": 9,
        "dimensions": 128,
        "seed": 3,
        "reads_per_shard": 500,
        "key_scheme": "fracminhash",
        "key_k": 15,
        "key_fraction": 0.3,
        "key_seed": 4,
    },
    "mask_low_complexity": False,
}


def parsed(config, tmp_path):
    bam = tmp_path / "reads.bam"
    bam.touch()
    names = ("partial-dir", "shards-dir", "output", "reads", "counts")
    paths = [f"--{name}={name}" for name in names]
    words = shlex.split(embed_arguments(config))
    return embed_reads.parse_arguments(["--bam", str(bam), *words, *paths])


def test_every_setting_arrives_and_one_that_is_null_is_left_out(tmp_path):
    arguments = parsed(EMBED_CONFIG, tmp_path)
    assert {name: getattr(arguments, name) for name in EMBED_CONFIG["embed"]} == EMBED_CONFIG[
        "embed"
    ]
    assert "model" not in embed_arguments(EMBED_CONFIG)


def test_model_folder_arrives(tmp_path):
    of_embed = EMBED_CONFIG["embed"] | {"method": "hf", "model": "models/my model"}
    own = EMBED_CONFIG | {"embed": of_embed}
    assert parsed(own, tmp_path).model == Path("models/my model")


PAIRED = Unit(
    sample="a", unit="l1", fastq_1="a 1.fq", fastq_2="a 2.fq", platform="ONT", dna_library="my.lib"
)
SINGLE = Unit(
    sample="a", unit="l2", fastq_1="b.fq", fastq_2=None, platform="ILLUMINA", dna_library=""
)
INTERLEAVED = replace(SINGLE, interleaved=True, quality_encoding="64")


def test_arguments_of_a_unit():
    assert fastq_arguments(PAIRED, "o.json") == "'--fastq-1=a 1.fq' '--fastq-2=a 2.fq'"
    assert fastq_arguments(SINGLE, "o.json") == "--fastq-1=b.fq"
    of_interleaved = "--fastq-1=b.fq --interleaved --quality-encoding=64"
    assert fastq_arguments(INTERLEAVED, "o.json") == of_interleaved
    half = replace(PAIRED, fastq_1="s3://reads/it's 1.fq")
    words = shlex.split(fastq_arguments(half, "my o.json"))
    assert words == [f"--fastq-1={half.fastq_1}", "--fastq-2=a 2.fq", "--objects=my o.json"]
    assert read_group_arguments(INTERLEAVED).endswith(" --paired")
    assert read_group_arguments(PAIRED) == (
        "--sample=a --unit=l1 --platform=ONT --library=my.lib --paired"
    )
    assert read_group_arguments(SINGLE) == "--sample=a --unit=l2 --platform=ILLUMINA"


def test_trimming_follows_the_platform():
    def parsed_for(platform):
        arguments = trimming_arguments(config_with(), replace(SINGLE, platform=platform))
        files = ["--fastq-1=s3://b/r.fq", "--unit=a", "--output=o", "--report=r", "--counts=c"]
        return trim_reads.parse_arguments([*files, *shlex.split(arguments)])

    short, of_ont = parsed_for("ILLUMINA"), parsed_for("ONT")
    assert vars(of_ont) == vars(parsed_for("PACBIO"))
    assert (short.min_length_bp, short.min_quality, short.poly_g) == (50, 20, "auto")
    assert (short.max_length_bp, short.min_mean_quality) == (None, 0)
    assert (of_ont.adapter_1, of_ont.adapter_2, of_ont.min_quality) == (None, None, 0)
    assert (of_ont.min_length_bp, of_ont.min_mean_quality, of_ont.poly_g) == (500, 10, "no")
    assert (of_ont.max_length_bp, of_ont.max_n_fraction) == (None, 0.1)


def test_report_shows_no_settings_of_the_storage():
    config = config_with()
    assert config.keys() - reported_settings(config).keys() == {"storage", "results_uri"}


def test_optional_inputs_of_the_report():
    empty: dict[str, object] = {name: [] for name in REPORT_INPUTS.values()}
    none = SimpleNamespace(**empty)
    assert report_arguments(none) == ""
    of_a_run = {"pieces": "p", "names": "n", "assemblies": "a", "comparison": "t.json"}
    some = SimpleNamespace(**empty | of_a_run | {"hits": "my hits"})
    assert report_arguments(some) == (
        "--pieces=p --assemblies=a --cluster-names=n --truth-comparison=t.json"
        " '--search-hits=my hits'"
    )


def test_arguments_of_the_check():
    assert unit_and_files(PAIRED) == "a.l1\ta 1.fq\ta 2.fq\t\tauto"
    assert unit_and_files(SINGLE) == "a.l2\tb.fq\t\t\tauto"
    assert unit_and_files(INTERLEAVED) == "a.l2\tb.fq\t\tinterleaved\t64"
    assert profile_argument("") == ""
    assert profile_argument("my profile.yaml") == "'--profile-file=my profile.yaml'"
