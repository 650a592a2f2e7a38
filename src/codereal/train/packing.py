"""Pack a prompt once with all its responses into one sequence, so that training reads it once.

Tokens of a response see the prompt and their own past, never another response: a mask over segments
makes the packed sequence compute what separate ones would. With four responses to a prompt of their own
length this halves the work; nothing is padded between responses.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from codereal.train.rollout import Rollout

_FAR = -1e30  # what a masked place gets: finite in bfloat16 as well
_WIDTH_STEP = 32  # sequence widths are rounded up, since each new shape costs the CPU back end a new kernel


@dataclass(slots=True)
class Packed:
    """Some prompts of a rollout with their responses: G sequences of width W, N response tokens in all.

    `hidden` [G, W, d] entering states; `mask` [G, 1, W, W] additive attention mask; `position` [G, W];
    `before` [N] the place (in G·W) of the state that predicts each response token; `row`, `column` [N]
    where that token stands in the rollout's response; `token` [N] its id.
    """

    hidden: Tensor
    mask: Tensor
    position: Tensor
    before: Tensor
    row: Tensor
    column: Tensor
    token: Tensor


def pack(rollout: Rollout, samples: int, prompts: list[int]) -> Packed:
    """Pack the given prompts (their places among the rollout's) with all their samples."""
    sequences = [_sequence(rollout, samples, prompt) for prompt in prompts]
    width = -(-max(len(s.row) for s in sequences) // _WIDTH_STEP) * _WIDTH_STEP
    shape = (len(sequences), width)
    row, column, segment = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    position = torch.zeros(shape, dtype=torch.long)
    segment.fill_(-1)
    before: list[int] = []
    for place, sequence in enumerate(sequences):
        length = len(sequence.row)
        row[place, :length] = torch.tensor(sequence.row)
        column[place, :length] = torch.tensor(sequence.column)
        segment[place, :length] = torch.tensor(sequence.segment)
        position[place, :length] = torch.tensor(sequence.position)
        before += [place * width + b for b in sequence.before]
    device = rollout.ids.device
    answers = (segment > 0).nonzero()
    answer_row, answer_column = row[answers[:, 0], answers[:, 1]], column[answers[:, 0], answers[:, 1]]
    answer_row, answer_column = answer_row.to(device), answer_column.to(device)
    row, column = row.to(device), column.to(device)
    return Packed(
        hidden=rollout.hidden[row, column].float(),
        mask=_mask(segment).to(device),
        position=position.to(device),
        before=torch.tensor(before, device=device),
        row=answer_row,
        column=answer_column - rollout.start,
        token=rollout.ids[answer_row, answer_column],
    )


@dataclass(slots=True)
class _Sequence:
    row: list[int]
    column: list[int]
    segment: list[int]
    position: list[int]
    before: list[int]


def _sequence(rollout: Rollout, samples: int, prompt: int) -> _Sequence:
    """The places of one prompt's tokens and of its responses' tokens, one after the other."""
    first = prompt * samples
    head = rollout.valid[first, : rollout.start].nonzero()[:, 0].tolist()
    out = _Sequence([first] * len(head), list(head), [0] * len(head), list(range(len(head))), [])
    for sample in range(samples):
        columns = (rollout.valid[first + sample, rollout.start :].nonzero()[:, 0] + rollout.start).tolist()
        for count, column in enumerate(columns):
            out.before.append(len(out.row) - 1 if count else len(head) - 1)
            out.row.append(first + sample)
            out.column.append(column)
            out.segment.append(sample + 1)
            out.position.append(len(head) + count)
    return out


def _mask(segment: Tensor) -> Tensor:
    """[G, W] segments (0 prompt, k response, −1 padding) → [G, 1, W, W] additive mask."""
    width = segment.shape[1]
    past = torch.ones(width, width, dtype=torch.bool).tril()
    same = segment[:, :, None] == segment[:, None, :]
    seen = past & (same | (segment == 0)[:, None, :]) & (segment >= 0)[:, None, :]
    seen |= torch.eye(width, dtype=torch.bool)  # padding sees itself: an empty row would be NaN
    return torch.zeros(seen.shape).masked_fill(~seen, _FAR)[:, None]
