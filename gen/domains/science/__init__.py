"""The science families; `FAMILIES` is the table that the entry point names."""

from gen.domains.science.chemistry import Balance, Stoichiometry
from gen.domains.science.circuits import Charging, Currents, Resistors
from gen.domains.science.genetics import Cross
from gen.domains.science.mechanics import Decay, Motion
from gen.domains.science.solutions import Acidity, Gases
from gen.domains.science.units import Conversion, Dimensions
from gen.family import Family

FAMILIES: tuple[type[Family], ...] = (
    Conversion,
    Dimensions,
    Balance,
    Stoichiometry,
    Gases,
    Acidity,
    Resistors,
    Currents,
    Charging,
    Motion,
    Decay,
    Cross,
)
