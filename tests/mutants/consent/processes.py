"""Wrong pipelines whose consent is sound in one process, and not beside or after another.

The rules are those of ``mutant.py``. They run as children (``child.py``).
"""

from __future__ import annotations

import json
import os
import uuid

from mutants.mutant import breaks

from payloadproof_reference.consent import Consent, _id_in, _read


@breaks("C3", apart=True)
class ForgetsAnOptOutWithItsProcess(Consent):
    """Who consented once is marked, and the next process asks nobody."""

    def __init__(self, env, data_dir):
        super().__init__(env, data_dir)
        self._mark = data_dir / "consented"
        self._marked = self._mark.exists()

    def allowed(self):
        if self._marked:
            return True
        if super().allowed():
            if self._mark.parent.is_dir():
                self._mark.touch()
            return True
        return False


@breaks("C6", apart=True)
class ReadsThenWritesTheId(Consent):
    """The install id is looked for, and written where there is none: nobody else is thought of."""

    def _record(self, new_id):
        file = _read(self._path)
        found = _id_in(file)
        if found is None:
            content = {**file.content, "installId": new_id}
            self._path.write_text(json.dumps(content), encoding="utf-8")
        return found or new_id


@breaks("C6", apart=True)
class NewIdForEachProcess(Consent):
    """The id that another process of its own recorded is replaced."""

    def _recorded_id(self):
        recorded = super()._recorded_id()
        if recorded is None:
            return None
        content = json.loads(self._path.read_text(encoding="utf-8"))
        if content.setdefault("pid", os.getpid()) != os.getpid():
            content |= {"pid": os.getpid(), "installId": str(uuid.uuid4())}
        self._path.write_text(json.dumps(content), encoding="utf-8")
        return content["installId"]
