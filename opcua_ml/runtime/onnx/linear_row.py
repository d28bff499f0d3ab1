"""One row through a linear graph, from its weights: a scaled logistic regression of 8 inputs takes 1 µs.

For so few numbers calling onnxruntime costs more than the sum itself.
"""

from __future__ import annotations

from math import exp, inf, isfinite
from operator import mul
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.domain.signature import OutputRole
from opcua_ml.runtime.onnx.linear_graph import Best, Link, Scores
from opcua_ml.runtime.package.parts import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.contract import Contract
    from opcua_ml.runtime.contract.derivation import Derivation

    OneLinearRow = Callable[[Sequence[Any]], Row | None]
    Shared = Callable[[Sequence[float]], tuple[float, ...]]

MOST_WEIGHTS: Final = 256
"""Beyond, onnxruntime is quicker."""
_GREATEST_WEIGHT: Final = 1e100
_PAIR: Final = 2
_ROUNDS, _TIMED_ROWS = 5, 20


def linear_row(
    results: Mapping[Method, Scores | Best],
    contract: Contract,
    derivation: Derivation,
    widths: Mapping[Method, int],
    otherwise: OneLinearRow,
) -> OneLinearRow:
    """What gives the outputs of one row.

    Args:
        results: what the graph gives for each of the contract's methods.
        contract: of the model.
        derivation: of the same contract, for outputs that are not simply results.
        widths: numbers that the signature takes from a method, where that is settled.
        otherwise: answers where a value is no number, or a result none that can be told.

    Raises:
        ValueError: the results are not all made of the same few scores, or are not as wide.
    """
    first = next(iter(results.values()))
    scores = first.of if isinstance(first, Best) else first
    for one in results.values():
        if not scores.same_scores(one.of if isinstance(one, Best) else one):
            raise ValueError("scores of several kinds")
    if scores.weights.size > MOST_WEIGHTS:
        raise ValueError(f"{scores.weights.size} weights")
    if not all((abs(one) < _GREATEST_WEIGHT).all() for one in (scores.weights, scores.intercept)):
        raise ValueError("weights so great that the graph may overflow where their sum does not")
    classified = _classified(results, contract, scores, otherwise)
    if classified is not None:
        return classified
    score = _scorer(scores)
    readers = [_reader(results[method], widths.get(method)) for method in contract.methods]
    derive = derivation.row

    def row(values: Sequence[Any]) -> Row | None:
        try:
            found = score(values)
            told = derive([read(found) for read in readers]) if all(map(isfinite, found)) else None
        except (TypeError, OverflowError):
            told = None
        return otherwise(values) if told is None else told

    return row


def _scorer(scores: Scores) -> Callable[[Sequence[Any]], list[float]]:
    columns = [
        (tuple(weights), float(intercept))
        for weights, intercept in zip(scores.weights.T.tolist(), scores.intercept.tolist(), strict=True)
    ]

    def score(values: Sequence[Any]) -> list[float]:
        return [sum(map(mul, values, weights), intercept) for weights, intercept in columns]

    return score


def _classified(
    results: Mapping[Method, Scores | Best], contract: Contract, scores: Scores, otherwise: OneLinearRow
) -> OneLinearRow | None:
    """For a classifier's usual outputs: label, probabilities, confidence, in any order."""
    best, probable = results.get(Method.PREDICT), results.get(Method.PREDICT_PROBA)
    if not isinstance(best, Best) or best.classes is None or not isinstance(probable, Scores):
        return None
    if probable.link not in _PROBABLE or best.of.link not in (Link.IDENTITY, probable.link):
        return None
    order, count = [], len(best.classes)
    for output in contract.outputs:
        if output.role not in _PLACES or output.source.target or output.length not in (1, count):
            return None
        if output.source.classes and tuple(output.source.classes) != best.classes:
            return None
        order.append(_PLACES[output.role])
    by_score = best.of.link is Link.IDENTITY
    in_order = otherwise if order == [0, 1, 2] else _nothing
    if _is_mirrored(scores) and probable.link is Link.SHARES and by_score:
        classes = _two_classes(scores, in_order)
    else:
        classes = _classes(_scorer(scores), _PROBABLE[probable.link], in_order, by_score=by_score)
    if order == [0, 1, 2]:
        return classes

    def ordered(values: Sequence[Any]) -> Row | None:
        made = classes(values)
        return otherwise(values) if made is None else tuple([made[place] for place in order])

    return ordered


def _nothing(_values: Sequence[Any]) -> None:
    """There is no answer."""


def _classes(
    score: Callable[[Sequence[Any]], list[float]], share: Shared, otherwise: OneLinearRow, *, by_score: bool
) -> OneLinearRow:
    """Label, probabilities and confidence."""

    def classes(values: Sequence[Any]) -> Row | None:
        try:
            scores = score(values)
            shares = share(scores)
        except (TypeError, OverflowError, ZeroDivisionError):
            return otherwise(values)
        by = scores if by_score else shares
        place = by.index(max(by))
        confidence = shares[place]
        return (place, shares, confidence) if 0.0 <= confidence <= 1.0 else otherwise(values)  # NaN neither

    return classes


def _two_classes(scores: Scores, otherwise: OneLinearRow) -> OneLinearRow:
    """The same for two classes that share one score with either sign: the most usual model of all."""
    weights, intercept = tuple(scores.weights[:, 1].tolist()), float(scores.intercept[1])

    def classes(values: Sequence[Any]) -> Row | None:
        try:
            score = sum(map(mul, values, weights), intercept)
            first, second = 1.0 / (1.0 + exp(score)), 1.0 / (1.0 + exp(-score))
        except (TypeError, OverflowError):
            return otherwise(values)
        total = first + second
        if score > 0.0:
            confidence = second / total
            return (1, (first / total, confidence), confidence) if first else otherwise(values)
        confidence = first / total
        # A score that is NaN is not greater than 0 either; one that is infinite leaves nothing for the other.
        decided = confidence <= 1.0 and second
        return (0, (confidence, second / total), confidence) if decided else otherwise(values)

    return classes


def quicker(
    linear: OneLinearRow,
    other: Callable[[Row], Row],
    rows: Sequence[Row],
    placed: Callable[[Row], Sequence[Any]],
) -> bool:
    """Whether these rows, one by one, take less time from the weights; the best of a few rounds counts."""
    return _best_time(lambda row: linear(placed(row)), rows) < _best_time(other, rows)


def _best_time(predict: Callable[[Row], object], rows: Sequence[Row]) -> float:
    best = inf
    for _ in range(_ROUNDS):
        started = perf_counter()
        for row in rows[:_TIMED_ROWS]:
            predict(row)
        best = min(best, perf_counter() - started)
    return best


def _is_mirrored(scores: Scores) -> bool:
    """Whether two classes share one score, with either sign."""
    weights, intercept = scores.weights, scores.intercept
    return bool(
        intercept.size == _PAIR and (weights[:, 0] == -weights[:, 1]).all() and intercept[0] == -intercept[1]
    )


def _reader(one: Scores | Best, width: int | None) -> Callable[[list[float]], list[Any]]:
    """What gives a method's result for one row from the scores, in lists, shaped as scikit-learn does."""
    link = _LINKS[one.of.link if isinstance(one, Best) else one.link]
    if isinstance(one, Best):
        classes = one.classes

        def best(scores: list[float]) -> list[Any]:
            values = link(scores)
            place = values.index(max(values))
            return [place if classes is None else classes[place]]

        return best
    count = _PAIR if one.link is Link.PAIR else one.intercept.size
    if width == 1:
        if count > _PAIR:
            raise ValueError(f"{count} numbers for one")
        return lambda scores: [link(scores)[-1]]  # of both signs of a decision the last is the one
    if width not in (None, count):
        raise ValueError(f"{count} numbers for {width}")
    return lambda scores: [list(link(scores))]


def _sigmoids(scores: Sequence[float]) -> tuple[float, ...]:
    return tuple([1.0 / (1.0 + exp(-score)) for score in scores])


def _shares(scores: Sequence[float]) -> tuple[float, ...]:
    parts = [1.0 / (1.0 + exp(-score)) for score in scores]
    total = sum(parts)
    return tuple([part / total for part in parts])


def _softmax(scores: Sequence[float]) -> tuple[float, ...]:
    highest = max(scores)
    parts = [exp(score - highest) for score in scores]
    total = sum(parts)
    return tuple([part / total for part in parts])


def _pair(scores: Sequence[float]) -> tuple[float, ...]:
    (score,) = scores
    share = 1.0 / (1.0 + exp(-score))
    return 1.0 - share, share


_PLACES: Final = {OutputRole.LABEL: 0, OutputRole.PROBABILITIES: 1, OutputRole.CONFIDENCE: 2}
_PROBABLE: Final[dict[Link, Shared]] = {Link.SHARES: _shares, Link.SOFTMAX: _softmax, Link.PAIR: _pair}
_LINKS: Final[dict[Link, Shared]] = {
    **_PROBABLE,
    Link.IDENTITY: tuple,
    Link.SIGMOID: _sigmoids,
}
