"""What somebody sees who watches: a bar with rate and time left on a terminal, and nothing that moves a cursor elsewhere."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import tempfile
import termios
import threading

BAR = re.compile(r"(\d+) of (\d+) calls  (\d+\.\d) a second  (\d+(?:\.\d)? (?:s|min|h)) left")


def controls(data):
    """Every byte of output that is neither text nor the end of a line; on a terminal lines end with CR LF."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    return sorted({c for c in text if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0})


def watched(program, arguments, folder, stderr_is_terminal, stdout_is_terminal, term="xterm-256color"):
    """Exit code, what stdout got and what stderr got."""
    environment = {
        "HOME": str(folder),
        "TERM": term,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    ends, readers, got = [], [], [bytearray(), bytearray()]
    for at, is_terminal in enumerate([stdout_is_terminal, stderr_is_terminal]):
        if is_terminal:
            ours, theirs = pty.openpty()
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        else:
            ours, theirs = os.pipe()
        ends.append(theirs)
        readers.append(threading.Thread(target=drain, args=(ours, got[at])))
    process = subprocess.Popen([program, *arguments], cwd=folder, env=environment, stdout=ends[0], stderr=ends[1])
    for end in ends:
        os.close(end)
    for reader in readers:
        reader.start()
    code = process.wait(600)
    for reader in readers:
        reader.join(60)
    return code, bytes(got[0]), bytes(got[1])


def drain(descriptor, into):
    try:
        while data := os.read(descriptor, 65536):
            into.extend(data)
    except OSError:
        pass  # the other end of a terminal is closed
    os.close(descriptor)


def judge_watching(judge, program, regions, port, folder):
    where = [a for name in regions for a in ("--region", name)]

    def collect(*more, **how):
        with tempfile.TemporaryDirectory(dir=folder) as output:
            reading = ["--endpoint-url", f"http://127.0.0.1:{port}", "--no-rate-limit", "--output", output]
            return watched(program, ["collect", *reading, *where, *more], folder, **how)

    code, out, err = collect(stderr_is_terminal=True, stdout_is_terminal=True)
    judge.holds("a run that is watched ends", code in (0, 3), err[-300:])
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", err.decode("utf-8", "replace"))
    seen = [(int(done), int(planned), float(rate), left) for done, planned, rate, left in BAR.findall(plain)]
    judge.holds("on a terminal there is a bar with rate and time left", len(seen) >= 3, plain[:400])
    judge.holds("it moves on", seen and seen[-1][0] > seen[0][0], repr(seen[:3]))
    judge.holds("never beyond what is planned", all(done <= planned for done, planned, _, _ in seen), repr(seen[:3]))
    judge.holds("it has a rate", any(rate > 0 for _, _, rate, _ in seen), repr(seen[:3]))
    judge.holds("the bar is drawn over itself", "\x1b" in controls(err), repr(err[:200]))
    judge.holds("and is gone at the end", not BAR.search(last_screen(err)), last_screen(err))
    judge.equal("what is printed for programs has no control character", controls(out), [])

    # stdout alone decides nothing: what is drawn goes to stderr.
    code, out, err = collect(stderr_is_terminal=False, stdout_is_terminal=True)
    judge.holds("where stderr is no terminal, it ends", code in (0, 3), err[-300:])
    judge.equal("where stderr is no terminal, no control character appears", controls(out) + controls(err), [])
    judge.holds("where stderr is no terminal, the totals are told", b" a second" in err, err[-300:])
    for name, how, more in [
        ("a terminal that can do nothing", {"term": "dumb"}, []),
        ("a log in JSON on a terminal", {}, ["--log-format", "json"]),
    ]:
        code, out, err = collect(*more, stderr_is_terminal=True, stdout_is_terminal=True, **how)
        judge.holds(f"{name}: it ends", code in (0, 3), err[-300:])
        judge.equal(f"{name}: no control character appears", controls(out) + controls(err), [])
    lines = [json.loads(line) for line in err.decode().splitlines()]
    judge.holds("a log in JSON has one object a line", lines and all("event" in line for line in lines))


def last_screen(err):
    """What stands on the last lines after the last time a line was cleared."""
    return err.decode("utf-8", "replace").rsplit("\x1b[2K", 1)[-1]
