"""The page docs/file-formats.md, rendered from the declarations in formats/hdf5_schema.py."""

from readkin.formats.hdf5_schema import COMMON_ATTRIBUTES, LAYOUTS, Attribute, Dataset, FileLayout

HEAD = """# HDF5 files

Made from `workflow_scripts/readkin/formats/hdf5_schema.py`; do not edit by hand
(`make docs` writes it anew).

All integers are little endian. Axes of one name have the same length throughout a file.
Readers refuse a file of another format or version, or with an array missing or misshapen.
"""


def schema_page() -> str:
    """The whole page, as Markdown."""
    parts = [
        HEAD,
        "## Root attributes of every file\n",
        _attribute_table(COMMON_ATTRIBUTES),
        *(_layout_section(layout) for layout in LAYOUTS),
    ]
    return "\n".join(parts)


def _layout_section(layout: FileLayout) -> str:
    return "\n".join(
        [
            f"## `{layout.format}`, version {layout.version}\n",
            f"{layout.meaning}\n",
            "Further root attributes:\n",
            _attribute_table(layout.attributes),
            "Arrays:\n",
            _array_table(layout.datasets),
        ]
    )


def _attribute_table(attributes: tuple[Attribute, ...]) -> str:
    kinds = {str: "text", int: "integer"}
    rows = [f"| `{a.name}` | {kinds[a.kind]} | {a.meaning} |" for a in attributes]
    return "\n".join(["| attribute | type | meaning |", "|---|---|---|", *rows, ""])


def _array_table(datasets: tuple[Dataset, ...]) -> str:
    rows = [
        f"| `{d.name}` | {', '.join(d.dims)} | {_dtype_names(d)} | {d.unit} | {d.meaning} |"
        for d in datasets
    ]
    return "\n".join(
        ["| array | axes | type | unit | meaning |", "|---|---|---|---|---|", *rows, ""]
    )


def _dtype_names(dataset: Dataset) -> str:
    return " or ".join(map(_dtype_name, dataset.dtypes))


def _dtype_name(dtype: str) -> str:
    kind, size = dtype.lstrip("<")[0], int(dtype.lstrip("<")[1:])
    if kind == "S":
        return f"text of {size}"
    return {"i": "int", "u": "uint", "f": "float"}[kind] + str(8 * size)
