"""Gives an agent the task of its argument, with a browser that is not running.

The agent fails as it does for a user who forgot to start one, and says so in its telemetry.
"""

import asyncio
import sys

from browser_use import Agent, BrowserProfile


class Model:
    """A model that is never asked."""

    model = "a-model"
    model_name = "a-model"
    name = "a model"
    provider = "a-provider"

    async def ainvoke(self, *_, **__):
        raise ConnectionError("there is no model")


async def main():
    profile = BrowserProfile(cdp_url="http://127.0.0.1:9")
    agent = Agent(task=sys.argv[1], llm=Model(), browser_profile=profile)
    try:
        await agent.run(max_steps=1)
    except Exception as problem:
        print(f"the agent failed: {type(problem).__name__}")


asyncio.run(main())
