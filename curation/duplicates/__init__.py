"""Problems that are one problem: the same text or parameters, nearly the same words or sense.

Public: `find_clusters` (clusters.py), `group_texts`, `Grouping` (grouping.py).
"""

from curation.duplicates.clusters import find_clusters
from curation.duplicates.grouping import Grouping, group_texts

__all__ = ["Grouping", "find_clusters", "group_texts"]
