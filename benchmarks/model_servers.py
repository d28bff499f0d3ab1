"""Model servers that speak HTTP or gRPC, each with the same model, run as their documentation has it."""

from __future__ import annotations

import json
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.bodies import grpc_request, http_request
from benchmarks.environments import PythonEnvironment, Unavailable
from benchmarks.load import Figures, Request, run_load
from benchmarks.packages import joblib_file, model_package
from benchmarks.processes import Process, free_port, listens
from benchmarks.servers.logistic import ROW, probability

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.bench import Bench

SERVERS = Path(__file__).parent / "servers"
_TOLERANCE = 1e-5
_LEAST_ANSWER = 20  # bytes


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A running model server and its requests.

    Attributes:
        process: it runs in, with all the processes that it starts.
        requests: one row, by the name that the table shows.
    """

    process: Process
    requests: dict[str, Request]

    def turn(
        self, name: str, *, connections: int = 1, seconds: float, warm: float = 0.05
    ) -> Callable[[], Figures]:
        """One turn of load with this request."""
        request, pids = self.requests[name], self.process.pids
        return partial(run_load, request, pids, connections=connections, seconds=seconds, warm=warm)


def _checked(port: int, path: str, content: Any, found: Callable[[Any], float]) -> Request:
    """The request, once the server has been seen to answer as the model does."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(content).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - as above
        said = json.load(answer)
    if abs(found(said) - probability()) > _TOLERANCE:
        raise Unavailable(f"the server behind {path} predicts {found(said)}; wanted {probability()}")
    return http_request(port, path, content, least=_LEAST_ANSWER)


@contextmanager
def fastapi(bench: Bench, backend: str) -> Iterator[ModelServer]:
    """FastAPI under uvicorn with uvloop and httptools, one worker; backend «onnx» or «scikit-learn»."""
    environment = PythonEnvironment("fastapi")
    onnx = backend == "onnx"
    model = model_package(bench.folder) / "model.onnx" if onnx else joblib_file(bench.folder, environment)
    port = free_port()
    command = [environment.executable(), "-m", "uvicorn", "fastapi_app:app", "--app-dir", str(SERVERS)]
    command += ["--port", str(port), "--no-access-log", "--log-level", "warning"]
    with Process(
        f"fastapi-{backend}",
        command,
        bench.folder,
        environment={"MODEL": str(model)},
        ready=partial(listens, port),
    ) as process:
        row = {"row": list(ROW)}
        request = _checked(port, "/predict", row, lambda said: said["probabilities"][0])
        yield ModelServer(process, {f"FastAPI {backend}": request})


@contextmanager
def bentoml(bench: Bench) -> Iterator[ModelServer]:
    """BentoML's own server with one worker."""
    environment = PythonEnvironment("bentoml")
    port = free_port()
    command = [environment.executable(), "-m", "bentoml", "serve", "bentoml_service:Logistic"]
    command += ["--working-dir", str(SERVERS), "--port", str(port), "--host", "127.0.0.1"]
    home = bench.folder / "bentoml"
    variables = {
        "MODEL": str(joblib_file(bench.folder, environment)),
        "BENTOML_HOME": str(home),
        "BENTOML_DO_NOT_TRACK": "true",
    }
    with Process(
        "bentoml", command, bench.folder, environment=variables, ready=partial(_live, port, "/livez")
    ) as process:
        rows = {"rows": [list(ROW)]}
        yield ModelServer(
            process, {"BentoML": _checked(port, "/predict", rows, lambda said: float(said[0][0]))}
        )


@contextmanager
def mlserver(bench: Bench) -> Iterator[ModelServer]:
    """MLServer with its scikit-learn runtime and its default settings, but for ports; REST and gRPC."""
    environment = PythonEnvironment("mlserver")
    rest, grpc, metrics = free_port(), free_port(), free_port()
    folder = bench.folder / "mlserver"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"host": "127.0.0.1", "http_port": rest, "grpc_port": grpc, "metrics_port": metrics}
    (folder / "settings.json").write_text(json.dumps(settings))
    model = {
        "name": "logistic",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(joblib_file(bench.folder, environment))},
    }
    (folder / "model-settings.json").write_text(json.dumps(model))
    command = [str(Path(environment.executable()).with_name("mlserver")), "start", str(folder)]
    ready = partial(_live, rest, "/v2/models/logistic/ready")
    with Process("mlserver", command, folder, ready=ready) as process:
        tensor = {"name": "input", "shape": [1, len(ROW)], "datatype": "FP64", "data": list(ROW)}
        content = {"inputs": [tensor], "outputs": [{"name": "predict_proba"}]}
        path = "/v2/models/logistic/infer"
        checked = _checked(rest, path, content, lambda said: said["outputs"][0]["data"][0])
        requests = {"MLServer REST": checked, "MLServer gRPC": grpc_request(grpc, "logistic", ROW)}
        yield ModelServer(process, requests)


def _live(port: int, path: str) -> bool:
    """Whether the server says that it is ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status) == 200
    except OSError:
        return False
