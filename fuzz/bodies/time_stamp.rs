//! Any bytes as the reply of a time stamp authority, as certificates and as a signature. A reply that is accepted is
//! accepted again in its stored form.

use keywitness::pack::seal::key::{PublicKey, normalized};
use keywitness::pack::seal::{certificates_from_pem, tsp};

/// One input.
pub fn run(bytes: &[u8]) {
    let query = tsp::query(b"", &[0x41; 8], None);
    if let Ok((stored, stamp)) = tsp::accept(bytes, b"", &query) {
        assert!(tsp::read(&stored, b"", &query).is_ok());
        let _ = stamp.judge(&[bytes.to_vec()]);
    }
    if let Ok(one) = normalized(bytes) {
        assert_eq!(normalized(&one).as_ref(), Ok(&one));
    }
    let _ = certificates_from_pem(bytes);
    let _ = PublicKey::all_from_pem(bytes);
    let _ = tsp::certificate(bytes);
}
