"""Opens a memory as mem0's users do, stores one line as it is, and looks at what is there.

Embeddings are made up here: no model's provider has to answer.
"""

import pathlib

from mem0 import Memory
from mem0.embeddings.mock import MockEmbeddings
from mem0.utils.factory import EmbedderFactory

DIMENSIONS = 10  # as many as the stand-in gives
EmbedderFactory.create = lambda *_: MockEmbeddings()

place = str(pathlib.Path.home() / "vectors")
store = {"provider": "qdrant", "config": {"path": place, "embedding_model_dims": DIMENSIONS}}
memory = Memory.from_config({"vector_store": store})
memory.add("tea is better hot", user_id="reader", infer=False)
print(len(memory.get_all(filters={"user_id": "reader"})["results"]))
