"""Graphs with a Loop, which may run for ever: they stop nobody else, and are ended."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import onnx
import pytest
from onnx import helper

from opcua_ml.domain.errors import GoldenRowsMismatch, WorkerUnavailable
from opcua_ml.runtime.executor import ExecutorSettings, WorkerKind, executor_for
from opcua_ml.runtime.executor.worker import ProcessExecutor
from opcua_ml.runtime.loading import load as loading
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.onnx.graph import may_not_end, parse_graph
from tests.unit.runtime.onnx.looping import with_loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.runtime.tampering import Tampered

    Tamper = Callable[[], Tampered]


def test_golden_rows_without_an_end_are_ended_and_told(
    tampered: Tamper, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After a minute; the other artifact serves where there is one."""
    monkeypatch.setattr(loading, "GOLDEN_SECONDS", 1.0)
    package = tampered()
    package.replace("model.onnx", with_loop(package.read("model.onnx")))
    assert load(package.path).artifact == "skops"
    assert "onnx can't serve, skops does in its place" in caplog.text
    package.keep_only("onnx")
    with pytest.raises(
        GoldenRowsMismatch, match="does not end with the golden rows; found no end within 1 s"
    ):
        load(package.path)


@pytest.mark.parametrize("worker", list(WorkerKind))
async def test_a_call_that_does_not_end_is_ended_in_a_process_of_its_own(
    tampered: Tamper, worker: WorkerKind
) -> None:
    """However quick the golden rows were, and whatever the configuration says."""
    package = tampered()
    package.replace("model.onnx", with_loop(package.read("model.onnx"), above=1e6))
    package.keep_only("onnx")
    model = load(package.path)
    executor = executor_for(model, ExecutorSettings(worker=worker, call_timeout=1.0))
    assert isinstance(executor, ProcessExecutor)
    assert "has a Loop" in executor.place
    with closing(executor):
        golden = model.golden.inputs[0]
        assert (await executor.run([golden])).rows == model.predict([golden])
        with pytest.raises(WorkerUnavailable):
            await executor.run([(2e6, *golden[1:])])


def test_a_loop_is_found_within_other_operators_and_functions(tampered: Tamper) -> None:
    """And a name that says Loop is none."""
    package = tampered()
    plain = package.read("model.onnx")
    looping = onnx.load_model_from_string(with_loop(plain))
    (loop,) = [node for node in looping.graph.node if node.op_type == "Loop"]
    model = onnx.load_model_from_string(plain)
    model.graph.node[0].name = "Loop"
    assert not may_not_end(parse_graph(model.SerializeToString(), ""))
    branch = helper.make_graph([loop], "branch", [], [])
    model.graph.node.append(helper.make_node("If", ["c"], ["d"], then_branch=branch, else_branch=branch))
    assert may_not_end(model)
    model = onnx.load_model_from_string(plain)
    function = helper.make_function("own", "f", ["x"], ["y"], [loop], [helper.make_opsetid("", 18)])
    model.functions.append(function)
    assert may_not_end(model)
