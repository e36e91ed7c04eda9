//! Any bytes as `pack.json`, as the JSON of an answer and as a CloudTrail record: read in one form only, or refused.

use keywitness::model::json;
use keywitness::pack::PackJson;

/// One input.
pub fn run(bytes: &[u8]) {
    if let Ok(pack) = PackJson::parse(bytes) {
        assert_eq!(pack.render().expect("what was read can be written"), bytes);
    }
    if let Ok(value) = json::strict(bytes) {
        let again = serde_json::to_vec(&value).expect("what was read can be written");
        assert_eq!(json::strict(&again).expect("and read"), value);
    }
}
