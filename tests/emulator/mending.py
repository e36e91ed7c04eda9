"""What the runs of remedies share: how the program is asked, how a remedy is run, and what subjects are made of."""

import json
import os
import pathlib
import subprocess
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

import end_to_end

REGION = "eu-west-1"
ACCOUNT = "000000000000"


def allow(principal, *actions, **more):
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": "*", **more}


def imported(kms, key, end=None):
    """Imports material into a key; gives it. Until `end`, where one is given."""
    asked = kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
    )
    material, oaep = os.urandom(32), padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    wrapped = serialization.load_der_public_key(asked["PublicKey"]).encrypt(material, oaep)
    ends = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    if end:
        ends = {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": end}
    kms.import_key_material(
        KeyId=key, ImportToken=asked["ImportToken"], EncryptedKeyMaterial=wrapped, **ends
    )
    return material


def findings(program, port, folder, region=REGION, more=()):
    """Every finding, by check and subject, from a run of the program."""
    arguments = ["run", "--endpoint-url", f"http://127.0.0.1:{port}", "--no-rate-limit", "--json", "--region", region]
    arguments += ["--config", str(folder / "keywitness.toml"), "--output", str(folder / "packs"), *more]
    ran = end_to_end.keywitness(program, arguments, folder)
    if ran.returncode not in (0, 3):
        raise SystemExit(ran.stdout + ran.stderr)
    found = json.loads((folder / json.loads(ran.stdout)["pack"] / "data/findings.json").read_text())["findings"]
    return {(f["check"], f["subject"]["id"]): f for f in found}


def statuses(*asked, **more):
    """The status and the reason of every finding."""
    return {key: (f["status"], f["reason"]) for key, f in findings(*asked, **more).items()}


def remedy(page, port, variables, folder):
    """Runs the remedy as it stands; what it writes lies in a folder of its own."""
    work = folder / "work" / page["id"]
    work.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        **variables,
    }
    return subprocess.run(
        ["bash", "-euc", page["remedy"]["cli"]],
        env=environment, cwd=work, capture_output=True, text=True, timeout=300,
    )
