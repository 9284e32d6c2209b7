"""Make the composition metric that readkin contains, from 22 genomes of other species.

in:  GENOMES/<name>.fa.gz for each name in the table below, the records listed there
out: workflow_scripts/readkin/formats/shipped_metric/composition_metric.h5

The file has means and covariances of tetranucleotide shares only, no sequence. None of the species
occurs in a benchmark or a test of clusters.

    PYTHONPATH=workflow_scripts python tests/data/make_metric.py --genomes GENOMES
"""

import argparse
import gzip
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from readkin.clusters.metric import STRETCH, excess_of, metric_with_axes
from readkin.formats.metric import Metric, write_metric
from readkin.formats.shipped_metric import FILE
from readkin.kernels.composition.counts import tetranucleotide_counts
from readkin.provenance import fingerprint_of


class Genome(NamedTuple):
    """A genome: name of its file, first record of the file (NCBI), organism."""

    name: str
    record: str
    organism: str


GENOMES = (
    Genome("akkermansia_muciniphila", "CP001071.1", "Akkermansia muciniphila ATCC BAA-835"),
    Genome("aquifex_aeolicus", "NC_000918.1", "Aquifex aeolicus VF5"),
    Genome("bacillus_subtilis", "NC_000964.3", "Bacillus subtilis 168"),
    Genome("blochmannia_pennsylvanica", "NC_007292.1", "Ca. Blochmannia pennsylvanicus BPEN"),
    Genome("caulobacter_crescentus", "NC_002696.2", "Caulobacter crescentus CB15"),
    Genome("chlamydia_trachomatis", "NC_012687.1", "Chlamydia trachomatis B/TZ1A828/OT"),
    Genome("cupriavidus_metallidurans", "NC_007973.1", "Cupriavidus metallidurans CH34"),
    Genome("enterococcus_casseliflavus", "NC_020995.1", "Enterococcus casseliflavus EC20"),
    Genome("glaesserella_parasuis", "NZ_CP018032.1", "Glaesserella parasuis D74"),
    Genome("haemophilus_influenzae", "L42023.1", "Haemophilus influenzae Rd KW20"),
    Genome("legionella_pneumophila", "NC_006368.1", "Legionella pneumophila Paris"),
    Genome("listeria_monocytogenes", "NZ_CP023050.1", "Listeria monocytogenes FDA971911"),
    Genome("methanobacterium_al21", "NC_015216.1", "Methanobacterium sp. AL-21"),
    Genome("methanobrevibacter_ruminantium", "NC_013790.1", "Methanobrevibacter ruminantium M1"),
    Genome("mycoplasma_alvi", "NZ_JNJU01000001.1", "Mycoplasmoides alvi ATCC 29626 (draft)"),
    Genome("neisseria_meningitidis", "NZ_CP031334.1", "Neisseria meningitidis M22293"),
    Genome("pectobacterium_atrosepticum", "NC_004547.2", "Pectobacterium atrosepticum SCRI1043"),
    Genome("portiera_aleyrodidarum", "NC_018507.1", "Ca. Portiera aleyrodidarum BT-B-HRs"),
    Genome("pseudomonas_aeruginosa", "NC_002516.2", "Pseudomonas aeruginosa PAO1"),
    Genome("shewanella_baltica", "NC_011663.1", "Shewanella baltica OS223"),
    Genome("synechococcus_7002", "NC_010475.1", "Synechococcus sp. PCC 7002"),
    Genome("synechocystis_6803", "NC_000911.1", "Synechocystis sp. PCC 6803"),
)
CODES = np.full(256, 4, np.uint8)
for code, letters in enumerate(("Aa", "Cc", "Gg", "Tt")):
    CODES[np.frombuffer(letters.encode(), np.uint8)] = code


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--genomes", type=Path, required=True, help="folder of the FASTA files")
    parser.add_argument("--output", type=Path, default=FILE, help="default: %(default)s")
    arguments = parser.parse_args(argv)
    try:
        sequences = [read_genome(arguments.genomes, genome) for genome in GENOMES]
    except (OSError, ValueError) as error:
        parser.error(str(error))
    parameters = {"genomes": [f"{genome.organism}, {genome.record}" for genome in GENOMES]}
    fingerprint = fingerprint_of(parameters, __file__)
    write_metric(arguments.output, metric_of_genomes(sequences), parameters, fingerprint)
    return 0


def read_genome(folder: Path, genome: Genome) -> np.ndarray:
    """Return the bases of all records, with a break between them, as uint8.

    Raises:
        ValueError: the first record is another one.
    """
    path = folder / f"{genome.name}.fa.gz"
    with gzip.open(path, "rt") as file:
        records = file.read().split(">")[1:]
    if not records or genome.record not in records[0].split("\n", 1)[0]:
        raise ValueError(f"{path}: found another first record, expected {genome.record}")
    sequences = ["".join(record.split("\n")[1:]) for record in records]
    return CODES[np.frombuffer("N".join(sequences).encode("ascii"), np.uint8)]


def metric_of_genomes(sequences: list[np.ndarray]) -> Metric:
    """Estimate a metric from genomes.

    Args:
        sequences: for each genome uint8 bases, A 0, C 1, G 2, T 3, else 4; at least two genomes of
            at least 10 stretches of 4000 bp.
    """
    stretches = []
    for sequence in sequences:
        starts = np.arange(0, len(sequence) - STRETCH + 1, STRETCH)
        counts = tetranucleotide_counts(sequence, starts, starts + STRETCH)
        stretches.append(counts[counts.sum(axis=1) > 0.9 * STRETCH])
    shares = np.array([counts.sum(axis=0) / counts.sum() for counts in stretches])
    background = shares.mean(axis=0)
    within = np.mean([np.cov(excess_of(counts, background).T) for counts in stretches], axis=0)
    between = np.cov(((shares - background) / np.sqrt(background)).T)
    return metric_with_axes(background, within, between, len(sequences))


if __name__ == "__main__":
    sys.exit(main())
