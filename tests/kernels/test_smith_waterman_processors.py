"""The same scores and alignments on every kind of processor.

Kernels are compiled anew for x86 without vectors beyond SSE2 and for one with AVX2 but not AVX-512,
each in a process of its own, and must give what this processor's own code gives.
"""

import os
import subprocess
import sys
from pathlib import Path

import llvmlite.binding
import numpy as np
import pytest

from kernels import smith_waterman

SCRIPT = Path(__file__).parents[1] / "verification" / "results.py"
PATHS = [str(Path(smith_waterman.__file__).parents[1]), str(Path(__file__).parents[1])]


def host_features() -> dict[str, bool]:
    return dict(llvmlite.binding.get_host_cpu_features())


def processor(name: str) -> dict[str, str]:
    """Environment that makes Numba compile for a processor."""
    if name == "generic":
        return {"NUMBA_CPU_NAME": "generic"}
    features = ",".join(
        f"+{feature}"
        for feature, is_there in sorted(host_features().items())
        if is_there and not feature.startswith(("avx512", "avx10", "amx"))
    )
    return {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": features}


def results(path: Path, environment: dict[str, str]) -> dict[str, np.ndarray]:
    subprocess.run(
        [sys.executable, SCRIPT, path],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS), **environment},
        check=True,
    )
    with np.load(path) as found:
        return {name: found[name] for name in found.files}


@pytest.fixture(scope="module")
def native(tmp_path_factory) -> dict[str, np.ndarray]:
    return results(tmp_path_factory.mktemp("native") / "found.npz", {})


@pytest.mark.timeout(600)  # everything is compiled once more
@pytest.mark.parametrize(("name", "shuffle"), [("generic", ""), ("avx2", "avx2.pshuf.b")])
def test_other_processors_give_identical_results(tmp_path, native, name, shuffle):
    if name == "avx2" and not host_features().get("avx2"):
        pytest.skip("this processor has no AVX2")
    found = results(tmp_path / "found.npz", processor(name))
    assert found.pop("vector_bytes") == 32
    assert str(found.pop("byte_shuffle")).removeprefix("llvm.x86.") == shuffle
    expected = {key: value for key, value in native.items() if key in found}
    assert found.keys() == expected.keys()
    for key, value in found.items():
        np.testing.assert_array_equal(value, expected[key], err_msg=key)


def test_this_processor_uses_its_widest_vectors(native):
    if host_features().get("avx512bw"):
        assert native["vector_bytes"] == 64
        assert "avx512" in str(native["byte_shuffle"])
    assert native["dear bases align score"].max() > 60_000
    assert native["letters align score"].max() > 255
