"""A disk that is really full: a tmpfs of a few hundred KiB or MiB, in a mount namespace of its own.

    python full_disk.py PATH-TO-KEYWITNESS PORT REGION     inside `unshare`, with an AWS on that port of loopback

The program runs into the end of the disk at different steps: the first answers, the middle of the pack, its last files.
Each time: exit code 2, a message that says what failed and why, nothing with a final name that is not whole; and when there
is room again, the next run works. Prints FAILED lines and, last, what was seen as JSON.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FULL = "No space left on device"


def judge_full_disk(judge, program, region, port):
    """Where nobody may mount, nothing is known, and that is said."""
    # The second way is for who is not root.
    for way in (["unshare", "-m", "--propagation", "private"], ["unshare", "-rm", "--propagation", "private"]):
        tried = subprocess.run([*way, "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"], capture_output=True, text=True) if shutil.which("unshare") else None
        if tried and tried.returncode == 0:
            break
    else:
        print(f"full disk: NOT TRIED HERE: {tried.stderr.strip()[:200] if tried else 'unshare is missing'}")
        return
    ran = subprocess.run([*way, sys.executable, __file__, program, str(port), region], capture_output=True, text=True, timeout=900)
    told = ran.stdout.splitlines()
    for line in told:
        if line.startswith("FAILED: "):
            judge.holds(line[len("FAILED: "):], False)
    try:
        seen = json.loads(told[-1])
    except (IndexError, ValueError):
        judge.holds("the judge of full disks comes to its end", False, ran.stderr[-500:])
        return
    judge.passed += seen["passed"]
    print(f"full disk: ended at {', '.join(seen['steps'])}")


passed = 0


def holds(fact, truth, detail=""):
    global passed
    if truth:
        passed += 1
    else:
        print(f"FAILED: {fact}: {' '.join(str(detail).split())[:600]}", flush=True)


class Disk:
    """A tmpfs of some size, in KiB; what is on it stays when it grows."""

    def __init__(self, place, kib):
        self.place = pathlib.Path(place)
        self.place.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k,nr_inodes=0", "tmpfs", place], check=True)

    def grow(self):
        subprocess.run(["mount", "-o", "remount,size=512m", "tmpfs", str(self.place)], check=True)

    def used(self):
        about = os.statvfs(self.place)
        return (about.f_blocks - about.f_bfree) * about.f_frsize // 1024

    def gone(self):
        subprocess.run(["umount", str(self.place)], check=True)

    def final(self):
        return sorted(p for p in self.place.iterdir() if not p.name.startswith("."))


def keywitness(program, arguments, home, temporary=None):
    env = {
        "HOME": str(home),
        "TMPDIR": str(temporary or home),
        "PATH": os.environ["PATH"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    return subprocess.run([program, *arguments], capture_output=True, text=True, env=env, cwd=home, timeout=300)


def refused(what, ran, disk):
    """What holds of every run that met the end of the disk. Says which step it was."""
    said = ran.stderr
    holds(f"{what}: exit code 2", ran.returncode == 2, f"{ran.returncode} {said[-400:]}")
    holds(f"{what}: the reason is told", FULL in said, said[-400:])
    holds(f"{what}: no panic, no trace", "panicked" not in said and "RUST_BACKTRACE" not in said, said[-400:])
    holds(f"{what}: the last line is for schedulers", "keywitness: exit=2 result=could_not_run" in said.splitlines()[-1:], said[-200:])
    holds(f"{what}: nothing has a final name", not disk.final(), disk.final())
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    holds(f"{what}: one error", len(errors) == 1, errors)
    # The step: what could not be done, and what kind of file it was.
    step = re.sub(r"\S*/", "…/", errors[0][len("error: ") :]) if errors else "?"
    return re.sub(r"\d{6,}\S*", "…", step.split(": ")[0])


def whole(what, program, ran, disk, home, verify):
    """What holds of every run that had room."""
    holds(f"{what}: it ends", ran.returncode in (0, 3), ran.stderr[-400:])
    for path in disk.final():
        if (path / "bagit.txt").exists():
            verified = keywitness(program, ["verify", str(path), *([] if verify else ["--no-replay"])], home)
            holds(f"{what}: the pack verifies", verified.returncode == 3, verified.stdout[-400:])
        else:
            sums = subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=path, capture_output=True, text=True)
            holds(f"{what}: {path.name} is whole", not (path / "SHA256SUMS").exists() or sums.returncode == 0, sums.stderr)
            holds(f"{what}: {path.name} has its head", (path / "run.json").exists(), list(path.iterdir()))


def main():
    program, port, region = sys.argv[1:4]
    steps = []
    with tempfile.TemporaryDirectory(prefix="keywitness-full-") as home:
        home = pathlib.Path(home)
        place = str(home / "disk")
        reading = ["--endpoint-url", f"http://127.0.0.1:{port}", "--no-rate-limit", "--region", region, "--output", place]
        run = ["run", *reading, "--catalog", "house-baseline"]
        disk = Disk(place, 512 * 1024)
        whole("with room", program, keywitness(program, run, home), disk, home, True)
        needs = disk.used()
        disk.gone()
        for command, share in [(run, 0.02), (run, 0.6), (run, 0.97), (["collect", *reading], 0.05)]:
            what = f"{command[0]} with {share:.0%} of the {needs} KiB of a pack"
            disk = Disk(place, max(4, int(needs * share)))
            steps.append(refused(what, keywitness(program, command, home), disk))
            left = sorted(p for p in disk.place.iterdir() if (p / "head.json").exists())
            disk.grow()
            # Room again. Where all answers had been kept the run goes on from them, and else one begins.
            resumed = bool(left) and share > 0.9
            again = [*command, "--resume", str(left[0])] if resumed else command
            where = ["--region", region] if resumed else []
            ran = keywitness(program, [a for a in again if a not in where], home)
            whole(f"{what}, and then room", program, ran, disk, home, resumed)
            holds(f"{what}, and then room: there is something", len(disk.final()) == 1, disk.final())
            disk.gone()
        holds("the disk was full at different steps", len(set(steps)) >= 3, steps)
        # The folder for nameless files is a disk of its own.
        disk = Disk(place, 64)
        out = home / "out"
        ran = keywitness(program, [str(out) if a == place else a for a in run], home, place)
        holds("a full temporary folder: exit code 2", ran.returncode == 2, ran.stderr[-400:])
        holds("a full temporary folder: it is named", place in ran.stderr and "panicked" not in ran.stderr, ran.stderr[-600:])
        holds("a full temporary folder: nothing has a final name", not [p for p in out.iterdir() if not p.name.startswith(".")], out)
        disk.gone()
    print(json.dumps({"passed": passed, "steps": sorted(set(steps))}))


if __name__ == "__main__":
    main()
