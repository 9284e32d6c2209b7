"""All peers that can be had here, and why the others cannot.

Only tools that give exact scores for any costs take part, so that scores can be compared. MMseqs2
rounds BLOSUM62 in its own way: most of its scores differ.
"""

from collections.abc import Callable
from pathlib import Path

from benchmarks.align import biopython_tool, opal_tool, parasail_tools, ssw_tools
from benchmarks.align.tools import NotThereError, Tool


def find_peers(folder: Path) -> tuple[list[Tool], dict[str, str]]:
    """The tools, and by name what keeps the others away. Drivers are compiled in `folder`."""
    makers: dict[str, Callable[[], Tool | list[Tool]]] = {
        "parasail (Python)": parasail_tools.python_tool,
        "parasail (C)": lambda: parasail_tools.c_tool(folder),
        "pyopal": opal_tool.tools,
        "ssw-py": ssw_tools.python_tool,
        "SSW (C)": lambda: ssw_tools.c_tool(folder),
        "ssw_test": lambda: ssw_tools.command_tool(folder),
        "Biopython": biopython_tool.tool,
    }
    found: list[Tool] = []
    missing: dict[str, str] = {}
    for name, make in makers.items():
        try:
            made = make()
        except NotThereError as reason:
            missing[name] = str(reason)
        else:
            found.extend(made if isinstance(made, list) else [made])
    return found, missing
