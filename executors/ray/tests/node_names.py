"""Names that the node provider (nodes_here.py) and those who start its cluster share.

Tests import this module and not the provider, which imports Ray: that reads its token then, once
for the whole process.
"""

HEAD_TYPE = "head"
GROUPS = "groups.json"  # process groups of all nodes so far, in the order of their starts


def node_id(number: int) -> str:
    """Return the id of a node; 0 is the head."""
    return f"{number:056x}"
