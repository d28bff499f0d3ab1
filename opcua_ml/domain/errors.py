"""Every error that this project raises on purpose, as one family.

An error is part of the interface: it says in one sentence what is wrong, where, what was found and
what was wanted, and carries those as attributes, so that nobody has to parse the text.
"""

from __future__ import annotations

from opcua_ml.domain.wording import PLACED, in_its_language, sentence


class OpcuaMlError(Exception):
    """Root of the family.

    Args:
        what: what is wrong, as the start of a sentence without a full stop.
        where: the file, key, node or argument.
        found: what was found there.
        wanted: what would have been right.
    """

    def __init__(self, what: str, *, where: str = "", found: object = None, wanted: object = None) -> None:
        self.what = what
        self.where = where
        self.found = found
        self.wanted = wanted
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """The error as one sentence: where, what, found, wanted."""
        text = in_its_language(self.what)
        if self.where:
            text = sentence(PLACED, where=self.where, what=text)
        if self.found is not None:
            text = sentence("{text}; found {found}", text=text, found=self.found)
        if self.wanted is not None:
            is_number = isinstance(self.wanted, int | float)
            wanted = self.wanted if is_number else in_its_language(str(self.wanted))
            text = sentence("{text}; wanted {wanted}", text=text, wanted=wanted)
        return text


class ConfigurationError(OpcuaMlError):
    """The configuration file is unreadable, has an unknown key or a value that can't be."""


class PackageError(OpcuaMlError):
    """A model package can't be made or must not be loaded."""


class ManifestInvalid(PackageError):
    """The manifest is missing, unreadable or contradicts itself."""


class HashMismatch(PackageError):
    """A file of the package is not the one that the manifest, or the configuration, names."""


class LibraryMismatch(PackageError):
    """The artifact was made by a library version that this environment does not serve."""


class ArtifactUntrusted(PackageError):
    """Loading the artifact could run foreign code, and nobody has allowed that for this model."""


class ArtifactCorrupted(PackageError):
    """The artifact can't be read as what the manifest says it is."""


class GoldenRowsMismatch(PackageError):
    """The loaded model does not reproduce the golden rows within the manifest's tolerance."""


class SignatureInvalid(PackageError):
    """The package is not signed by anybody who is trusted, and unsigned ones are not allowed."""


class GateFailed(PackageError):
    """A version was held against what it must be before it goes live, and is not."""


class StoreFailed(OpcuaMlError):
    """The store of versions can't be read or written; what was there before still counts."""


class FolderInUse(OpcuaMlError):
    """Another service writes to the folder."""


class ModelUnknown(OpcuaMlError):
    """There is no model of this name."""


class TooManyRequests(OpcuaMlError):
    """As many requests of this kind are under way as are taken at a time; a later one may be."""


class VersionUnknown(OpcuaMlError):
    """The store has no such version of the model."""


class VersionTaken(OpcuaMlError):
    """There is another package of this version already: versions don't change."""


class TransitionRefused(OpcuaMlError):
    """The version, or its model, is not in a state from which that leads on."""


class HistoryFailed(OpcuaMlError):
    """The store of the history can't be written or read."""


class HistoryDamaged(HistoryFailed):
    """What is in the store is not what was written."""


class PredictionError(OpcuaMlError):
    """A prediction can't be made from what was given."""


class ArgumentsMissing(PredictionError):
    """Fewer inputs than the signature names."""


class TooManyArguments(PredictionError):
    """More inputs than the signature names."""


class InputInvalid(PredictionError):
    """One input of a prediction is wrong; `index` is its place in the signature, `row` that in a batch."""

    def __init__(
        self,
        what: str,
        *,
        index: int,
        row: int | None = None,
        where: str = "",
        found: object = None,
        wanted: object = None,
    ) -> None:
        super().__init__(what, where=where, found=found, wanted=wanted)
        self.index = index
        self.row = row


class InputTypeMismatch(InputInvalid):
    """The input's type is not the signature's."""


class InputOutOfRange(InputInvalid):
    """The input is not finite, not in its declared range or not one of its categories."""


class ModelUnavailable(PredictionError):
    """The model is not in a state in which it predicts."""


class InferenceFailed(PredictionError):
    """The model raised, or returned what its signature does not allow."""


class WorkerUnavailable(InferenceFailed):
    """The worker that computes has ended, hangs or can't be started: no row is to blame."""


class InferenceOverloaded(PredictionError):
    """More predictions wait for this model than its queue takes."""


class ConnectionRefused(OpcuaMlError):
    """A PLC can't be reached, or does not let us in."""


class TagError(OpcuaMlError):
    """A tag that the configuration names can't be used."""


class TagUnknown(TagError):
    """The PLC has no such node."""


class TagTypeMismatch(TagError):
    """The tag's data type can't hold the input, or the output, without losing information."""


class TagUnitMismatch(TagError):
    """The tag's unit, or its range, contradicts the input's or output's, and no conversion helps."""


class TagNotWritable(TagError):
    """The PLC does not let us write this tag."""


class EndpointUnavailable(OpcuaMlError):
    """Our own endpoint can't be opened: its port is in use or its address is not ours."""
