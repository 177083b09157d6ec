"""The agent: collects on one machine and pushes to a server over HTTP. See README.md in this folder."""

from discovery.agent.client import PushClient, PushOutcome
from discovery.agent.config import AgentConfig
from discovery.agent.loop import Agent, run_agent
from discovery.agent.spool import Spool

__all__ = ["Agent", "AgentConfig", "PushClient", "PushOutcome", "Spool", "run_agent"]
