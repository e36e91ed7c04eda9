//! `keywitness timestamp`: adds the time stamp to a pack that was sealed without one.

use super::{out, out_json, sealing};
use crate::error::{Error, ExitCode};
use crate::model::time::seconds;
use crate::{cli, config};
use serde_json::json;

pub(super) fn run(typed: &cli::Timestamp) -> Result<ExitCode, Error> {
    let stamp = config::stamp(&typed.stamp, typed.config.as_deref())?;
    let time = seconds(sealing::add_stamp(&typed.pack, &stamp)?);
    if typed.json {
        out_json(&json!({ "pack": typed.pack, "timestamp": time }))?;
    } else {
        out(&format!("time stamp  {time}\n"))?;
    }
    Ok(ExitCode::Done)
}
