"""The math families, a module a topic; `FAMILIES` is the table that the entry point names."""

from gen.domains.math.ages_and_mixtures import Ages, Mixtures, Savings
from gen.domains.math.algebra import Exponents, Inequality, LinearEquation, Quadratic, System
from gen.domains.math.arithmetic import (
    Division,
    Expression,
    Fractions,
    Largest,
    Percentage,
    Product,
    Sum,
)
from gen.domains.math.calculus import Derivative, Integral, Limit
from gen.domains.math.circles_and_solids import Circle, Solid
from gen.domains.math.combinatorics import Arrangements, Choices, Multiples, Paths, Sharing
from gen.domains.math.conditions import Conditions
from gen.domains.math.expectation import Expectation
from gen.domains.math.extrema import Extremum
from gen.domains.math.geometry import Angles, Area, Points, RightTriangle
from gen.domains.math.linear_algebra import (
    Determinant,
    Eigenvalues,
    Inverse,
    MatrixProduct,
    Vectors,
)
from gen.domains.math.number_theory import (
    Bases,
    CommonDivisor,
    Congruences,
    Divisors,
    PrimeFactors,
    Remainder,
)
from gen.domains.math.polynomials import Coefficient, Composition, RootSums
from gen.domains.math.probability import Dice, Trials, Urn
from gen.domains.math.sequences import NextTerm, Progression, Recurrence
from gen.domains.math.sums import InfiniteSum, PartialSum
from gen.domains.math.word_problems import Shopping, Travel, Work

FAMILIES = (
    Sum,
    Product,
    Division,
    Expression,
    Fractions,
    Percentage,
    Largest,
    LinearEquation,
    Quadratic,
    System,
    Inequality,
    Exponents,
    Coefficient,
    Composition,
    RootSums,
    CommonDivisor,
    PrimeFactors,
    Divisors,
    Remainder,
    Congruences,
    Bases,
    Arrangements,
    Choices,
    Paths,
    Sharing,
    Multiples,
    Dice,
    Urn,
    Trials,
    Conditions,
    Expectation,
    Angles,
    RightTriangle,
    Area,
    Points,
    Circle,
    Solid,
    Vectors,
    MatrixProduct,
    Determinant,
    Inverse,
    Eigenvalues,
    Derivative,
    Limit,
    Integral,
    Extremum,
    NextTerm,
    Progression,
    Recurrence,
    PartialSum,
    InfiniteSum,
    Shopping,
    Travel,
    Work,
    Mixtures,
    Ages,
    Savings,
)
