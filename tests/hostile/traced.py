"""`keywitness verify` under strace: no network, nothing written, nothing opened outside the pack, nothing odd opened in it.

Usage: python traced.py PATH-TO-KEYWITNESS

What the runtime needs is in ALLOWED, and every other call is a failure. The judge is first shown a program that does all
that is forbidden. Where ptrace is refused nothing is known, and that is said. Ends with one line; exit code 1 if anything
failed.
"""

import os
import pathlib
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples/halcyon-parcels"

# What a program reads before and beside its own work: the linker, the threads of the standard library, its own file, and
# glibc's allocator, which asks how memory is promised before it gives some back.
ALLOWED = [
    r"/etc/ld\.so\.(cache|preload)",
    r"(/usr)?/lib(64)?/.*\.so(\.[0-9.]+)?",
    r"/proc/(self|\d+)/(maps|cgroup|mountinfo|exe)",
    r"/sys/fs/cgroup(/.*)?",
    r"/sys/devices/system/cpu(/.*)?",
    r"/proc/sys/vm/overcommit_memory",
    r"/dev/null",
]
# The nameless files of the workbook, which is made again to be compared; the folder is named by TMPDIR.
NAMELESS = "O_TMPFILE"

READS = {"open", "openat", "openat2"}
LOOKS = {"access", "faccessat", "faccessat2", "stat", "lstat", "newfstatat", "statx", "readlink", "readlinkat", "getcwd",
         "chdir", "fchdir", "statfs", "fstatfs", "getdents64", "inotify_init1"}
WRITES = {"write", "writev", "pwrite64", "pwritev", "pwritev2"}
TRACED = [
    "%file", "%network", *sorted(WRITES), "ftruncate", "fallocate", "fchmod", "fchown", "fsetxattr", "fremovexattr",
    "copy_file_range", "sendfile", "splice", "io_uring_setup", "open_by_handle_at", "ioctl", "mount", "umount2",
]
# poll, pipes and events are no network; ioctl asks whether something is a terminal.
HARMLESS = re.compile(r"^ioctl\(\d+<[^>]*>, (TCGETS|TIOCGWINSZ|FIOCLEX)")
failed = passed = 0


def holds(fact, truth, detail=""):
    global failed, passed
    if truth:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {fact}: {detail}", flush=True)


class Trace:
    """One program under strace: what it said, and each of its calls."""

    def __init__(self, command, folder, **how):
        out = pathlib.Path(tempfile.mkdtemp(dir=folder))
        # One file a thread, so that no call is torn in two.
        tracer = ["strace", "-ff", "-y", "-qq", "-s", "4096", "-o", str(out / "t"), "-e", "signal=none", "-e", f"trace={','.join(TRACED)}"]
        self.ran = subprocess.run([*tracer, *command], capture_output=True, text=True, timeout=300, **how)
        self.calls = [line for file in sorted(out.iterdir()) for line in file.read_text(errors="replace").splitlines()]


def outside(path, allowed):
    return not any(re.fullmatch(pattern, path) for pattern in ALLOWED) and not any(
        path == str(a) or path.startswith(f"{a}/") for a in allowed
    )


def forbidden(trace, inside, allowed, nameless):
    """Each call that must not be: (kind, line). `inside` is the pack, `allowed` what was named on the command line."""
    found = []
    started = 0
    for line in trace.calls:
        match = re.match(r"(\w+)\((.*)\)\s+= (-?\d+|\?)(?:<(.*?)>(?:\(deleted\))?)?", line)
        if not match:
            if re.match(r"\+\+\+|---|exit", line):
                continue
            found.append(("not understood", line))
            continue
        name, arguments, _, place = match.groups()
        if name == "execve":
            started += 1
            if started > 1:
                found.append(("another program", line))
        elif name in READS:
            found += opened(line, arguments, place, inside, allowed, nameless)
        elif name in WRITES:
            target = re.match(r"(\d+)(?:<(.*?)>)?", arguments)
            to = target[2] or ""
            streams = target[1] in ("1", "2") or to.startswith(("pipe:", "anon_inode:"))
            if not streams and not (nameless and re.fullmatch(rf"{re.escape(nameless)}/#\d+", to)):
                found.append(("a write", line))
        elif name not in LOOKS and not HARMLESS.match(line):
            found.append((name, line))
    return found


def opened(line, arguments, place, inside, allowed, nameless):
    match = re.match(r'(?:(?:AT_FDCWD|\d+)<(.*?)>, )?"((?:[^"\\]|\\.)*)"(?:\.\.\.)?, (.*)', arguments)
    if not match:
        return [("an open that is not understood", line)]
    base, name, flags = match.groups()
    if NAMELESS in flags:
        return [] if nameless and name == nameless else [("a nameless file", line)]
    if re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", flags):
        return [("an open for writing", line)]
    name = name.encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "replace")
    meant = os.path.normpath(os.path.join(base or "/", name))
    path = place or meant
    if meant == str(inside) or meant.startswith(f"{inside}/"):
        kind = os.lstat(meant).st_mode if os.path.lexists(meant) else stat.S_IFREG
        if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
            return [("an open of what is no file and no folder", line)]
        if os.path.isfile(meant) and os.lstat(meant).st_nlink > 1:
            return [("an open of a second name", line)]
        if place and not (place == str(inside) or place.startswith(f"{inside}/")):
            return [("a way out of the pack", line)]
        return []
    return [("an open outside", line)] if outside(path, allowed) and outside(meant, allowed) else []


def tree(folder):
    """All that is in a folder, so that a change shows."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        bytes_ = path.read_bytes() if stat.S_ISREG(about.st_mode) else None
        found[str(path)] = (about.st_mode, about.st_mtime_ns, about.st_ctime_ns, about.st_ino, bytes_)
    return found


SINNER = """
import os, socket, sys
fifo, place = sys.argv[1:]
socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect_ex(("127.0.0.1", 1))
os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
open(place + "/new", "w").write("x")
os.rename(place + "/new", place + "/other")
os.chmod(place + "/other", 0o600)
os.mkdir(place + "/folder")
os.unlink(place + "/other")
open("/etc/hostname").read()
os.system("true")
"""


def sees(pack, folder):
    """The judge is shown what is forbidden."""
    fifo = pack / "data/pipe"
    os.mkfifo(fifo)
    trace = Trace([sys.executable, "-S", "-E", "-c", SINNER, str(fifo), str(folder)], folder)
    kinds = {kind for kind, _ in forbidden(trace, pack, [], None)}
    fifo.unlink()
    wanted = {"socket", "connect", "an open of what is no file and no folder", "an open for writing", "a write", "an open outside",
              "rename", "chmod", "mkdir", "unlink"}
    holds("the judge sees what is forbidden", wanted <= kinds, f"{wanted - kinds} of {kinds}")


def spoil(pack, elsewhere):
    """Whatever may lie in a folder and is no plain file, beside files that are listed and in their place. Says what is there."""
    listed = sorted(p for p in (pack / "data/tables").iterdir())[:3]
    copy = elsewhere / "copy"
    shutil.copy(listed[0], copy)
    listed[0].unlink()
    listed[0].symlink_to(copy)  # a link out, to the same bytes
    os.link(listed[1], elsewhere / "second-name")
    listed[2].unlink()
    os.mkfifo(listed[2])
    (pack / "data/extra-link").symlink_to("/etc/passwd")
    (pack / "data/extra-folder").symlink_to("/etc")
    (pack / "data/up").symlink_to("..")
    os.mkfifo(pack / "data/extra-pipe")
    (pack / "seal").mkdir(exist_ok=True)
    os.mkfifo(pack / "seal/signer.pub.pem.new")
    where = os.getcwd()
    os.chdir(pack / "data")  # the name of a socket may be no longer than 100 bytes
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("extra-socket")
    os.chdir(where)
    there = ["links", "pipes", "a socket"]
    try:
        os.mknod(pack / "data/extra-device", 0o644 | stat.S_IFCHR, os.makedev(1, 5))
        there.append("a device")
    except OSError:
        print("traced: a device cannot be made here; a link to one stands for it")
        (pack / "data/extra-device").symlink_to("/dev/zero")
    lines = (pack / "manifest-sha256.txt").read_text()
    (pack / "manifest-sha256.txt").write_text(lines + f"{'0' * 64}  data/../../../etc/hostname\n{'0' * 64}  /etc/hostname\n")
    return there


def main():
    program = os.path.abspath(sys.argv[1])
    if not shutil.which("strace"):
        print("verify under strace: NOT TRIED HERE: strace is missing")
        return 0
    with tempfile.TemporaryDirectory(prefix="keywitness-traced-") as folder:
        folder = pathlib.Path(folder).resolve()
        tried = subprocess.run(["strace", "-o", str(folder / "try"), "true"], capture_output=True, text=True)
        if tried.returncode:
            print(f"verify under strace: NOT TRIED HERE: ptrace is refused ({tried.stderr.strip()[:200]})")
            return 0
        temporary = folder / "tmp"
        temporary.mkdir()
        elsewhere = folder / "elsewhere"
        elsewhere.mkdir()
        how = {"cwd": folder, "env": {"HOME": str(folder), "TMPDIR": str(temporary), "PATH": os.environ["PATH"]}}
        key, public = folder / "key.pem", folder / "key.pub.pem"
        subprocess.run([program, "keygen", "--output", str(key)], check=True, capture_output=True, **how)
        report = [program, "report", str(SAMPLE), "--config", str(SAMPLE / "keywitness.toml"), "--catalog", "house-baseline"]
        subprocess.run([*report, "--output", "out", "--sign", f"file:{key}"], capture_output=True, **how)
        (pack,) = (folder / "out").iterdir()
        sees(pack, folder)

        before = tree(pack)
        trace = Trace([program, "verify", str(pack), "--key", str(public), "--json"], folder, **how)
        holds("a pack with a trusted key is verified", trace.ran.returncode == 0, trace.ran.stdout[-300:] + trace.ran.stderr[-300:])
        wrong = forbidden(trace, pack, [public, pack], str(temporary))
        holds("verify does nothing that is forbidden", not wrong, wrong[:5])
        holds("the trace is one of verify", any(str(pack) in call for call in trace.calls), len(trace.calls))

        trace = Trace([program, "verify", str(pack), "--no-replay"], folder, **how)
        holds("without replay it is consistent", trace.ran.returncode == 3, trace.ran.stdout[-300:])
        wrong = forbidden(trace, pack, [pack], None)
        holds("without replay there is not even a nameless file", not wrong, wrong[:5])
        holds("verify changes nothing in the pack", tree(pack) == before)
        holds("and leaves nothing in the temporary folder", not list(temporary.iterdir()))

        there = spoil(pack, elsewhere)
        before = tree(pack)
        trace = Trace([program, "verify", str(pack), "--key", str(public)], folder, **how)
        holds("a pack with odd things fails", trace.ran.returncode == 1 and "E-FILE-TYPE" in trace.ran.stdout, trace.ran.stdout[-300:])
        wrong = forbidden(trace, pack, [public, pack], str(temporary))
        holds(f"and none of them was opened: {', '.join(there)}", not wrong, wrong[:5])
        holds("nor changed", tree(pack) == before)
    print(f"verify under strace, with {', '.join(there)} in the pack: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
