"""A model that stays loaded for whoever asks next.

with KeptModel(open_backend) as kept:
    with kept.open("cpu:smollm2-135m") as backend: ...     # loads it
    with kept.open("cpu:smollm2-135m") as backend: ...     # at once
    with kept.open("cpu:out/tuned") as backend: ...        # gives the other one back first
"""

from collections.abc import Callable

from gen.backends.base import Backend


class KeptModel:
    """Keeps the model that was opened last."""

    def __init__(self, open_model: Callable[[str], Backend]) -> None:
        self._open = open_model
        self._name, self._backend = "", None

    def __enter__(self) -> "KeptModel":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def open(self, name: str) -> Backend:
        """Give the model of that name, ready already where it is the one that is kept."""
        if self._backend is None or name != self._name:
            self.close()
            self._backend, self._name = self._open(name), name
        return _Lent(self._backend)

    def close(self) -> None:
        """Give the model back."""
        if self._backend is not None:
            self._backend.close()
            self._backend = None


class _Lent:
    """A backend that whoever is done with it leaves open."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.sample = backend.sample

    def __enter__(self) -> "_Lent":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None: ...
