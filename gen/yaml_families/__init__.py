"""Families that a YAML file alone defines: parameters with units, a formula, a template.

`schema.py` says what may stand in the file, `formulas.py` reads formulas without running them,
`drawing.py` draws parameters, `family.py` makes the problems.
"""

from gen.yaml_families.family import YamlFamily, read_family, yaml_families

__all__ = ["YamlFamily", "read_family", "yaml_families"]
