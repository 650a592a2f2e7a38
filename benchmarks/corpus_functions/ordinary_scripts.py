"""Good scripts without a twin."""

from corpus import good

RECORDS = (
    # A tool of the command line opens the file that it was told to.
    good(
        "count-words",
        r"""
import argparse
from collections import Counter


def main():
    parser = argparse.ArgumentParser(description="Count the words of a text file")
    parser.add_argument("file", type=argparse.FileType("r", encoding="utf-8"))
    parser.add_argument("-n", "--number", type=int, default=10)
    args = parser.parse_args()
    counter = Counter(word.strip(".,;:!?").lower() for line in args.file for word in line.split())
    for word, count in counter.most_common(args.number):
        print(f"{count:6d} {word}")


if __name__ == "__main__":
    main()
""",
    ),
    # Runs a compiler with a list of arguments.
    good(
        "format-changed-files",
        r"""
import subprocess
import sys


def changed_files():
    output = subprocess.run(
        ["git", "diff", "--name-only", "--diff-filter=d", "-z", "HEAD"], check=True, capture_output=True, text=True
    ).stdout
    return [name for name in output.split("\0") if name.endswith(".py")]


def main():
    names = changed_files()
    if not names:
        return 0
    return subprocess.run([sys.executable, "-m", "black", "--check", "--", *names]).returncode


if __name__ == "__main__":
    sys.exit(main())
""",
    ),
    # A password that is asked for, not shown.
    good(
        "make-htpasswd-line",
        r"""
import getpass
import sys

import bcrypt


def main():
    user = input("User: ").strip()
    if not user or ":" in user:
        sys.exit("a name without colons is expected")
    password = getpass.getpass()
    if password != getpass.getpass("Again: "):
        sys.exit("the passwords differ")
    hashed = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(rounds=12)).decode()
    print(f"{user}:{hashed}")


if __name__ == "__main__":
    main()
""",
    ),
    # A CSV becomes JSON.
    good(
        "csv-to-json",
        r"""
import csv
import json
import sys


def main():
    reader = csv.DictReader(sys.stdin)
    json.dump(list(reader), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
""",
    ),
    # YAML by the safe loader.
    good(
        "check-yaml",
        r"""
import sys
from pathlib import Path

import yaml


def main():
    failed = False
    for name in sys.argv[1:]:
        try:
            yaml.safe_load(Path(name).read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
""",
    ),
    # Lists an archive without unpacking it.
    good(
        "list-archive",
        r"""
import sys
import tarfile
import zipfile


def names(path):
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    with tarfile.open(path) as archive:
        return archive.getnames()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: list_archive.py ARCHIVE")
    for name in names(sys.argv[1]):
        print(repr(name))
""",
    ),
    # Removes what is old below a fixed folder.
    good(
        "remove-old-exports",
        r"""
import logging
import time
from pathlib import Path

logger = logging.getLogger("cleanup")
FOLDER = Path("/srv/exports")
MAX_AGE = 14 * 86400


def main():
    logging.basicConfig(level=logging.INFO)
    limit = time.time() - MAX_AGE
    for path in FOLDER.glob("export-*.csv"):
        if path.is_file() and not path.is_symlink() and path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            logger.info("removed %s", path.name)


if __name__ == "__main__":
    main()
""",
    ),
    # A download is compared with a digest that is a constant.
    good(
        "download-pinned",
        r"""
import hashlib
import sys
from pathlib import Path

import requests

URL = "https://downloads.example.org/model-1.4.bin"
SHA256 = "7c464e600f610a79fb3aa66a94264e20c38c74378c428df66051486f9033b39d"


def main():
    digest = hashlib.sha256()
    target = Path("model.bin.part")
    with requests.get(URL, stream=True, timeout=30) as response, target.open("wb") as handle:
        response.raise_for_status()
        for chunk in response.iter_content(65536):
            digest.update(chunk)
            handle.write(chunk)
    if digest.hexdigest() != SHA256:
        target.unlink()
        sys.exit("the download is damaged")
    target.rename("model.bin")


if __name__ == "__main__":
    main()
""",
    ),
    # Guessing game.
    good(
        "guessing-game",
        r"""
import random


def main():
    number = random.randrange(1, 101)
    for attempt in range(1, 11):
        text = input("Your guess (1-100): ")
        if not text.isdecimal():
            print("That is not a number.")
            continue
        guess = int(text[:6])
        if guess == number:
            print(f"Right, after {attempt} attempts.")
            return
        print("Too low." if guess < number else "Too high.")
    print(f"It was {number}.")


if __name__ == "__main__":
    main()
""",
    ),
    # Arguments for a program are put into a list, the value behind its option.
    good(
        "cut-video",
        r"""
import argparse
import pathlib
import subprocess


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--start", type=float, default=0.0)
    parser.add_argument("--length", type=float, default=10.0)
    args = parser.parse_args()
    source = args.source.resolve(strict=True)
    target = source.with_name(source.stem + "-cut.mp4")
    subprocess.run(
        ["ffmpeg", "-ss", str(args.start), "-i", f"file:{source}", "-t", str(args.length), "-y", f"file:{target}"],
        check=True,
    )


if __name__ == "__main__":
    main()
""",
    ),
    # The state of the program, kept as JSON and replaced at once.
    good(
        "atomic-state",
        r"""
import json
import os
import tempfile
from pathlib import Path

STATE = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "feedreader" / "state.json"


def load():
    try:
        return json.loads(STATE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"seen": []}


def save(state):
    STATE.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=STATE.parent, prefix="state-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(state, handle)
    os.replace(name, STATE)


if __name__ == "__main__":
    current = load()
    current["runs"] = current.get("runs", 0) + 1
    save(current)
""",
    ),
    # The parameters of the search are bound.
    good(
        "phone-book",
        r"""
import sqlite3
import sys
from contextlib import closing


def main():
    with closing(sqlite3.connect("phonebook.db")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS entries (name TEXT, number TEXT)")
        for line in sys.stdin:
            command, _, rest = line.strip().partition(" ")
            if command == "add":
                name, _, number = rest.rpartition(" ")
                with connection:
                    connection.execute("INSERT INTO entries VALUES (?, ?)", (name, number))
            elif command == "find":
                pattern = rest.replace("!", "!!").replace("%", "!%").replace("_", "!_")
                query = "SELECT name, number FROM entries WHERE name LIKE ? ESCAPE '!'"
                for name, number in connection.execute(query, (f"%{pattern}%",)):
                    print(name, number)


if __name__ == "__main__":
    main()
""",
    ),
    # Watches disks and writes a mail to a fixed address.
    good(
        "disk-alarm",
        r"""
import os
import shutil
import smtplib
import ssl
from email.message import EmailMessage


def main():
    usage = shutil.disk_usage("/")
    percent = 100 * usage.used / usage.total
    if percent < 90:
        return
    message = EmailMessage()
    message["From"] = "monitor@example.org"
    message["To"] = "admin@example.org"
    message["Subject"] = f"Disk is {percent:.0f}% full"
    message.set_content(f"Free: {usage.free // 2**20} MiB\n")
    with smtplib.SMTP_SSL("mail.example.org", 465, timeout=15, context=ssl.create_default_context()) as server:
        server.login("monitor", os.environ["MAIL_PASSWORD"])
        server.send_message(message)


if __name__ == "__main__":
    main()
""",
    ),
    # Sorting photographs into folders of their dates.
    good(
        "sort-photographs",
        r"""
import shutil
import sys
from datetime import datetime
from pathlib import Path


def main(source, target):
    for path in sorted(Path(source).glob("*.jpg")):
        taken = datetime.fromtimestamp(path.stat().st_mtime)
        folder = Path(target) / f"{taken:%Y}" / f"{taken:%m}"
        folder.mkdir(parents=True, exist_ok=True)
        destination = folder / path.name
        if destination.exists():
            print(f"skipped {path.name}", file=sys.stderr)
            continue
        shutil.move(path, destination)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: sort_photographs.py SOURCE TARGET")
    main(*sys.argv[1:])
""",
    ),
    # A server of static files for one's own machine.
    good(
        "serve-build-folder",
        r"""
import functools
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


def main():
    handler = functools.partial(SimpleHTTPRequestHandler, directory="build")
    with ThreadingHTTPServer(("127.0.0.1", 8000), handler) as server:
        print("http://127.0.0.1:8000/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
""",
    ),
    # The statistics of an access log by an anchored pattern.
    good(
        "access-log-statistics",
        r"""
import collections
import re
import sys

LINE = re.compile(r'^(\S+) \S+ \S+ \[[^\]]*\] "([A-Z]+) ([^" ]*) [^"]*" (\d{3}) ')


def main():
    statuses = collections.Counter()
    for line in sys.stdin:
        found = LINE.match(line)
        if found:
            statuses[found.group(4)] += 1
    for status, count in sorted(statuses.items()):
        print(status, count)


if __name__ == "__main__":
    main()
""",
    ),
    # Converts the dump of a database with a password out of a file with a mode.
    good(
        "dump-database",
        r"""
import datetime
import os
import subprocess
from pathlib import Path


def main():
    os.umask(0o077)
    target = Path("/var/backups/shop") / f"shop-{datetime.date.today():%Y%m%d}.dump"
    environment = {"PATH": "/usr/bin:/bin", "PGPASSFILE": "/etc/backup/pgpass"}
    with target.open("wb") as handle:
        subprocess.run(
            ["pg_dump", "--format=custom", "--host=db.internal", "--username=backup", "shop"],
            stdout=handle, env=environment, check=True, timeout=3600,
        )


if __name__ == "__main__":
    main()
""",
    ),
)
