"""The code families; `FAMILIES` is the table that the entry point names."""

from gen.family import Family

FAMILIES: tuple[type[Family], ...] = ()
