"""What the simulator raises: one root, one sentence per error, the facts as attributes."""

from __future__ import annotations


class SimulatorError(Exception):
    """Root of all errors of the simulator; its text is one sentence for the user."""


class SettingsError(SimulatorError):
    """A setting that can't be used.

    Attributes:
        key: name of the setting.
        found: what was given.
        wanted: what is allowed, in words.
    """

    def __init__(self, key: str, found: object, wanted: str) -> None:
        super().__init__(f"{key} is {found!r}, wanted {wanted}.")
        self.key = key
        self.found = found
        self.wanted = wanted


class FileError(SimulatorError):
    """A scenario or replay file that can't be used.

    Attributes:
        path: the file.
        where: key, line or column in it, empty for the file as a whole.
        problem: what is wrong and what is wanted, in words.
    """

    def __init__(self, path: object, where: str, problem: str) -> None:
        place = f"{path}, {where}" if where else f"{path}"
        super().__init__(f"{place}: {problem}.")
        self.path = str(path)
        self.where = where
        self.problem = problem


class PortInUseError(SimulatorError):
    """Another program listens on the wanted port.

    Attributes:
        host: address that was wanted.
        port: TCP port that was wanted.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is in use by another program; stop it or choose another with --port."
        )
        self.host = host
        self.port = port


class UnknownFaultError(SimulatorError):
    """A fault that the registry does not have.

    Attributes:
        found: what was asked for.
        known: the names that exist.
    """

    def __init__(self, found: object, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no fault {found!r}, known are {', '.join(known)}.")
        self.found = found
        self.known = known


class SeverityError(SimulatorError):
    """A severity outside 0 to 1.

    Attributes:
        found: what was given.
    """

    def __init__(self, found: float) -> None:
        super().__init__(f"Severity is {found}, wanted a number above 0 and at most 1.")
        self.found = found


class UnknownTagError(SimulatorError):
    """A tag that this simulator does not publish.

    Attributes:
        found: what was asked for.
    """

    def __init__(self, found: str) -> None:
        super().__init__(f"There is no tag {found!r}; tags are named like 'PumpStation.Flow'.")
        self.found = found
