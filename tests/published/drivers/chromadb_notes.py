"""Uses chromadb in memory as its users do: a collection, some records, a question, an end.

Embeddings are given, so that no model is loaded.
"""

import chromadb

client = chromadb.Client()
notes = client.create_collection("notes")
notes.add(
    ids=["one", "two"],
    documents=["tea is hot", "snow is cold"],
    embeddings=[[0.1, 0.9], [0.9, 0.1]],
)
print(notes.query(query_embeddings=[[0.2, 0.8]], n_results=1)["ids"])
print(len(notes.get()["ids"]))
notes.delete(ids=["one"])
