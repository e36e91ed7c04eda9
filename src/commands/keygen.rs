//! `keywitness keygen`: a key pair for `--sign file:`.

use super::{out, out_json, say};
use crate::cli;
use crate::error::{Error, ExitCode};
use crate::pack::seal::key::PublicKey;
use crate::seal::file;
use serde_json::json;

pub(super) fn run(typed: &cli::Keygen) -> Result<ExitCode, Error> {
    let public_pem = |point: &[u8]| PublicKey::from_point(point).map(|key| key.pem()).map_err(|e| e.to_string());
    let key = file::generate(&typed.output, public_pem)?;
    let key = PublicKey::from_point(key.point()).map_err(|e| Error::new(e.to_string()))?;
    let public = file::public_path(&typed.output);
    if typed.json {
        out_json(&json!({ "private_key": typed.output, "public_key": public, "fingerprint": key.fingerprint() }))?;
        return Ok(ExitCode::Done);
    }
    out(&format!(
        "private key  {}\npublic key   {}\nfingerprint  {}\n",
        typed.output.display(),
        public.display(),
        key.fingerprint()
    ))?;
    say(&format!("next: keywitness run --sign file:{}", typed.output.display()));
    say("give the public key to whoever verifies, by another way than the packs; keep the private one to yourself");
    Ok(ExitCode::Done)
}
