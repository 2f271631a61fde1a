"""The page that Prometheus reads, for tests."""

from dataclasses import dataclass
from typing import Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

type Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class MetricsPage:
    samples: dict[tuple[str, Labels], float]

    @classmethod
    def get(cls, client: httpx.Client) -> Self:
        answer = client.get("/metrics")
        assert answer.status_code == 200, answer.text
        return cls.parse(answer.text)

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(
            {
                (sample.name, frozenset(sample.labels.items())): sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            }
        )

    def sum(self, metric: str, /, **labels: str) -> float:
        """Add up the samples that have the name, and at least these labels."""
        return sum(
            value
            for (each, given), value in self.samples.items()
            if each == metric and labels.items() <= set(given)
        )

    def names(self) -> set[str]:
        return {name for name, _ in self.samples}
