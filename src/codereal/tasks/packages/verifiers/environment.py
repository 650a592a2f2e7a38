"""For verifiers 0.4: tasks that the agent answers in one message, without tools."""

from __future__ import annotations

from collections.abc import Iterator

import verifiers.v1 as vf

from .judging import messages, of_split, score, tasks


class CoderealTaskConfig(vf.TaskConfig):  # type: ignore[misc]
    """What an answer is worth; `--env.taskset.task.alpha`, `--env.taskset.task.preset`."""

    alpha: float = 0.5
    preset: str = "default"


class CoderealTask(vf.Task[vf.TaskData, vf.State, CoderealTaskConfig]):  # type: ignore[misc]
    """A task by its id: its tests and solutions stay in the file, out of what an agent or a trace holds."""

    @property
    def key(self) -> str:
        return str(self.data.id)

    @vf.reward(weight=1.0)  # type: ignore[untyped-decorator]
    async def codereal(self, trace: vf.Trace) -> float:
        """The hybrid reward. A failure of ours is an error of the rollout, never a penalty."""
        found = await score(trace.last_reply, self.key, self.config.alpha, self.config.preset)
        if found.value is None:
            raise vf.SandboxError("codereal could not score this answer: " + "; ".join(found.reasons))
        trace.record_metrics(
            {**found.terms, "passed_function": found.passed_function, "passed_quality": found.passed_quality}
        )
        return found.value

    async def validate(self, runtime: vf.Runtime) -> bool | None:
        """Whether the first reference gets all that there is; None without one."""
        references = tasks()[self.key].references
        if not references:
            return None
        found = await score(f"```python\n{references[0]}\n```", self.key, self.config.alpha, self.config.preset)
        return found.passed


class CoderealTasksetConfig(vf.TasksetConfig):  # type: ignore[misc]
    """Which tasks: those of `split`, all if it is empty."""

    split: str = ""
    task: CoderealTaskConfig = CoderealTaskConfig()


class CoderealTaskset(vf.Taskset[CoderealTask, CoderealTasksetConfig]):  # type: ignore[misc]
    """The tasks of this package."""

    def load(self) -> Iterator[CoderealTask]:
        for task in of_split(self.config.split):
            prompt = task.prompt if isinstance(task.prompt, str) else messages(task)
            yield CoderealTask(vf.TaskData(id=task.id, name=task.id, prompt=prompt), self.config.task)


class CoderealEnvConfig(vf.EnvConfig):  # type: ignore[misc]
    """One agent that answers and has no tools; `--env.agent.harness.id` gives it another program."""

    agent: vf.AgentConfig = vf.AgentConfig(harness={"id": "null"}, runtime=vf.SubprocessConfig())


class CoderealEnv(vf.Env[CoderealEnvConfig]):  # type: ignore[misc]
    """The agent plays each task once."""

    async def run(self, task: vf.Task, agents: vf.Agents) -> None:
        await agents.agent.run(task)


def load_environment(split: str = "", alpha: float = 0.5, preset: str = "default") -> CoderealEnv:
    """The environment, for those who make it in Python."""
    reward = CoderealTaskConfig(alpha=alpha, preset=preset)
    name = (__package__ or "").rpartition(".")[2].replace("_", "-")
    return CoderealEnv(CoderealEnvConfig(taskset=CoderealTasksetConfig(id=name, split=split, task=reward)))
