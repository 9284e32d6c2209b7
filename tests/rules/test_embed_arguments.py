"""embed_reads is told of every setting that is set, and of no other."""

import shlex
from pathlib import Path

import embed_reads
from rules.embed_arguments import embed_arguments

CONFIG = {
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
}


def parsed(config, tmp_path):
    bam = tmp_path / "reads.bam"
    bam.touch()
    places = [
        word
        for name in ("partial-dir", "shards-dir", "output", "counts")
        for word in (f"--{name}", name)
    ]
    words = shlex.split(embed_arguments(config))
    return embed_reads.parse_arguments(["--bam", str(bam), *words, *places])


def test_every_setting_arrives_and_one_that_is_null_is_left_out(tmp_path):
    arguments = parsed(CONFIG, tmp_path)
    assert {name: getattr(arguments, name) for name in CONFIG["embed"]} == CONFIG["embed"]
    assert "model" not in embed_arguments(CONFIG)


def test_model_folder_arrives(tmp_path):
    own = {"embed": CONFIG["embed"] | {"method": "hf", "model": "models/my model"}}
    assert parsed(own, tmp_path).model == Path("models/my model")
