"""Evaluates one answer with a metric of its own, as deepeval's users do; no model is asked."""

from deepeval import evaluate
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase


class Short(BaseMetric):
    """Whether an answer is short."""

    threshold = 0.5
    async_mode = False

    def measure(self, test_case, *_, **__):
        self.score = float(len(test_case.actual_output) < 80)
        self.success = self.score >= self.threshold
        self.reason = "it is short" if self.success else "it is long"
        return self.score

    async def a_measure(self, test_case, *_, **__):
        return self.measure(test_case)

    def is_successful(self):
        return self.success

    @property
    def __name__(self):
        return "Short"


evaluate([LLMTestCase(input="tea?", actual_output="hot")], [Short()])
