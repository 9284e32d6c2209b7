"""Reader of GraphML for tests, by the standard library."""

from xml.etree import ElementTree

NAMESPACE = "{http://graphml.graphdrawing.org/xmlns}"
TYPES = {"long": int, "double": float, "boolean": lambda text: text == "true"}


def read_graphml(path):
    """Return the attributes of the nodes by name, and those of the edges with source and target."""
    root = ElementTree.parse(path).getroot()
    keys = {
        key.get("id"): (key.get("attr.name"), TYPES[key.get("attr.type")])
        for key in root.iter(f"{NAMESPACE}key")
    }

    def values(element):
        found = {}
        for data in element.iter(f"{NAMESPACE}data"):
            name, convert = keys[data.get("key")]
            found[name] = convert(data.text)
        return found

    nodes = {node.get("id"): values(node) for node in root.iter(f"{NAMESPACE}node")}
    edges = [
        {"source": edge.get("source"), "target": edge.get("target")} | values(edge)
        for edge in root.iter(f"{NAMESPACE}edge")
    ]
    return nodes, edges
