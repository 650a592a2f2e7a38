"""How a task is put to a model, and how a known solution would be its answer."""

from __future__ import annotations

from codereal.errors import DataError
from codereal.tasks.task import Task
from codereal.train.network import Network


def style(task: Task, prompt: str) -> str:
    """`completion` or `chat`: what was asked for, or (`auto`) completion where the task has code to go on from."""
    if prompt == "auto":
        return "completion" if task.prefix else "chat"
    if prompt == "completion" and not task.prefix:
        raise DataError(f'task {task.id} has no prefix to complete: use prompt = "chat"')
    return prompt


def prompt_text(task: Task, network: Network, prompt: str) -> str:
    """The text a model is given: the task's prefix, or its prompt in the model's chat template."""
    if style(task, prompt) == "completion":
        return task.prefix
    messages = [{"role": "user", "content": task.prompt}] if isinstance(task.prompt, str) else list(task.prompt)
    tokenizer = network.tokenizer
    if getattr(tokenizer, "chat_template", None):
        return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
    return "\n\n".join(str(message["content"]) for message in messages) + "\n\n"


def answer_text(task: Task, program: str, network: Network, prompt: str) -> str:
    """What a model would answer to produce `program`: the rest after the prefix, or a fenced block."""
    if style(task, prompt) == "completion":
        if not program.startswith(task.prefix):
            raise DataError(f"task {task.id}: a solution does not begin with the task's prefix")
        return program[len(task.prefix) :]
    return f"```python\n{program.strip()}\n```"
