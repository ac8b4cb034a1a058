"""Runs a pipeline of one component of its own three times, as haystack's users do.

The component is called what the argument says: what somebody calls the parts of their own program
is nobody else's business.
"""

import sys

from haystack import Pipeline, component

NAME = sys.argv[1]


@component
class Greeting:
    """Somebody's own code."""

    @component.output_types(text=str)
    def run(self, name: str):
        return {"text": f"hello {name}"}


pipeline = Pipeline()
pipeline.add_component(NAME, Greeting())
for one in ("Ada", "Grace", "Barbara"):
    print(pipeline.run({NAME: {"name": one}})[NAME]["text"])
