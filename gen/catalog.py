"""Which domains and families are installed, ours and anybody's.

    find_families("math", family="arithmetic.sum")  ->  [<arithmetic.sum>]

A package adds families by the entry-point group `assay.families`: each entry is a Family class, or
a tuple of them.
"""

from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from gen.family import Family
from verifiers.errors import AssayError, BadInput, UnknownName


@cache
def installed_families() -> tuple[Family, ...]:
    """Every installed family, sorted by domain and name.

    Raises AssayError where a package's families cannot be loaded, or two share a name.
    """
    families: dict[tuple[str, str], Family] = {}
    for entry in entry_points(group="assay.families"):
        try:
            loaded = entry.load()
            classes = loaded if isinstance(loaded, tuple) else (loaded,)
            made = [one() for one in classes]
        except Exception as error:
            package = entry.dist.name if entry.dist else entry.value
            raise AssayError(
                f"the families of {package!r} cannot be loaded ({type(error).__name__}: {error}); "
                "mend or uninstall that package"
            ) from error
        for family in made:
            key = (family.domain, family.name)
            if key in families:
                raise AssayError(f"two installed families are called {key[1]!r} in {key[0]!r}")
            families[key] = family
    return tuple(families[key] for key in sorted(families))


def find_families(
    domain: str, *, family: str | None = None, data: Path | None = None
) -> list[Family]:
    """The families of a domain that can make problems, or the one named.

    `data` is a table of the user's, for those that take one. Raises UnknownName with the nearest
    names, and BadInput where what is asked for lacks something that must be installed or given.
    """
    found = [one for one in installed_families() if one.domain == domain]
    if not found:
        raise UnknownName("domain", domain, {one.domain for one in installed_families()})
    if family is not None:
        named = [one for one in found if one.name == family]
        if not named:
            raise UnknownName(f"{domain} family", family, [one.name for one in found])
        found = named
    if data is not None:
        found = [one.reading(data) for one in found if one.takes]
        if not found:
            raise BadInput(f"--data {data}: no such family of {domain!r} takes a table")
    able = [one for one in found if one.missing() is None]
    if not able:
        lacking = "; ".join(f"{one.name}: {one.missing()}" for one in found)
        raise BadInput(f"no problems can be made yet of {domain!r}: {lacking}")
    return able


def left_out(domain: str) -> dict[str, str]:
    """The domain's families that cannot make problems yet: name -> what must be had for them."""
    lacking = {one.name: one.missing() for one in installed_families() if one.domain == domain}
    return {name: advice for name, advice in lacking.items() if advice is not None}
