"""A checkpoint of treelite, read to its last byte before treelite sees it.

treelite trusts what it reads: a child that lies outside its tree, or a tree that turns back on itself, would
have it read foreign memory or never end. Here every length, index and flag is held against the others.

Source: treelite's documentation, «Serialization», format v4.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from opcua_ml.domain.errors import ArtifactCorrupted, LibraryMismatch

MAJOR: Final = 4
_REALS: Final[dict[int, Any]] = {2: np.float32, 3: np.float64}
_POST_PROCESSORS: Final = frozenset(
    {"identity", "identity_multiclass", "sigmoid", "softmax", "exponential", "exponential_standard_ratio"}
)
_LEAF, _NUMERICAL, _CATEGORICAL = 0, 1, 2
_COMPARISONS: Final = 5  # 1 to 5; 0 is for nodes that compare nothing
_LONGEST_TEXT: Final = 4096
_MOST_OUTPUTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Ensemble:
    """What a checkpoint tells of itself.

    Attributes:
        version: of the treelite that wrote it.
        features: columns that it takes.
        shape: targets, and classes of the target that has most.
        classes: of each target.
    """

    version: tuple[int, int, int]
    features: int
    shape: tuple[int, int]
    classes: tuple[int, ...]


def check_checkpoint(data: bytes, where: str) -> Ensemble:
    """Hold a checkpoint against itself.

    Args:
        data: of the file.
        where: told in errors.

    Raises:
        LibraryMismatch: it is of another major version.
        ArtifactCorrupted: it is no checkpoint, or one that must not be run.
    """
    try:
        return _checked(_Reader(data), where)
    except (ValueError, struct.error) as error:
        raise ArtifactCorrupted("no treelite checkpoint that may be run", where=where, found=error) from error


class _Reader:
    """Takes what stands next; nothing is taken that does not stand there."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def one(self, code: str) -> Any:
        form = struct.Struct(f"<{code}")
        (value,) = form.unpack_from(self._data, self._at)
        self._at += form.size
        return value

    def many(self, dtype: Any, *lengths: int) -> Any:
        """An array; of one of these lengths, if any are named."""
        count = self.one("Q")
        if lengths and count not in lengths:
            raise ValueError(f"an array of {count} in place of {' or '.join(map(str, lengths))}")
        size = count * np.dtype(dtype).itemsize
        if size > len(self._data) - self._at:
            raise ValueError("an array that is longer than the file")
        array = np.frombuffer(self._data, dtype, count, self._at)
        self._at += size
        return array

    def text(self) -> str:
        array = self.many(np.uint8)
        if len(array) > _LONGEST_TEXT:
            raise ValueError("a text that is too long")
        return bytes(array).decode()

    def end(self) -> None:
        if self._at != len(self._data):
            raise ValueError("bytes behind the last tree")


def _checked(reader: _Reader, where: str) -> Ensemble:
    version = (reader.one("i"), reader.one("i"), reader.one("i"))
    if version[0] != MAJOR:
        raise LibraryMismatch(
            "a treelite checkpoint of another version",
            where=where,
            found=".".join(map(str, version)),
            wanted=f"{MAJOR}.x",
        )
    real = _REALS.get(reader.one("B"))
    if real is None or _REALS.get(reader.one("B")) is not real:
        raise ValueError("numbers of unknown or mixed types")
    trees, features = reader.one("Q"), reader.one("i")
    reader.one("B")  # the task: words for people
    if reader.one("B") > 1 or features < 1:
        raise ValueError("no flag, or no columns")
    ensemble, leaves = _outputs(reader, version, trees, features)
    base_scores = reader.many(np.float64, ensemble.shape[0] * ensemble.shape[1])
    if not np.isfinite(base_scores).all():
        raise ValueError("a base score that is not finite")
    reader.text()
    if reader.one("i") != 0:
        raise ValueError("optional fields")
    for _ in range(trees):
        _check_tree(reader, real, features, leaves)
    reader.end()
    return ensemble


def _outputs(
    reader: _Reader, version: tuple[int, int, int], trees: int, features: int
) -> tuple[Ensemble, int]:
    """What the trees add up to, and the numbers in a leaf."""
    targets = reader.one("i")
    if not 0 < targets <= _MOST_OUTPUTS or trees < 1:
        raise ValueError("no targets, or no trees")
    classes = reader.many(np.int32, targets)
    leaf = reader.many(np.int32, 2)
    target_ids, class_ids = reader.many(np.int32, trees), reader.many(np.int32, trees)
    widest = int(classes.max())
    if classes.min() < 1 or targets * widest > _MOST_OUTPUTS:
        raise ValueError("targets without classes, or too many")
    for ids, each, whole in ((target_ids, int(leaf[0]), targets), (class_ids, int(leaf[1]), widest)):
        if ids.min() < -1 or ids.max() >= whole:
            raise ValueError("a tree for no target or class")
        if each not in (1, whole) or (ids == -1).any() != (ids == -1).all():
            raise ValueError("leaves that are not as wide as what they add to")
        if each != (whole if ids[0] == -1 else 1):
            raise ValueError("leaves that are not as wide as what they add to")
    if reader.text() not in _POST_PROCESSORS:
        raise ValueError("an unknown post-processor")
    reader.one("f")
    reader.one("f")
    ensemble = Ensemble(version, features, (targets, widest), tuple(map(int, classes)))
    return ensemble, int(leaf[0]) * int(leaf[1])


def _check_tree(reader: _Reader, real: Any, features: int, width: int) -> None:
    nodes = reader.one("i")
    has_categories = _flag(reader.one("B"))
    if nodes < 1:
        raise ValueError("a tree without nodes")
    kinds = reader.many(np.int8, nodes)
    is_leaf = kinds == _LEAF
    if not np.isin(kinds, (_LEAF, _NUMERICAL, _CATEGORICAL)).all():
        raise ValueError("a node of no kind")
    if not has_categories and (kinds == _CATEGORICAL).any():
        raise ValueError("categories in a tree that tells of none")
    _check_children(reader, is_leaf)
    _check_between(reader.many(np.int32, nodes)[~is_leaf], 0, features - 1, "a column that there is not")
    _check_between(reader.many(np.uint8, nodes), 0, 1, "no flag")
    reader.many(real, nodes)
    reader.many(real, nodes)
    _check_between(reader.many(np.int8, nodes)[kinds == _NUMERICAL], 1, _COMPARISONS, "no comparison")
    _check_between(reader.many(np.uint8, nodes), 0, 1, "no flag")
    begins, ends = _pieces(reader, real, nodes)
    if ((ends - begins)[is_leaf] != (width if width > 1 else 0)).any():
        raise ValueError("a leaf that is not as wide as what it adds to")
    _pieces(reader, np.uint32, nodes)
    for dtype in (np.uint64, np.float64, np.float64):  # what training told of each node
        reader.many(dtype, nodes, 0)
        _check_between(reader.many(np.uint8, nodes, 0), 0, 1, "no flag")
    if reader.one("i") != 0 or reader.one("i") != 0:
        raise ValueError("optional fields")


def _pieces(reader: _Reader, dtype: Any, nodes: int) -> tuple[Any, Any]:
    """Where each node's piece of an array begins and ends."""
    whole = len(reader.many(dtype))
    begins, ends = reader.many(np.uint64, nodes), reader.many(np.uint64, nodes)
    if (begins > ends).any() or (ends > whole).any():
        raise ValueError("a piece outside its array")
    return begins, ends


def _check_children(reader: _Reader, is_leaf: Any) -> None:
    """A child behind its parent: so every way through the tree comes to an end."""
    nodes = len(is_leaf)
    inner = np.arange(nodes)[~is_leaf]
    for children in (reader.many(np.int32, nodes), reader.many(np.int32, nodes)):
        if (children[is_leaf] != -1).any():
            raise ValueError("a leaf with children")
        if (children[inner] <= inner).any() or (children[inner] >= nodes).any():
            raise ValueError("a child before its parent, or outside its tree")


def _check_between(array: Any, least: int, most: int, what: str) -> None:
    if array.size and not least <= array.min() <= array.max() <= most:
        raise ValueError(what)


def _flag(value: int) -> bool:
    if value > 1:
        raise ValueError("no flag")
    return bool(value)
