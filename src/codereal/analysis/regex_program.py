"""The instructions that a model of CPython's matcher runs: a regular expression, flat."""

from __future__ import annotations

from typing import TypeAlias

from codereal.analysis import regex_tree as tree
from codereal.analysis.regex_tree import Node

CHAR, AT, SPLIT, JUMP, RUN, ENTER, LOOP, SAVE, REF, COND, LOOK, BACK, CUT, MATCH = range(14)

Instr: TypeAlias = tuple[int, int, int, int, int]


def compiled(node: Node) -> list[Instr]:
    """The program of a tree; groups are kept only where something refers to one."""
    program = _Program(_refers(node))
    program.add(node)
    program.emit(MATCH)
    return program.code


class _Program:
    def __init__(self, saves: bool) -> None:
        self.saves = saves
        self.code: list[Instr] = []

    def emit(self, op: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
        self.code.append((op, a, b, c, d))
        return len(self.code) - 1

    def add(self, node: Node) -> None:
        if isinstance(node, tree.Char):
            self.emit(CHAR, node.mask)
        elif isinstance(node, tree.At):
            self.emit(AT, node.what)
        elif isinstance(node, tree.Seq):
            for item in node.items:
                self.add(item)
        elif isinstance(node, tree.Alt):
            self.branches(node.items)
        elif isinstance(node, tree.Repeat):
            self.repeat(node)
        elif isinstance(node, tree.Group):
            if self.saves:
                self.emit(SAVE, node.number, 0)
            self.add(node.item)
            if self.saves:
                self.emit(SAVE, node.number, 1)
        elif isinstance(node, tree.Ref):
            self.emit(REF, node.number, int(node.ignore_case))
        elif isinstance(node, tree.Choice):
            test = self.emit(COND)
            self.add(node.yes)
            jump = self.emit(JUMP)
            self.code[test] = (COND, node.number, len(self.code), 0, 0)
            self.add(node.no)
            self.code[jump] = (JUMP, len(self.code), 0, 0, 0)
        else:
            self.apart(node)

    def branches(self, items: tuple[Node, ...]) -> None:
        jumps = []
        for item in items[:-1]:
            split = self.emit(SPLIT)
            self.add(item)
            jumps.append(self.emit(JUMP))
            self.code[split] = (SPLIT, len(self.code), 0, 0, 0)
        self.add(items[-1])
        for jump in jumps:
            self.code[jump] = (JUMP, len(self.code), 0, 0, 0)

    def repeat(self, node: tree.Repeat) -> None:
        if isinstance(node.item, tree.Char):
            self.emit(RUN, node.item.mask, node.low, node.high, int(node.greedy))
            return
        self.emit(ENTER)
        loop = self.emit(JUMP)
        body = len(self.code)
        self.add(node.item)
        self.code[loop] = (JUMP, len(self.code), 0, 0, 0)
        self.emit(LOOP, node.low, node.high, body, int(node.greedy))

    def apart(self, node: tree.Atomic | tree.Look) -> None:
        """A part that is left for good once it has matched; kind 0: go on behind it, 1: go back first, 2: then fail."""
        kind = 0 if isinstance(node, tree.Atomic) else 2 if node.negative else 1
        look = self.emit(LOOK)
        if isinstance(node, tree.Look) and node.behind:
            self.emit(BACK, node.behind)
        self.add(node.item)
        self.emit(CUT, kind)
        self.code[look] = (LOOK, kind, len(self.code), 0, 0)


def _refers(node: Node) -> bool:
    """Whether it matters what the groups hold."""
    return isinstance(node, tree.Ref | tree.Choice) or any(_refers(child) for child in tree.children(node))
