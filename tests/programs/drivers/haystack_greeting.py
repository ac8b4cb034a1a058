"""Runs a pipeline of one component of its own three times, as haystack's users do."""

from haystack import Pipeline, component


@component
class Greeting:
    """Somebody's own code: its name is nobody else's business."""

    @component.output_types(text=str)
    def run(self, name: str):
        return {"text": f"hello {name}"}


pipeline = Pipeline()
pipeline.add_component("greeting", Greeting())
for one in ("Ada", "Grace", "Barbara"):
    print(pipeline.run({"greeting": {"name": one}})["greeting"]["text"])
