"""Facts about the graph of blocks: order, and who dominates whom."""

from __future__ import annotations

from codereal.analysis.ir import Code


def order(code: Code) -> list[int]:
    """Blocks in reverse postorder from the entry; what no path reaches is left out. Iterative: no depth limit."""
    blocks = code.blocks
    if len(blocks) == 1:
        return [0]
    seen = {0}
    post: list[int] = []
    stack: list[tuple[int, int]] = [(0, 0)]
    while stack:
        index, at = stack.pop()
        block = blocks[index]
        succs = block.succs if not block.handlers else block.succs + block.handlers
        if at < len(succs):
            stack.append((index, at + 1))
            # The false branch first, so that the true branch comes first in the reversed order.
            succ = succs[len(succs) - 1 - at]
            if succ not in seen:
                seen.add(succ)
                stack.append((succ, 0))
        else:
            post.append(index)
    post.reverse()
    return post


def dominators(code: Code) -> dict[int, int]:
    """Block → its immediate dominator (the entry dominates itself). Source: Cooper, Harvey and Kennedy, 2001."""
    blocks = order(code)
    rank = {block: i for i, block in enumerate(blocks)}
    immediate = {0: 0}
    changed = True
    while changed:
        changed = False
        for block in blocks[1:]:
            best = -1
            for pred in code.blocks[block].preds:
                if pred not in immediate:
                    continue
                other = pred
                if best < 0:
                    best = other
                    continue
                while best != other:
                    while rank[best] > rank[other]:
                        best = immediate[best]
                    while rank[other] > rank[best]:
                        other = immediate[other]
            if immediate.get(block) != best:
                immediate[block] = best
                changed = True
    return immediate
