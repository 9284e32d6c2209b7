"""Statistics of reads before and after trimming: from the counts of two stages."""

from pathlib import Path

import pytest

from readkin.errors import InputError
from readkin.report.flow import StageCounts
from readkin.report.reads_section import STATISTICS, unit_reads


def counts(stage, details):
    path = Path(f"{stage}.json")
    return StageCounts(path=path, stage=stage, unit="s.u", flows=(), details=details)


def test_a_unit_has_the_statistics_of_both_stages():
    before, after = dict.fromkeys(STATISTICS, 1), dict.fromkeys(STATISTICS, 2)
    converted = counts("convert_fastq_to_bam", {"after": after})
    (unit,) = unit_reads([converted, counts("trim_reads", {"before": before})])
    assert (unit.unit, unit.before, unit.after, unit.cutadapt) == ("s.u", before, after, {})


def test_counts_without_statistics_are_refused_with_the_stage_to_run():
    found = "convert_fastq_to_bam.json:details: found no 'after', .* run convert_fastq_to_bam again"
    with pytest.raises(InputError, match=found):
        unit_reads([counts("convert_fastq_to_bam", {})])
