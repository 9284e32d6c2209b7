"""A run from objects in S3 to published results, equal to a local run; then one object changes."""

import gzip
import json
import re
import shutil

import pytest

from readkin.objects.settings import read_objects
from support.clone import Clone
from support.object_servers import Bucket, FaultyProxy, credentials, moto_server
from support.same_content import differing_files

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # the fixture runs the workflow twice

REFERENCE = "tests/data/genomes/lambda.fa.gz"
PREFIX = "my reads' $x é"
PATHS_IN_REPORTS = re.compile(r"(s3://my-bucket/[^/]*|demo)/")


class ObjectRun:
    """A clone whose reads are objects, and the results of a local run of the same reads."""

    def __init__(self, clone: Clone, bucket: Bucket, proxy: FaultyProxy) -> None:
        self.clone, self.bucket, self.proxy = clone, bucket, proxy
        self.local = clone.folder.parent / "local results"

    def snakemake(self, *arguments: str, fails: bool = False) -> str:
        """Run Snakemake with credentials of the server."""
        return self.clone.snakemake("--cores", "2", *arguments, fails=fails, **credentials())


@pytest.fixture(scope="module")
def run(tmp_path_factory, pytestconfig):
    """Two runs, one local, one with objects through a proxy that cuts all answers."""
    folder = tmp_path_factory.mktemp("objects")
    clone = Clone(folder / "my clone")
    clone.simulate(1000)
    shutil.copy(pytestconfig.rootpath / REFERENCE, clone.folder / "demo")
    clone.set("reference: null", "reference: demo/lambda.fa.gz")
    clone.snakemake("--cores", "2")
    with moto_server(folder) as url:
        proxy = FaultyProxy(url)
        run = ObjectRun(clone, Bucket(url, "my-bucket"), proxy)
        (clone.folder / "results").rename(run.local)
        for file in (clone.folder / "demo").iterdir():
            run.bucket.put(f"{PREFIX}/{file.name}", file.read_bytes())
        clone.reset()
        clone.set("reference: demo/", f"reference: s3://my-bucket/{PREFIX}/")
        clone.set("truth: demo/", f"truth: s3://my-bucket/{PREFIX}/")
        clone.set("results_uri: null", "results_uri: s3://my-bucket/runs/1")
        clone.set("endpoint_url: null", f"endpoint_url: {proxy.url}")
        sheet = clone.folder / "config/samples.tsv"
        sheet.write_text(sheet.read_text().replace("\tdemo/", f"\ts3://my-bucket/{PREFIX}/"))
        proxy.cut_bytes = 50_000
        run.snakemake()
        proxy.cut_bytes = 0
        yield run
        proxy.close()


def test_results_are_those_of_the_local_run(run):
    results = run.clone.folder / "results"
    differing = differing_files(run.local, results)
    reports = [f"multiqc/{day}.lane1.cutadapt.json" for day in ("day1", "day8")]
    assert differing == reports, "only they contain paths of the reads"
    for name in reports:
        ours, theirs = (folder / name for folder in (results, run.local))
        texts = {PATHS_IN_REPORTS.sub("", file.read_text()) for file in (ours, theirs)}
        assert len(texts) == 1


def test_published_are_all_results(run):
    manifest = json.loads(run.bucket.get("runs/1/manifest.json"))
    results = run.clone.folder / "results"
    files = [path.relative_to(results) for path in results.rglob("*") if path.is_file()]
    names = sorted(str(file) for file in files if file.name != ".snakemake_timestamp")
    assert [file["path"] for file in manifest["files"]] == names
    assert "report.html" in names
    for name in names:
        assert run.bucket.get(f"runs/1/{name}") == (results / name).read_bytes()
    assert (run.clone.folder / "work/published.json").read_text() == json.dumps(manifest, indent=1)


def test_nothing_reruns_by_itself_and_each_object_is_asked_for_once(run):
    run.proxy.requests.clear()
    run.clone.set("requester_pays: false", "requester_pays: true")  # no setting of the results
    assert "Nothing to be done" in run.snakemake("-n")
    run.clone.set("requester_pays: true", "requester_pays: false")
    assert run.proxy.requests["HEAD"] == 6  # four FASTQ, reference, truth
    # What jobs read is written by the main process.
    assert len(read_objects(run.clone.folder / "work/objects.json").versions) == 6


def test_a_changed_object_reruns_its_unit(run):
    key = f"{PREFIX}/day8.lane1_R2.fastq.gz"
    before = run.bucket.get(key)
    run.bucket.put(key, gzip.compress(gzip.decompress(before), 1))
    said = run.snakemake("-n")
    assert "Trim the reads of day8.lane1" in said
    assert "Trim the reads of day1.lane1" not in said
    assert "Fetch s3://" not in said
    run.bucket.put(key, before)  # with the ETag of its content
    assert "Nothing to be done" in run.snakemake("-n")


def test_check_and_mistakes(run):
    assert re.search(r"ok +S3 +6 objects, 0\.0 GB, can be read from http", run.snakemake("check"))
    run.clone.set("truth.tsv.gz ", "none.tsv.gz ")
    run.bucket.delete(f"{PREFIX}/day1.lane1_R1.fastq.gz")
    said = run.snakemake("check", fails=True)
    assert "config.yaml:10: truth: found no such object" in said
    assert "samples.tsv:7: fastq_1: found no such object" in said
    assert "2 errors" in said
    assert "Traceback" not in said
