"""What the server tells Prometheus at GET /metrics.

assay_verdicts_total{verifier="math",outcome="accepted"} 1024.0
assay_verdict_seconds_bucket{verifier="math",le="0.001"} 880.0
assay_items_in_flight 256.0
assay_requests_refused_total{reason="busy"} 3.0
assay_worker_restarts_total 1.0
"""

from bisect import bisect_left
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from operator import attrgetter

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from verifiers.records import Verdict

SECONDS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0)
"""Upper bounds of the histogram's buckets; one without a bound follows them."""


class Metrics:
    """Counts of one server; `in_flight` and `restarts` are asked when somebody reads them.

    They are counted by hand, a batch at a time: the library's own counters lock at every verdict.
    """

    def __init__(self, *, in_flight: Callable[[], int], restarts: Callable[[], int]) -> None:
        self._in_flight = in_flight
        self._restarts = restarts
        self._verdicts: Tally[tuple[str, str]] = Tally()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._refused: Tally[str] = Tally()
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def judged(self, verdicts: Sequence[Verdict], *, n_bad_rows: int) -> None:
        """Count a batch; bad rows have no verifier, for they may name anything."""
        for verifier in {verdict.verifier for verdict in verdicts}:
            mine = [verdict for verdict in verdicts if verdict.verifier == verifier]
            for outcome, count in Tally(map(attrgetter("outcome"), mine)).items():
                self._verdicts[verifier, outcome] += count
            seconds = list(map(attrgetter("seconds"), mine))
            buckets = self._buckets.setdefault(verifier, [0] * (len(SECONDS) + 1))
            for bucket, count in Tally(map(partial(bisect_left, SECONDS), seconds)).items():
                buckets[bucket] += count
            self._seconds[verifier] += sum(seconds)
        if n_bad_rows:
            self._verdicts["", "undecided"] += n_bad_rows

    def refused(self, reason: str) -> None:
        """Count a request that was not answered."""
        self._refused[reason] += 1

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the families, as the library asks its collectors for them."""
        verdicts = CounterMetricFamily(
            "assay_verdicts",
            "Verdicts given; bad rows have no verifier.",
            labels=("verifier", "outcome"),
        )
        for labels, count in self._verdicts.items():
            verdicts.add_metric(labels, count)
        yield verdicts
        seconds = HistogramMetricFamily(
            "assay_verdict_seconds", "Seconds a verdict took in its worker.", labels=("verifier",)
        )
        for verifier, buckets in self._buckets.items():
            bounds = [*map(str, SECONDS), "+Inf"]
            up_to = list(accumulate(buckets))
            seconds.add_metric(
                [verifier], list(zip(bounds, up_to, strict=True)), self._seconds[verifier]
            )
        yield seconds
        refused = CounterMetricFamily(
            "assay_requests_refused", "Requests not answered, by reason.", labels=("reason",)
        )
        for reason, count in self._refused.items():
            refused.add_metric([reason], count)
        yield refused
        yield GaugeMetricFamily(
            "assay_items_in_flight", "Items queued or being judged.", value=self._in_flight()
        )
        yield CounterMetricFamily(
            "assay_worker_restarts", "Grading workers replaced.", value=self._restarts()
        )
