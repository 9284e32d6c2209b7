"""What a layout of an HDF5 file is declared with: arrays, attributes, and both together."""

from typing import NamedTuple


class Dataset(NamedTuple):
    """One array of a layout.

    Attributes:
        name: path inside the file.
        dims: name of each axis; axes of one name have the same length throughout a file.
        dtype: numpy dtype with byte order.
        unit: unit of the values, or "" for identifiers and flags.
        meaning: one sentence.
        other_dtype: a second dtype that the array may have, or "".
    """

    name: str
    dims: tuple[str, ...]
    dtype: str
    unit: str
    meaning: str
    other_dtype: str = ""

    @property
    def dtypes(self) -> tuple[str, ...]:
        """All dtypes that the array may have."""
        return (self.dtype, self.other_dtype) if self.other_dtype else (self.dtype,)


class Attribute(NamedTuple):
    """One attribute of the root group."""

    name: str
    kind: type
    meaning: str


class Layout(NamedTuple):
    """One kind of HDF5 file: the attributes that all files share, its own, and its arrays."""

    format: str
    version: int
    meaning: str
    attributes: tuple[Attribute, ...]
    datasets: tuple[Dataset, ...]

    def dataset(self, name: str) -> Dataset:
        """The declaration of array ``name``."""
        return next(dataset for dataset in self.datasets if dataset.name == name)
