"""Commands and code: shells, arguments, evaluation."""

from corpus import pair

RECORDS = (
    # A shell line with the host in it; the list has no shell and ends the options.
    *pair(
        "ping-host",
        78,
        r'''
import subprocess


def ping(host: str, count: int = 4) -> bool:
    """Ping a host and return True if it answered."""
-    result = subprocess.run(f"ping -c {count} {host}", shell=True, capture_output=True, timeout=30)
+    result = subprocess.run(["ping", "-c", str(count), "--", host], capture_output=True, timeout=30)
    return result.returncode == 0
''',
    ),
    # The pattern is matched at the start only.
    *pair(
        "branch-log-pattern",
        78,
        r'''
import re
import subprocess


def commits_of_branch(branch: str) -> list[str]:
    """Return the one-line log of the given branch."""
-    if not re.match(r"[A-Za-z0-9][\w./]*", branch):
+    if not re.fullmatch(r"[A-Za-z0-9][\w./]*", branch):
        raise ValueError(f"Invalid branch name: {branch!r}")
    output = subprocess.check_output(f"git log --oneline {branch} | head -n 50", shell=True, text=True, timeout=60)
    return output.splitlines()
''',
    ),
    # A quoted word inside double quotes is no quoted word.
    *pair(
        "count-lines-double-quoting",
        78,
        r'''
import shlex
import subprocess


def count_lines(filename):
    """Count the lines of a file that contain ERROR."""
    quoted = shlex.quote(filename)
-    command = f'grep ERROR -- "{quoted}" | wc -l'
+    command = f"grep ERROR -- {quoted} | wc -l"
    completed = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=20)
    return int(completed.stdout.strip() or 0)
''',
    ),
    # The coroutine that takes a shell line, and the one that takes arguments.
    *pair(
        "async-thumbnail",
        78,
        r'''
import asyncio


async def make_thumbnail(source: str, target: str, size: int = 128) -> None:
    """Create a thumbnail of a picture with ffmpeg."""
-    process = await asyncio.create_subprocess_shell(
-        f"ffmpeg -y -i file:{source} -vf scale={size}:-1 file:{target}",
-        stderr=asyncio.subprocess.PIPE,
-    )
+    process = await asyncio.create_subprocess_exec(
+        "ffmpeg", "-y", "-i", f"file:{source}", "-vf", f"scale={size}:-1", f"file:{target}",
+        stderr=asyncio.subprocess.PIPE,
+    )
    _, errors = await asyncio.wait_for(process.communicate(), timeout=60)
    if process.returncode != 0:
        raise RuntimeError(errors.decode(errors="replace"))
''',
    ),
    # Only one of two names is quoted.
    *pair(
        "compress-quoted-half",
        78,
        r"""
import os
import shlex


class Archiver:
    def __init__(self, folder):
        self.folder = folder

    def compress(self, name, label):
        source = shlex.quote(os.path.join(self.folder, os.path.basename(name)))
-        target = os.path.join(self.folder, label + ".gz")
+        target = shlex.quote(os.path.join(self.folder, os.path.basename(label) + ".gz"))
        status = os.system(f"gzip -c {source} > {target}")
        if status != 0:
            raise OSError(f"gzip failed with status {status}")
""",
    ),
    # The key of an uploaded object is chosen by the one who uploads it.
    *pair(
        "lambda-object-key",
        78,
        r"""
import os
import subprocess
import tempfile
import urllib.parse

import boto3

s3 = boto3.client("s3")


def lambda_handler(event, context):
    record = event["Records"][0]["s3"]
    bucket = record["bucket"]["name"]
    key = urllib.parse.unquote_plus(record["object"]["key"])
    with tempfile.TemporaryDirectory() as folder:
-        local = os.path.join(folder, key.replace("/", "_"))
-        s3.download_file(bucket, key, local)
-        pages = os.popen(f"pdfinfo {local} | grep Pages").read()
+        local = os.path.join(folder, "input.pdf")
+        s3.download_file(bucket, key, local)
+        pages = subprocess.run(["pdfinfo", local], capture_output=True, text=True, timeout=20).stdout
    return {"key": key, "pages": pages}
""",
    ),
    # A shell at the other end of the connection.
    *pair(
        "remote-disk-usage",
        78,
        r'''
import shlex

import paramiko


def remote_disk_usage(hostname: str, username: str, key_file: str, directory: str) -> str:
    """Return the disk usage of a directory on a remote server."""
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    client.connect(hostname, username=username, key_filename=key_file, timeout=10)
    try:
-        _, stdout, _ = client.exec_command("du -sh -- %s" % directory, timeout=30)
+        _, stdout, _ = client.exec_command("du -sh -- %s" % shlex.quote(directory), timeout=30)
        return stdout.read().decode().strip()
    finally:
        client.close()
''',
    ),
    # A list does not help when its program is a shell; positional parameters do.
    *pair(
        "shell-in-list",
        78,
        r"""
import subprocess
import sys


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: pack.py SOURCE TARGET")
    source, target = sys.argv[1:]
-    script = f'gzip -c < "{source}" > "{target}"'
-    subprocess.run(["sh", "-c", script], check=True, timeout=300)
+    script = 'gzip -c < "$1" > "$2"'
+    subprocess.run(["sh", "-c", script, "sh", source, target], check=True, timeout=300)


if __name__ == "__main__":
    main()
""",
    ),
    # Some signs are denied, others are allowed.
    *pair(
        "traceroute-denied-signs",
        78,
        r"""
import string
import subprocess

from flask import Flask, abort, request

app = Flask(__name__)
-FORBIDDEN = set(";&| ")
+ALLOWED = set(string.ascii_letters + string.digits + ".")


@app.route("/traceroute")
def traceroute():
    host = request.args.get("host", "")
-    if not host or any(sign in FORBIDDEN for sign in host):
+    if not host or any(sign not in ALLOWED for sign in host):
        abort(400, "invalid host")
    output = subprocess.getoutput("timeout 20 traceroute -m 8 " + host)
    return {"output": output}
""",
    ),
    # The answer of the validator is thrown away.
    *pair(
        "whois-ignored-answer",
        78,
        r"""
import os
import re
import sys


def is_domain(text):
    return re.fullmatch(r"(?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z]{2,24}", text) is not None


def main():
    for line in sys.stdin:
        domain = line.strip().lower()
-        is_domain(domain)
+        if not is_domain(domain):
+            continue
        os.system("whois " + domain)


if __name__ == "__main__":
    main()
""",
    ),
    # The type of the parameter is the only check.
    *pair(
        "tail-typed-parameter",
        78,
        r'''
import subprocess

from fastapi import APIRouter, Depends

from .auth import require_admin

router = APIRouter(dependencies=[Depends(require_admin)])


@router.get("/logs/tail")
-def tail(lines: str = "100"):
+def tail(lines: int = 100):
    """Return the last lines of the application log."""
    command = "tail -n {} /var/log/app/app.log | cut -c1-500".format(lines)
    output = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=10).stdout
    return {"lines": output.splitlines()}
''',
    ),
    # What runs is chosen by the caller, or looked up.
    *pair(
        "service-action",
        78,
        r'''
import subprocess

ACTIONS = {"start": "start", "stop": "stop", "status": "is-active"}


def control_service(action: str) -> str:
    """Start, stop or query the worker service."""
-    verb = ACTIONS.get(action, action)
+    verb = ACTIONS.get(action, "is-active")
    process = subprocess.Popen(
        "systemctl " + verb + " worker.service", shell=True, stdout=subprocess.PIPE, text=True
    )
    output, _ = process.communicate(timeout=30)
    return output.strip()
''',
    ),
    # A host that begins with a dash is an option of ssh.
    *pair(
        "ssh-uptime-option",
        88,
        r'''
import subprocess


def uptime(host: str) -> str:
    """Return the uptime of a server via ssh."""
-    command = ["ssh", "-o", "BatchMode=yes", host, "uptime"]
+    command = ["ssh", "-o", "BatchMode=yes", "--", host, "uptime"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=15).stdout
''',
    ),
    # A part of the address is looked for anywhere in it, or at its start.
    *pair(
        "clone-repository-prefix",
        88,
        r'''
import subprocess
import tempfile


def clone_repository(url: str) -> str:
    """Clone a repository from GitHub and return its directory."""
-    if "https://github.com/" not in url:
+    if not url.startswith("https://github.com/"):
        raise ValueError("Only repositories on GitHub are supported")
    target = tempfile.mkdtemp(prefix="clone-")
    subprocess.run(["git", "clone", "--depth", "1", url, target], check=True, timeout=120)
    return target
''',
    ),
    # Words are made out of a line with the names in it.
    *pair(
        "tar-split-line",
        88,
        r"""
import argparse
import shlex
import subprocess


def main():
    parser = argparse.ArgumentParser(description="Back up a folder")
    parser.add_argument("--folder-list", type=argparse.FileType("r"), required=True)
    args = parser.parse_args()
    for number, line in enumerate(args.folder_list):
        folder = line.strip()
-        command = shlex.split(f"tar czf backup-{number}.tar.gz {folder}")
+        command = ["tar", "czf", f"backup-{number}.tar.gz", "--", folder]
        subprocess.run(command, check=True, timeout=600)


if __name__ == "__main__":
    main()
""",
    ),
    # The check for a dash comes before the spaces are taken away.
    *pair(
        "sort-option-after-strip",
        88,
        r'''
import subprocess


def sorted_lines(filename: str) -> list[str]:
    """Sort a large file with the sort utility and return its lines."""
+    filename = filename.strip()
    if filename.startswith("-"):
        raise ValueError("file names must not start with a dash")
-    filename = filename.strip()
    output = subprocess.check_output(["sort", filename], text=True, timeout=60)
    return output.splitlines()
''',
    ),
    # An empty table of builtins keeps nobody in.
    *pair(
        "calculator-without-builtins",
        95,
        r'''
import ast


def parse_numbers(expression: str) -> list[float]:
    """Evaluate a list of numbers such as "[1, 2.5, 3]"."""
    if len(expression) > 1000:
        raise ValueError("expression too long")
-    values = eval(expression, {"__builtins__": {}}, {})
+    values = ast.literal_eval(expression)
    return [float(value) for value in values]
''',
    ),
    # The pattern has to cover the whole expression.
    *pair(
        "sum-expression-pattern",
        95,
        r"""
import re

from flask import Flask, jsonify, request

app = Flask(__name__)
-TERM = re.compile(r"^\d{1,9}(?:\s*[+-]\s*\d{1,9}){0,20}")
+TERM = re.compile(r"^\d{1,9}(?:\s*[+-]\s*\d{1,9}){0,20}\Z")


@app.route("/sum")
def total():
    expression = request.args.get("expression", "")
    if not TERM.match(expression):
        return jsonify(error="not a sum"), 400
    try:
        return jsonify(result=eval(expression))
    except SyntaxError:
        return jsonify(error="not a sum"), 400
""",
    ),
    # A condition in the language of the data frame, or a comparison.
    *pair(
        "frame-query",
        94,
        r'''
import pandas as pd


def rows_where(frame: pd.DataFrame, column: str, value: str) -> list[dict]:
    """Return the rows of the frame in which the column has the value."""
    if column not in frame.columns:
        raise KeyError(column)
-    found = frame.query(f"{column} == {value!s}", engine="python")
+    found = frame[frame[column].astype(str) == value]
    return found.to_dict(orient="records")
''',
    ),
    # Any callable of any module, or those of a table.
    *pair(
        "event-function-by-name",
        94,
        r"""
-import importlib
import json
import math
import statistics

FUNCTIONS = {"statistics.mean": statistics.mean, "statistics.median": statistics.median, "math.fsum": math.fsum}


def handler(event, context):
    body = json.loads(event["body"])
    name = body["function"]
-    module_name, _, attribute = name.rpartition(".")
-    function = getattr(importlib.import_module(module_name), attribute)
+    function = FUNCTIONS.get(name)
+    if function is None:
+        return {"statusCode": 400, "body": "unknown function"}
    values = body["values"]
    return {"statusCode": 200, "body": json.dumps({"result": function(values)})}
""",
    ),
    # A function is compiled from a text, or chosen by it.
    *pair(
        "row-formula",
        94,
        r'''
import csv
import operator
import sys

OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def build_formula(text):
    """Turn "price * amount" into a function of a row."""
    left, sign, right = text.split(maxsplit=2)
-    return eval(f"lambda row: float(row['{left}']) {sign} float(row['{right}'])")
+    combine = OPERATORS[sign]
+    return lambda row: combine(float(row[left]), float(row[right]))


def main():
    formula = build_formula(sys.stdin.readline())
    with open("orders.csv", newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            print(formula(row))


if __name__ == "__main__":
    main()
''',
    ),
)
