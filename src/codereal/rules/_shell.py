"""Command lines: which text can leave its place in one, and which programs take a text for a program."""

from __future__ import annotations

import re

from codereal.analysis import alphabet
from codereal.analysis.values import Parts, Piece, Quote, quoted_pieces, sample_of

# Outside quotes these end a command, start another, or put another's output in its place. A redirection (`<`, `>`) and
# a line end do harm too, but lists of rejected characters that name these five are made with care and end there.
_UNQUOTED = [alphabet.of(character) for character in ";&|$`"]
_QUOTED = {"'": alphabet.of("'"), '"': alphabet.of('"$`'), "`": alphabet.ANY}
SHELLS = frozenset({
    "sh", "bash", "zsh", "dash", "ksh", "ash", "csh", "tcsh", "fish", "cmd", "cmd.exe", "powershell",
    "powershell.exe", "pwsh",
})  # fmt: skip
_INTERPRETERS = re.compile(r"(?:python|pypy|perl|ruby|node|php|lua|osascript|awk|su)[\d.]*(?:\.exe)?")
_PROGRAM_OPTIONS = frozenset({"-c", "-lc", "-ic", "-ec", "-xc", "/c", "/C", "/k", "-e", "-r", "-command", "-Command"})
# Programs whose name starts a command line and hardly a sentence.
_COMMANDS = frozenset({
    "echo", "printf", "ls", "rm", "cp", "mv", "mkdir", "rmdir", "chmod", "chown", "grep", "egrep", "sed", "awk", "curl",
    "wget", "ping", "ping6", "traceroute", "nslookup", "dig", "whois", "ssh", "scp", "rsync", "sftp", "nc", "nmap",
    "tar", "gzip", "gunzip", "unzip", "zip", "sudo", "bash", "sh", "zsh", "python", "python3", "pip", "perl", "npm",
    "node", "git", "docker", "kubectl", "systemctl", "useradd", "usermod", "userdel", "passwd", "adduser", "mysql",
    "mysqldump", "psql", "pg_dump", "ffmpeg", "ffprobe", "apt-get", "yum", "openssl", "gcc", "ifconfig", "netstat",
    "whoami", "uname", "ps", "df", "du", "id", "pwd", "hostname", "uptime", "killall", "pkill", "chgrp", "xargs",
})  # fmt: skip
# Words that are programs too: taken for one where an option or a path follows.
_WORDS = frozenset({
    "cat", "find", "kill", "touch", "head", "tail", "sort", "cut", "date", "convert", "mail", "host", "service",
    "mount", "test", "file", "make", "less", "more", "type", "copy", "del", "move",
})  # fmt: skip
_OPTION = re.compile(r"\s(?:-{1,2}\w|[./~])")


def contained(piece: Piece, quote: Quote) -> bool:
    """Whether a piece stays one argument, or part of one, in the place where it stands."""
    if quote:
        return not piece.alphabet & _QUOTED[quote]
    return not any(piece.alphabet & letters for letters in _UNQUOTED)


def loose(parts: Parts) -> list[Piece]:
    """The untrusted pieces that can leave their place in a command line."""
    return [piece for piece, quote in quoted_pieces(parts)[0] if piece.marks and not contained(piece, quote)]


def misquoted(parts: Parts) -> list[Piece]:
    """The pieces that were quoted for a shell and put into quotes as well, which ends the ones within the others."""
    return [
        piece
        for piece, quote in quoted_pieces(parts)[0]
        if quote in ("'", '"')
        and any("shell-quoted" in mark.cleared for mark in piece.marks)
        and not contained(piece, quote)
    ]


def program(path: object) -> str:
    """The name of a program, of a path to it."""
    return re.split(r"[/\\]", path)[-1] if isinstance(path, str) else ""


def takes_program(path: object) -> bool:
    """Whether it is a shell or an interpreter, which runs the text that follows a certain option."""
    name = program(path)
    return name in SHELLS or bool(_INTERPRETERS.fullmatch(name))


def is_program_option(text: object) -> bool:
    return text in _PROGRAM_OPTIONS


def is_command_name(text: object) -> bool:
    return isinstance(text, str) and (program(text) in _COMMANDS or program(text) in _WORDS)


def is_command_line(parts: Parts) -> bool:
    """Whether a text reads as a command line: a program's name, then arguments."""
    if not isinstance(parts[0], str):
        return False
    head, space, rest = parts[0].lstrip().partition(" ")
    if not space or "\n" in sample_of(parts).strip():
        return False
    words = sample_of(parts)
    if head == "echo":
        return True
    if program(head) in _COMMANDS or head.startswith(("/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/")):
        return bool(_OPTION.search(words)) or not rest.strip() or isinstance(parts[-1], Piece)
    return head in _WORDS and bool(_OPTION.search(f" {rest}"))
