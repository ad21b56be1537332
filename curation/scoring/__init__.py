"""How much a policy can learn from a problem, per token that learning from it costs.

`scoring.score` does it all; the formulas are in `signals`, `priors` and `posterior`.
"""

from curation.scoring.groups import ImportedGroups, import_groups
from curation.scoring.lineage import known_policy
from curation.scoring.scoring import Scored, score
from curation.scoring.signals import SIGNALS

__all__ = ["SIGNALS", "ImportedGroups", "Scored", "import_groups", "known_policy", "score"]
