"""Problems that stand in a benchmark: as they are, renumbered, or in other words.

Public: `find_contamination`, `Finding`, `SharedTemplate` (finding.py), `match_texts`, `Matches`
(matching.py), `read_benchmark`, `Benchmark` (benchmarks.py).
"""

from curation.contamination.benchmarks import Benchmark, read_benchmark
from curation.contamination.finding import Finding, SharedTemplate, find_contamination
from curation.contamination.matching import Matches, match_texts

__all__ = [
    "Benchmark",
    "Finding",
    "Matches",
    "SharedTemplate",
    "find_contamination",
    "match_texts",
    "read_benchmark",
]
