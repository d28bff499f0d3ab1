"""One row through an ONNX graph, with arrays that are made once.

Filling an array, and having onnxruntime make others for its results, costs as much as a small graph.
"""

from __future__ import annotations

from struct import Struct, error
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.derivation import Derivation

_CODES: Final[dict[Any, str]] = {np.float64: "d", np.float32: "f"}


class OneRow:
    """Calls one graph for one row at a time, from one thread alone: its arrays are shared by all calls.

    Args:
        session: of onnxruntime.
        names: of the outputs wanted.
        feed: name and dtype of the graph's one input.
        width: of that input, in columns.
        shaped: makes of the outputs' arrays what the derivation wants; without copying.
        derivation: of the model.

    Raises:
        ValueError: an array of the graph can't be made beforehand.
    """

    def __init__(
        self,
        session: Any,
        names: Sequence[str],
        feed: tuple[str, Any],
        width: int,
        *,
        shaped: Callable[[list[Any]], list[Any]],
        derivation: Derivation,
    ) -> None:
        name, dtype = feed
        code = _CODES.get(dtype)
        if code is None:
            raise ValueError(dtype)
        given = np.zeros((1, width), dtype=dtype)
        made = _results(session, names, {name: given})
        binding = session.io_binding()
        binding.bind_cpu_input(name, given)
        for output, array in zip(names, made, strict=True):
            binding.bind_output(output, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
        self._arrays = (given, made)  # onnxruntime has their addresses only
        self._binding = binding
        self._run = session.run_with_iobinding
        self._fill = Struct(f"{width}{code}").pack_into
        self._memory = memoryview(given.data).cast("B")
        self._results = [array.tolist for array in shaped(made)]
        self._derive = derivation.row

    def __call__(self, values: Sequence[Any]) -> Row | None:
        """The outputs; None for values that are no numbers of the input's type, and where the graph fails.

        Raises:
            InferenceFailed: it gave what the signature does not allow.
        """
        try:
            self._fill(self._memory, 0, *values)
        except (error, OverflowError):
            return None
        try:
            self._run(self._binding)
        except Exception:  # noqa: BLE001 - those of onnxruntime have no other class in common; the long way tells
            return None
        return self._derive([result() for result in self._results])


def _results(session: Any, names: Sequence[str], feed: dict[str, Any]) -> list[Any]:
    """Arrays of the shapes that the graph gives for one row: what it declares of them is often wrong."""
    try:
        found = session.run(names, feed)
    except Exception as problem:  # those of onnxruntime have no other class in common
        raise ValueError(problem) from problem
    for array in found:
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fib":
            raise ValueError(type(array))
    return [np.zeros(array.shape, array.dtype) for array in found]
