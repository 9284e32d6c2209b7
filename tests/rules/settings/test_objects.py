"""Objects in settings and sample sheet: all mistakes at once, versions for the jobs."""

import gzip
from pathlib import Path

import pytest
import yaml

from readkin.formats.truth_columns import TRUTH_COLUMNS
from readkin.objects.publication import claim_prefix
from readkin.objects.settings import ObjectVersion, StorageSettings
from readkin.objects.store import ObjectStore
from rules.settings.mistakes import ConfigError
from rules.settings.settings import load_settings

HEADER = "sample\tunit\tfastq_1\tfastq_2\n"


def record(name: str, bases: str = "ACGTTGCA") -> bytes:
    return f"@{name}\n{bases}\n+\n{'I' * len(bases)}\n".encode()


class Project:
    """Config and sheet in a folder, objects in a bucket."""

    def __init__(self, folder: Path, bucket) -> None:
        self.folder, self.bucket = folder, bucket
        self.config: dict = {"samples": "samples.tsv", "storage": {"endpoint_url": bucket.url}}
        self.rows: list[str] = []

    def add(self, *paths: str) -> None:
        """Add a unit with these FASTQ paths."""
        fields = [f"s{len(self.rows) + 1}", "1", *paths]
        self.rows.append("\t".join(fields) + "\n")

    def load(self, run: str = "", probe_files: bool = True):
        """Load the settings as the Snakefile does."""
        (self.folder / "samples.tsv").write_text(HEADER + "".join(self.rows))
        (self.folder / "config.yaml").write_text(yaml.safe_dump(self.config, sort_keys=False))
        return load_settings(self.config, ["config.yaml"], probe_files, self.folder, run)

    def mistakes(self, **options) -> list[str]:
        """Messages of all mistakes."""
        with pytest.raises(ConfigError) as caught:
            self.load(**options)
        return [str(mistake) for mistake in caught.value.mistakes]


@pytest.fixture
def project(tmp_path, bucket) -> Project:
    return Project(tmp_path, bucket)


def test_valid_objects(project, bucket):
    one = bucket.put("a_1.fq.gz", gzip.compress(record("x/1")))
    two = bucket.put("a_2.fq", record("x/2", "TTTTACGA"))
    (project.folder / "local.fq").write_bytes(record("y"))
    project.add(one, two)
    project.add("local.fq")
    genome = bucket.put("genomes/g.fa", b">g\nACGT\n")
    table = gzip.compress(("\t".join(TRUTH_COLUMNS) + "\n").encode())
    project.config |= {"reference": genome, "truth": bucket.put("t.tsv.gz", table)}
    project.config["search"] = {"query": genome, "database": two}
    project.config["results_uri"] = bucket.uri("runs/1")
    settings = project.load()
    paths = {one, two, genome, project.config["truth"]}
    assert settings.objects.versions.keys() == paths
    assert settings.objects.versions[two] == ObjectVersion(
        bucket.client.head_object(Bucket=bucket.name, Key="a_2.fq")["ETag"], len(record("x/2"))
    )
    assert settings.objects.storage == StorageSettings(endpoint_url=bucket.url)
    assert bucket.keys_below("runs/") == []


def test_jobs_ask_nothing(project, proxy):
    project.config["storage"]["endpoint_url"] = proxy.url
    project.config |= {"reference": "s3://abc/g.fa", "results_uri": "s3://abc/run"}
    project.add("s3://abc/a.fq")
    assert project.load(probe_files=False).objects.versions == {}
    assert not proxy.requests


def test_all_mistakes_at_once(project, bucket):
    put = bucket.put
    wrong = {
        bucket.uri("none.fq"): "found no such object at",
        "s3://no-such-bucket-here/a.fq": 'found no bucket "no-such-bucket-here" at',
        put("ice.fq", record("x"), StorageClass="GLACIER"): "an archived object (storage class GLA",
        put("SRR1", b"NCBI.sra" + bytes(99)): "an SRA file in",
        put("a.fa", b">x\nACGT\n"): "FASTA",
        put("cut.fq.gz", gzip.compress(record("x"))[:20]): "truncated gzip data in",
        put("empty.fq", b""): "an empty file in",
        put("turns.fq", record("x/1") + record("x/2", "TTTT")): 'mates in turn, "x/1" and "x/2"',
    }
    for path in wrong:
        project.add(path)
    project.add(put("a_1.fq", record("x/1")), put("a_2.fq", record("y/2")))
    project.config |= {"reference": put("g.gb", b"LOCUS x\n"), "truth": bucket.uri("t.tsv.gz")}
    project.config["results_uri"] = bucket.uri("runs/1")
    store = ObjectStore(StorageSettings(endpoint_url=bucket.url))
    claim_prefix(store, bucket.uri("runs/1"), "another")
    of_config, of_sheet = project.mistakes()[:3], project.mistakes()[3:]
    for text, (key, found) in zip(
        of_config,
        {
            "reference": '"LOCUS x" in line 1, expected FASTA',
            "truth": "no such object",
            "results_uri": "the results of another run",
        }.items(),
        strict=True,
    ):
        assert f": {key}: found {found}" in text
    assert len(of_sheet) == len(wrong) + 1
    for line, (text, (path, found)) in enumerate(zip(of_sheet, wrong.items(), strict=False), 2):
        assert text.startswith(f"samples.tsv:{line}: fastq_1: found "), text
        assert found in text
        assert path in text or found.startswith("mates")
    assert "convert it with `fasterq-dump`" in of_sheet[3]
    assert 'first reads "x/1" in fastq_1 and "y/2" in fastq_2' in of_sheet[-1]


def test_records_longer_than_the_first_bytes(project, bucket):
    bases = "ACGT" * 700_000
    project.add(bucket.put("long.fq", record("x", bases) + record("y")))
    assert len(project.load().objects.versions) == 1


def test_an_object_twice(project, bucket):
    path = bucket.put("a.fq", record("x"))
    project.add(path)
    project.add(path)
    assert "found the same file as fastq_1 of line 2" in project.mistakes()[0]


def test_an_absent_server_is_one_mistake(project):
    project.config["storage"]["endpoint_url"] = "http://127.0.0.1:9"
    for number in range(50):
        project.add(f"s3://abc/{number}.fq")
    assert len(project.mistakes()) == 1


def test_wrong_settings_send_no_request(project, proxy):
    storage = {"endpoint_url": proxy.url, "anonymous": True, "requester_pays": True}
    project.config["storage"] = storage
    project.add("s3://abc/a.fq")
    (mistake,) = project.mistakes()
    assert "storage.anonymous: found true with storage.requester_pays true" in mistake
    storage |= {"requester_pays": False}
    project.config["results_uri"] = "s3://abc/run"
    (mistake,) = project.mistakes()
    assert "expected false, as nothing can be published without credentials" in mistake
    assert not proxy.requests


@pytest.mark.parametrize("uri", ["s3://abc", "s3://abc/", "s3://a b/c", "results", "s3://abc/x/"])
def test_wrong_addresses_of_results(project, uri):
    (project.folder / "a.fq").write_bytes(record("x"))
    project.add("a.fq")
    project.config["results_uri"] = uri
    assert "expected text of the form s3://bucket/folder" in project.mistakes()[0]


def test_results_of_the_same_run_are_no_mistake(project, bucket):
    (project.folder / "a.fq").write_bytes(record("x"))
    project.add("a.fq")
    project.config["results_uri"] = bucket.uri("runs/1")
    store = ObjectStore(StorageSettings(endpoint_url=bucket.url))
    claim_prefix(store, bucket.uri("runs/1"), "me")
    project.load(run="me")
    assert "another run" in project.mistakes(run="you")[0]
