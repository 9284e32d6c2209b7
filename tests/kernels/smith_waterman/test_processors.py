"""The same scores and alignments on every kind of processor.

Kernels are compiled again for x86 without vectors beyond SSE2, and for AVX2 without AVX-512, in
separate processes. The results must equal those of the code for this processor.
"""

import os
import subprocess
import sys

import numpy as np
import pytest

from support.processors import host_features, processor
from support.repository import REPOSITORY, SCRIPTS

SCRIPT = REPOSITORY / "tests" / "verification" / "results.py"
PATHS = [str(SCRIPTS), str(REPOSITORY / "tests")]


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, dict[str, np.ndarray]]:
    """Return the results by kind of processor, computed by concurrent processes."""
    folder = tmp_path_factory.mktemp("processors")
    kinds = {name: processor(name) for name in ("native", "generic")}
    if host_features().get("avx2"):
        kinds["avx2"] = processor("avx2")
    processes = {
        kind: subprocess.Popen(
            [sys.executable, SCRIPT, folder / f"{kind}.npz"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS), **environment},
        )
        for kind, environment in kinds.items()
    }
    assert [process.wait() for process in processes.values()] == [0] * len(kinds)
    found = {}
    for kind in kinds:
        with np.load(folder / f"{kind}.npz") as results:
            found[kind] = dict(results)
    return found


@pytest.mark.timeout(900)  # everything is compiled three times
@pytest.mark.parametrize(("name", "shuffle"), [("generic", ""), ("avx2", "avx2.pshuf.b")])
def test_other_processors_give_identical_results(found, name, shuffle):
    if name not in found:
        pytest.skip("this processor has no AVX2")
    results, native = found[name].copy(), found["native"]
    assert results.pop("vector_bytes") == 32
    assert str(results.pop("byte_shuffle")).removeprefix("llvm.x86.") == shuffle
    assert results.keys() == native.keys() - {"vector_bytes", "byte_shuffle"}
    for key, value in results.items():
        np.testing.assert_array_equal(value, native[key], err_msg=key)


def test_this_processor_uses_its_widest_vectors(found):
    native = found["native"]
    if host_features().get("avx512bw"):
        assert native["vector_bytes"] == 64
        assert "avx512" in str(native["byte_shuffle"])
    assert native["bases, high costs align score"].max() > 60_000
    assert native["amino acids align score"].max() > 255
