#!/usr/bin/env python3
"""Judges what is in deploy/: cfn-lint and checkov over the templates, the state machine by its own expressions, then
the templates on an emulator.

    python check.py VENV EMULATOR_VENV NODE_HOME PROGRAM

VENV has cfn-lint and checkov, EMULATOR_VENV ministack and boto3, NODE_HOME the engine of JSONata. An emulator creates some
resources and ignores others; what it did not check is listed, because "the stack was created" would say more than was seen.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import machine

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
TEMPLATES = ["keywitness.yaml", "member-role.yaml", "step-functions.yaml"]


def main():
    venv, emulator, node_home, program = (pathlib.Path(p).resolve() for p in sys.argv[1:5])
    failed = []
    failed += lint(venv)
    failed += scan(venv)
    failed += definition()
    failed += machine.judge(node_home, program)
    failed += units()
    failed += create(emulator)
    print(f"deploy: {len(failed)} failures")
    for failure in failed:
        print(f"  {failure}")
    return 1 if failed else 0


def lint(venv):
    found = subprocess.run([venv / "bin/cfn-lint", *(DEPLOY / t for t in TEMPLATES)], capture_output=True, text=True)
    print(f"cfn-lint: {'clean' if found.returncode == 0 else found.stdout + found.stderr}")
    return [] if found.returncode == 0 else ["cfn-lint finds something"]


def scan(venv):
    """Every failed check is a failure; exceptions stand with their reason in the template, beside the resource."""
    how = ["--framework", "cloudformation", "dockerfile", "github_actions", "-o", "json", "--compact", "--quiet"]
    env = {**os.environ, "BC_SKIP_MAPPING": "TRUE", "CHECKOV_RUN_SECRETS_SCANNING": "false"}
    found = subprocess.run([venv / "bin/checkov", "-d", DEPLOY, *how], capture_output=True, text=True, env=env)
    try:
        reports = json.loads(found.stdout)
    except ValueError:
        return [f"checkov gave no report: {found.stdout[:300]} {found.stderr[:300]}"]
    reports = reports if isinstance(reports, list) else [reports]
    failures, passed, skipped = [], 0, 0
    for report in reports:
        results = report.get("results", {})
        passed += report.get("summary", {}).get("passed", 0)
        skipped += report.get("summary", {}).get("skipped", 0)
        for check in results.get("failed_checks", []):
            failures.append(f"checkov {check['check_id']} {check['resource']}: {check['check_name']}")
    print(f"checkov: {passed} passed, {len(failures)} failed, {skipped} exceptions with a reason in the template")
    if passed < 50:
        failures.append("checkov looked at next to nothing")
    return failures


def definition():
    """The state machine is in a file of its own and in its template: one text."""
    template = (DEPLOY / "step-functions.yaml").read_text()
    block = re.search(r"DefinitionString: \|\n((?: {8}.*\n|\n)+)", template).group(1)
    inner = "".join(line[8:] if line.startswith(" " * 8) else line for line in block.splitlines(keepends=True)).rstrip() + "\n"
    own = (DEPLOY / "distributed-map.asl.json").read_text()
    if inner != own:
        return ["step-functions.yaml and distributed-map.asl.json differ"]
    read = json.loads(own)
    states = read["States"]
    reached = {read["StartAt"]} | {s["Next"] for s in states.values() if "Next" in s}
    for state in states.values():
        reached |= {choice["Next"] for choice in state.get("Choices", [])} | ({state["Default"]} if "Default" in state else set())
    if reached != set(states) or states["Accounts"]["ItemProcessor"]["ProcessorConfig"]["Mode"] != "DISTRIBUTED":
        return ["distributed-map.asl.json is not what it says"]
    used = set(re.findall(r"\$\{([A-Za-z]+)\}", own))
    given = re.search(r"DefinitionSubstitutions:\n((?: {8}\S.*\n)+)", template).group(1)
    if used != set(re.findall(r"^ {8}([A-Za-z]+):", given, re.M)):
        return ["the state machine uses other values than the template gives it"]
    # Exit 3 is a run with gaps: whatever counts exit codes must not see it, or the shard is run again for nothing.
    tasks = [states["Accounts"]["ItemProcessor"]["States"]["Collect"], states["Report"]]
    for task in tasks:
        command = task["Arguments"]["Overrides"]["ContainerOverrides"][0]["Command"]
        if "--accept-gaps" not in command:
            return [f"{command[0]} fails its task where something is unknown"]
    print("state machine: one text, every state is reached, gaps fail no task")
    return []


def units():
    """systemd's own judge, where it is here."""
    try:
        found = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *sorted((DEPLOY / "systemd").iterdir())],
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        print("systemd-analyze: not here, skipped")
        return []
    # The program is not installed on this machine, which is all that may be said.
    said = [line for line in found.stderr.splitlines() if "keywitness" in line and "is not executable" not in line]
    print(f"systemd-analyze verify: {'clean' if not said else said}")
    return said


def create(venv):
    """The templates on ministack, as far as it goes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen([venv / "bin/ministack"], env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            return on_emulator(venv, port)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def on_emulator(venv, port):
    found = subprocess.run([venv / "bin/python", __file__, "--on", str(port)], text=True, capture_output=True)
    print(found.stdout, end="")
    return [] if found.returncode == 0 else [f"the emulator: {found.stderr.strip()[-400:] or found.stdout[-200:]}"]


def inside(port):
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    def client(name):
        return boto3.client(
            name,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    formation = client("cloudformation")
    for _ in range(120):
        try:
            formation.list_stacks()
            break
        except (BotoCoreError, ClientError):
            time.sleep(0.25)
    values = {
        "member-role.yaml": {
            "ReaderRoleArn": "arn:aws:iam::111122223333:role/keywitness-TaskRole",
            "ExternalId": "example-external-id",
        },
        "keywitness.yaml": {
            "Image": "example/keywitness:0.1.0",
            "Subnets": "subnet-11111111,subnet-22222222",
            "SecurityGroup": "sg-11111111",
            "ExternalId": "example-external-id",
        },
    }
    failures = []
    for name, parameters in values.items():
        body = (DEPLOY / name).read_text()
        stack = name.split(".")[0].replace("-", "")
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
        wanted = set(re.findall(r"^  ([A-Za-z]+):\n    Type: AWS::", body.split("\nResources:")[1], re.M))
        kinds = dict(re.findall(r"^  ([A-Za-z]+):\n    Type: (AWS::[A-Za-z0-9:]+)", body.split("\nResources:")[1], re.M))
        if "Subscription" in wanted:
            wanted.discard("Subscription")  # its condition is not met: no address was given
        try:
            formation.create_stack(
                StackName=stack, TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_NAMED_IAM"]
            )
        except ClientError as error:
            failures.append(f"{name}: {error}")
            continue
        state = ""
        for _ in range(120):
            state = formation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
            if not state.endswith("IN_PROGRESS"):
                break
            time.sleep(0.25)
        made = {r["LogicalResourceId"]: r for r in formation.list_stack_resources(StackName=stack)["StackResourceSummaries"]}
        done = {n for n, r in made.items() if r["ResourceStatus"] == "CREATE_COMPLETE"}
        print(f"ministack: {name} {state}, {len(done)} of {len(wanted)} resources")
        for lost in sorted(wanted - done):
            print(f"  not checked on the emulator: {lost} ({kinds.get(lost)})")
        if not done & wanted:
            failures.append(f"{name}: nothing was created ({state})")
        if name == "keywitness.yaml":
            failures += buckets(client, made)
    failures += state_machine(client("stepfunctions"))
    # What no emulator here has: say so instead of nothing.
    print("  not checked on the emulator: whether Fargate runs the image, whether alarms and rules fire, and whether the")
    print("  policies are enough: it enforces none of them")
    for failure in failures:
        print(f"FAILED {failure}", file=sys.stderr)
    return 1 if failures else 0


def state_machine(client):
    """Another engine of JSONata reads each expression when a state machine is created."""
    from botocore.exceptions import ClientError

    definition = machine.rendered(machine.template())
    make = lambda name, text: client.create_state_machine(
        name=name, definition=text, roleArn=f"arn:aws:iam::{machine.ACCOUNT}:role/machine"
    )
    try:
        make("keywitness", json.dumps(definition))
    except ClientError as error:
        return [f"the state machine is refused: {error}"]
    try:
        make("broken", json.dumps(definition).replace("$count(", "$count((", 1))
        return ["the emulator takes a state machine with half an expression: it checks nothing"]
    except ClientError:
        print("ministack: the state machine is created, and one with a wrong expression is refused")
    print("  not checked on the emulator: its run (the Distributed Map there evaluates neither Items nor ItemSelector, and")
    print("  PutObject is no task there): the engine above runs it, with answers of its own")
    return []


def buckets(client, made):
    """The properties that the evidence depends on, as the emulator tells them back."""
    name = made.get("EvidenceBucket", {}).get("PhysicalResourceId")
    if not name:
        return ["the evidence bucket was not created"]
    s3 = client("s3")
    from botocore.exceptions import ClientError

    def ask(what, call, want):
        try:
            got = call()
        except ClientError as error:
            print(f"  not checked on the emulator: {what} ({error.response['Error']['Code']})")
            return
        # Where an emulator ignores a property of a template, nothing was checked; the linters know the property.
        print(f"  as wanted: {what}" if want(got) else f"  not checked on the emulator: {what} (it is ignored there)")

    ask("versioning", lambda: s3.get_bucket_versioning(Bucket=name), lambda got: got.get("Status") == "Enabled")
    ask(
        "Object Lock by default",
        lambda: s3.get_object_lock_configuration(Bucket=name),
        lambda got: got["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {}).get("Mode") == "GOVERNANCE",
    )
    ask(
        "encryption with a key of its own",
        lambda: s3.get_bucket_encryption(Bucket=name),
        lambda got: "aws:kms" in json.dumps(got["ServerSideEncryptionConfiguration"]),
    )
    key = made.get("SigningKey", {}).get("PhysicalResourceId")
    ask(
        "a signing key of the curve that packs need",
        lambda: client("kms").describe_key(KeyId=key),
        lambda got: got["KeyMetadata"].get("KeySpec") == "ECC_NIST_P256",
    )
    return []


if __name__ == "__main__":
    sys.exit(inside(int(sys.argv[2])) if sys.argv[1:2] == ["--on"] else main())
