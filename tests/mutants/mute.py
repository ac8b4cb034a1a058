"""A pipeline that is no mutant: it breaks nothing, and proves nothing."""

from __future__ import annotations

from payloadproof_reference.adapter import ReferenceAdapter
from payloadproof_reference.pipeline import Pipeline


class SendsNothing(ReferenceAdapter):
    """Answers every operation, and sends nothing: no clause is broken, and none is proved."""

    name = "SendsNothing"

    class _Mute(Pipeline):
        def _emit(self, *_, **__):
            return

    pipeline_type = _Mute
