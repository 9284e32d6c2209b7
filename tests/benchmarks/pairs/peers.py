"""All peers that can be had here, and why the others cannot."""

from collections.abc import Callable

from benchmarks.pairs import minimap2_tool, mmseqs_tool, python_peers
from benchmarks.pairs.tools import NotThereError, Tool


def find_peers() -> tuple[dict[str, Tool], dict[str, str]]:
    """The tools by name, and by name what keeps the others away."""
    makers: dict[str, Callable[[], list[Tool]]] = {
        "minimap2": minimap2_tool.tools,
        "mmseqs2 linclust": lambda: [mmseqs_tool.tool()],
    }
    for name in python_peers.LIBRARIES:
        makers[name] = lambda name=name: [python_peers.tool(name)]
    found: dict[str, Tool] = {}
    missing: dict[str, str] = {}
    for name, make in makers.items():
        try:
            found |= {tool.name: tool for tool in make()}
        except NotThereError as reason:
            missing[name] = str(reason)
    return found, missing
