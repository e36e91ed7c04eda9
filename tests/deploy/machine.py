"""The state machine of step-functions.yaml, rendered as CloudFormation renders it, and its tasks' commands given to the program.

`machine.cjs` runs it: each of its JSONata expressions is evaluated, with tasks that answer and fail as its stories say.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "deploy/step-functions.yaml"
ACCOUNT = "111122223333"
VALUES = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::URLSuffix": "amazonaws.com",
    "ClusterArn": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/keywitness",
    "TaskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/task",
    "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/execution",
    "SigningKeyArn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000001",
    "EvidenceKeyArn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000002",
    "EvidenceBucketName": "acme-evidence",
    "ExternalIdSecretArn": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:x",
    "AlarmTopicArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:alarms",
    "Image": "example/keywitness:0.1.0",
    "Subnets": ["subnet-11111111", "subnet-22222222"],
    "SecurityGroup": "sg-11111111",
}


def template():
    """The template with its short functions spelled out, and every function resolved with VALUES."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    def spelled(loader, tag, node):
        if isinstance(node, yaml.ScalarNode):
            value = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        if tag == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}

    Loader.add_multi_constructor("!", spelled)
    read = yaml.load(TEMPLATE.read_text(), Loader)
    known = {**{n: p["Default"] for n, p in read["Parameters"].items() if "Default" in p}, **VALUES}

    def value_of(name):
        if name in known:
            return known[name]
        kind = read["Resources"][name]["Type"].split("::")[1].lower()
        return f"arn:aws:{kind}:eu-west-1:{ACCOUNT}:{name}"

    def resolved(node):
        if isinstance(node, list):
            return [resolved(inner) for inner in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, inner),) = node.items()
            if name == "Ref":
                return value_of(inner)
            if name == "Fn::GetAtt":
                return f"{value_of(inner[0])}/{inner[1]}"
            if name == "Fn::Join":
                return inner[0].join(resolved(inner[1]))
            if name == "Fn::Sub":
                own, words = (resolved(inner[1]), inner[0]) if isinstance(inner, list) else ({}, inner)
                return re.sub(r"\$\{([A-Za-z:]+)\}", lambda m: own.get(m[1]) or value_of(m[1]), words)
            if name.startswith("Fn::"):
                raise ValueError(f"{name} is not known here")
        return {name: resolved(inner) for name, inner in node.items()}

    return resolved({"Resources": read["Resources"]})["Resources"]


def rendered(resources):
    """The definition of the one state machine, whichever property holds it, with its substitutions."""
    (machine,) = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::StepFunctions::StateMachine"]
    definition = machine.get("DefinitionString") or json.dumps(machine["Definition"])
    put = machine.get("DefinitionSubstitutions", {})
    definition = re.sub(r"\$\{([A-Za-z]+)\}", lambda m: str(put[m[1]]), definition)
    return json.loads(definition)


def judge(node_home, program):
    """The failures; what cannot be tried here is one of them only where it must be here."""
    resources = template()
    definition = rendered(resources)
    ((task, properties),) = [(n, r["Properties"]) for n, r in resources.items() if r["Type"] == "AWS::ECS::TaskDefinition"]
    (container,) = properties["ContainerDefinitions"]
    given = {
        "account": ACCOUNT,
        "bucket": VALUES["EvidenceBucketName"],
        "cluster": VALUES["ClusterArn"],
        "subnets": VALUES["Subnets"],
        "key": VALUES["SigningKeyArn"],
        "container": container["Name"],
        "task": task,
    }
    if not shutil.which("node") or not (node_home / "node_modules/jsonata").exists():
        print("state machine: NOT TRIED HERE: node or its package jsonata is missing, no expression was evaluated")
        return []
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "machine.json")
        file.write_text(json.dumps({"definition": definition, "given": given}))
        env = {**os.environ, "NODE_PATH": str(node_home / "node_modules")}
        ran = subprocess.run(["node", ROOT / "tests/deploy/machine.cjs", file], capture_output=True, text=True, env=env)
    if ran.returncode:
        return [f"state machine: {ran.stderr.strip()[:2000]}"]
    told = json.loads(ran.stdout)
    environment = {pair["Name"]: pair["Value"] for pair in container["Environment"]}
    failures = [f for command in told["commands"] for f in understood(program, command, environment)]
    if not understood(program, [*told["commands"][0], "--no-such-option"], environment):
        failures.append("the judge does not see a command that is not understood")
    print(
        f"state machine: {told['expressions']} expressions of JSONata, each evaluated along {told['stories']} stories; "
        f"{len(told['commands'])} forms of commands, understood by the program"
    )
    return failures


def understood(program, command, environment):
    """Started as the task would be, with nobody to talk to: it must come as far as asking AWS, and no further."""
    nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1", "AWS_REGION": "eu-west-1"}
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
    with tempfile.TemporaryDirectory() as folder:
        env = {"PATH": os.environ["PATH"], "HOME": folder, **environment, **nobody, **credentials}
        ran = subprocess.run([program, *command], capture_output=True, text=True, env=env, cwd=folder, timeout=120)
    if ran.returncode == 2 and "dispatch failure" in ran.stderr and "Usage:" not in ran.stderr:
        return []
    return [f"{' '.join(command)}: exit {ran.returncode}, {ran.stderr.strip()[:400]}"]
