"""Which domains and families are installed, ours and anybody's.

    find_families("math", family="arithmetic.sum")     ->  [<arithmetic.sum>]
    find_families(None, family="motion.energy.yaml")   ->  [<motion.energy>]
    named_families("law/tax.income")                   ->  [<tax.income>]

A package adds families by the entry-point group `assay.families`: each entry is a Family, class or
instance, or a tuple of them. A YAML file is a family that need not be installed.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from gen.family import FAMILY_FILES, Family
from verifiers.errors import AssayError, BadInput, UnknownName

OWN = "assay"
"""The distribution whose entry points are named after the one domain that each of them holds."""


@cache
def families_by_module(domain: str | None = None) -> Mapping[str, tuple[Family, ...]]:
    """The installed families by the module or package whose entry point names them.

    Those of all domains or, for less to import, at least those of one. Raises AssayError where a
    package's families cannot be loaded.
    """
    found: dict[str, tuple[Family, ...]] = {}
    for entry in entry_points(group="assay.families"):
        if domain is not None and entry.dist and entry.dist.name == OWN and entry.name != domain:
            continue
        try:
            loaded = entry.load()
            listed = loaded if isinstance(loaded, tuple) else (loaded,)
            made = tuple(one() if isinstance(one, type) else one for one in listed)
            if strange := [one for one in made if not isinstance(one, Family)]:
                raise TypeError(f"{strange[0]!r} is no Family")
        except Exception as error:
            package = entry.dist.name if entry.dist else entry.value
            raise AssayError(
                f"the families of {package!r} cannot be loaded ({type(error).__name__}: {error}); "
                "mend or uninstall that package"
            ) from error
        found[entry.module] = (*found.get(entry.module, ()), *made)
    return found


@cache
def installed_families(domain: str | None = None) -> tuple[Family, ...]:
    """Every installed family, or a domain's, sorted by domain and name.

    Raises AssayError where a package's families cannot be loaded, or two share a name.
    """
    families: dict[tuple[str, str], Family] = {}
    for made in families_by_module(domain).values():
        for family in made:
            if domain not in (None, family.domain):
                continue
            key = (family.domain, family.name)
            if key in families:
                raise AssayError(f"two installed families are called {key[1]!r} in {key[0]!r}")
            families[key] = family
    return tuple(families[key] for key in sorted(families))


def find_families(
    domain: str | None, *, family: str | None = None, data: Path | None = None
) -> list[Family]:
    """The families of a domain that can make problems, or the one named, by a YAML file if need be.

    `data` is a table of the user's, for those that take one. Raises UnknownName with the nearest
    names, and BadInput where what is asked for lacks something that must be installed or given.
    """
    if family is not None and is_family_file(family):
        found = _of_file(family, domain)
    elif domain is None:
        raise BadInput("say of which domain: --domain NAME, or --family FILE.yaml")
    else:
        found = _of_domain(domain, family)
    what = repr(domain or family)
    if data is not None:
        found = [one.reading(data) for one in found if one.takes]
        if not found:
            raise BadInput(f"--data {data}: no such family of {what} takes a table")
    able = [one for one in found if one.missing() is None]
    if not able:
        lacking = "; ".join(f"{one.name}: {one.missing()}" for one in found)
        raise BadInput(f"no problems can be made yet of {what}: {lacking}")
    return able


def named_families(name: str, *, data: Path | None = None) -> list[Family]:
    """The families of what `gen domains --check` takes: a domain, DOMAIN/FAMILY or a YAML file.

    Raises as `find_families`.
    """
    if is_family_file(name):
        return find_families(None, family=name, data=data)
    domain, _, family = name.partition("/")
    return find_families(domain, family=family or None, data=data)


def left_out(domain: str) -> dict[str, str]:
    """The domain's families that cannot make problems yet: name -> what must be had for them."""
    lacking = {one.name: one.missing() for one in installed_families(domain)}
    return {name: advice for name, advice in lacking.items() if advice is not None}


def is_family_file(name: str) -> bool:
    """Whether a family is named by a YAML file."""
    return name.endswith(FAMILY_FILES)


def _of_file(name: str, domain: str | None) -> list[Family]:
    from gen.yaml_families import read_family

    family = read_family(Path(name))
    if domain is not None and family.domain != domain:
        raise BadInput(f"{name}: a family of {family.domain!r}, not of {domain!r}")
    return [family]


def _of_domain(domain: str, family: str | None) -> list[Family]:
    found = list(installed_families(domain))
    if not found:
        raise UnknownName("domain", domain, {one.domain for one in installed_families()})
    if family is None:
        return found
    named = [one for one in found if one.name == family]
    if not named:
        raise UnknownName(f"{domain} family", family, [one.name for one in found])
    return named
