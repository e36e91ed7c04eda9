//! The recipes of `tampered.rs`, for what stands in `seal/`: each is judged by somebody who has the signer's key, by
//! somebody who has the pack root, by somebody who has the authority's root as well, and by somebody who has nothing.

use super::digest::sha256;
use super::seal::key::tests::{other_form, pair, sign};
use super::seal::key::{PublicKey, normalized};
use super::seal::testing::{Holder, Says, Token, nonce_of};
use super::seal::{self, Signature, Signing, Stamping, tsp};
use super::tampered::Victim;
use super::verify::{Anchors, Limits, verify};
use super::{Code, MANIFEST, Outcome, PACK_JSON, ROOT_FILE, Report, Sealer};
use crate::pack::about::{PackJson, SignerKind, SignerRef};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::signature::EcdsaKeyPair;
use std::fs;
use std::os::unix::fs::symlink;

const REPORT: &str = "data/report.html";

/// Somebody with a key.
struct Person {
    pair: EcdsaKeyPair,
    key: PublicKey,
}

impl Person {
    fn new() -> Self {
        let (pair, key) = pair();
        Self { pair, key }
    }

    fn signer(&self) -> SignerRef {
        SignerRef { kind: SignerKind::File, key: None, public_key_sha256: self.key.fingerprint() }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        normalized(&sign(&self.pair, message)).unwrap()
    }

    fn signing<T>(&self, job: impl FnOnce(Signing<'_>) -> T) -> T {
        let sign = |message: &[u8]| Ok(Signature { der: self.sign(message), request_id: Some("7-7".to_owned()) });
        job(Signing { signer: self.signer(), key: self.key.clone(), sign: &sign })
    }
}

/// A time stamp authority with its root.
struct Authority {
    root: Holder,
    holder: Holder,
}

impl Authority {
    fn new() -> Self {
        let root = Holder::root();
        let holder = root.issue("tsa", &Says::stamper());
        Self { root, holder }
    }

    fn reply(&self, data: &[u8], query: &[u8], time: &'static str) -> Vec<u8> {
        Token { nonce: nonce_of(query), time, ..Token::new(data, &self.holder, &[&self.root]) }.reply(&self.holder)
    }
}

/// A pack that is signed and stamped.
struct Sealed {
    pack: Victim,
    owner: Person,
    authority: Authority,
}

const TIME: &str = "20261001100000Z";

impl Sealed {
    fn new() -> Self {
        Self::made(true, true)
    }

    fn made(signed: bool, answered: bool) -> Self {
        let (owner, authority) = (Person::new(), Authority::new());
        let pack = owner.signing(|signing| {
            // The stamped bytes are known from the query alone: the imprint stands at a fixed place.
            let ask = |query: &[u8]| {
                let token = Token::new(b"", &authority.holder, &[&authority.root]);
                let token = Token { imprint: query[24..56].to_vec(), nonce: nonce_of(query), ..token };
                if answered { Ok(token.reply(&authority.holder)) } else { Err("nobody there".to_owned()) }
            };
            let signing = signed.then_some(signing);
            Victim::sealed_with(&Sealer { signing, stamping: Some(Stamping { policy: None, roots: &[], ask: &ask }) })
        });
        Self { pack, owner, authority }
    }

    fn judge(&self, anchors: &Anchors) -> Report {
        verify(&self.pack.path, anchors, &Limits::default(), |_, _| false).unwrap()
    }

    fn by_key(&self) -> Anchors {
        Anchors { keys: vec![self.owner.key.clone()], ..Anchors::default() }
    }

    fn by_root(&self) -> Anchors {
        Anchors { expect_root: Some(self.pack.root.clone()), ..Anchors::default() }
    }

    fn by_authority(&self) -> Anchors {
        Anchors { tsa_roots: vec![self.authority.root.certificate.clone()], ..Anchors::default() }
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.pack.at(path)).unwrap()
    }

    fn change(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = self.bytes(path);
        change(&mut bytes);
        self.pack.put(path, bytes);
    }

    fn no_stamp(&self) {
        for path in [seal::REPLY, seal::QUERY, seal::CHAIN] {
            self.pack.remove(path);
        }
    }

    /// A whole new time stamp by some authority.
    fn restamp(&self, authority: &Authority, data: &[u8], time: &'static str) {
        let query = tsp::query(data, &tsp::nonce().unwrap(), None);
        let (reply, stamp) = tsp::accept(&authority.reply(data, &query, time), data, &query).unwrap();
        self.pack.put(seal::QUERY, query);
        self.pack.put(seal::REPLY, reply);
        self.pack.put(seal::CHAIN, stamp.chain_pem());
    }

    /// Signs whatever is there now, as somebody else would who wants it to look right.
    fn resign(&self, by: &Person) {
        let root_file = self.bytes(ROOT_FILE);
        let pack = PackJson::parse(&self.bytes(PACK_JSON)).unwrap();
        by.signing(|signing| {
            let signature = seal::sign_root(&root_file, &signing).unwrap();
            self.pack.put(seal::SIGNATURE, &signature.der);
            for (path, bytes) in seal::signature_files(&pack, &sha256(&root_file), &signature, None, &signing).unwrap()
            {
                self.pack.put(path, bytes);
            }
        });
    }

    /// The envelope with another payload or signature, in the written form.
    fn envelope(&self, change: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>)) {
        let text = self.pack.text(seal::STATEMENT);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let (old, sig) = (value["payload"].as_str().unwrap(), value["signatures"][0]["sig"].as_str().unwrap());
        let (mut payload, mut signature) = (STANDARD.decode(old).unwrap(), STANDARD.decode(sig).unwrap());
        change(&mut payload, &mut signature);
        let text = text.replace(old, &STANDARD.encode(payload)).replace(sig, &STANDARD.encode(signature));
        self.pack.put(seal::STATEMENT, text);
    }
}

type Recipe = (&'static str, &'static [Code], fn(&Sealed));

/// With the key, exactly these codes. With the pack root, with the authority's root besides, or with both: a failure.
/// With nothing, or with the authority's root alone: never verified.
fn try_all(recipes: &[Recipe]) {
    let mut wrong = Vec::new();
    for (name, expected, recipe) in recipes {
        let sealed = Sealed::new();
        recipe(&sealed);
        let report = sealed.judge(&sealed.by_key());
        let mut codes: Vec<Code> = report.failures.iter().map(|f| f.code).collect();
        codes.dedup();
        if codes != *expected || report.outcome() != Outcome::Failed {
            wrong.push(format!("{name}: {:?}\n    {}", report.outcome(), report.lines().join("\n    ")));
        }
        let tsa_roots = sealed.by_authority().tsa_roots;
        for anchors in [
            sealed.by_root(),
            Anchors { tsa_roots: tsa_roots.clone(), ..sealed.by_key() },
            Anchors { tsa_roots, keys: sealed.by_key().keys, ..sealed.by_root() },
        ] {
            let report = sealed.judge(&anchors);
            if report.outcome() != Outcome::Failed {
                wrong.push(format!("{name}, {anchors:?}: {:?}", report.outcome()));
            }
        }
        for anchors in [Anchors::default(), sealed.by_authority()] {
            if sealed.judge(&anchors).outcome() == Outcome::Verified {
                wrong.push(format!("{name}: verified by nothing"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_untouched_pack_is_verified_by_key_and_by_root_and_not_by_a_time_stamp() {
    let sealed = Sealed::new();
    let tsa_roots = sealed.by_authority().tsa_roots;
    for (anchors, outcome) in [
        (sealed.by_key(), Outcome::Verified),
        (sealed.by_root(), Outcome::Verified),
        (Anchors { tsa_roots: tsa_roots.clone(), ..sealed.by_key() }, Outcome::Verified),
        (Anchors { tsa_roots, ..sealed.by_root() }, Outcome::Verified),
        (sealed.by_authority(), Outcome::Consistent),
        (Anchors::default(), Outcome::Consistent),
    ] {
        let report = sealed.judge(&anchors);
        assert_eq!((report.outcome(), report.lines()), (outcome, vec![]), "{anchors:?}");
        assert_eq!(report.stamp.unwrap().time, "2026-10-01T10:00:00Z");
    }
}

#[test]
fn signatures() {
    let recipes: &[Recipe] = &[
        ("signature-removed", &[Code::SigMissing], |s| s.pack.remove(seal::SIGNATURE)),
        ("signature-emptied", &[Code::Sig], |s| s.pack.put(seal::SIGNATURE, "")),
        ("signature-truncated", &[Code::Sig], |s| s.change(seal::SIGNATURE, |b| b.truncate(40))),
        ("signature-with-a-flipped-bit", &[Code::Sig], |s| s.change(seal::SIGNATURE, |b| b[20] ^= 1)),
        ("signature-with-a-byte-behind-it", &[Code::Sig], |s| s.change(seal::SIGNATURE, |b| b.push(0))),
        ("signature-in-base64", &[Code::Sig], |s| {
            s.change(seal::SIGNATURE, |b| *b = STANDARD.encode(&*b).into_bytes());
        }),
        ("signature-turned-into-its-twin", &[Code::Sig], |s| s.change(seal::SIGNATURE, |b| *b = other_form(b))),
        ("signature-of-other-data", &[Code::Sig], |s| s.pack.put(seal::SIGNATURE, s.owner.sign(b"other"))),
        ("signature-of-the-manifest", &[Code::Sig], |s| {
            s.pack.put(seal::SIGNATURE, s.owner.sign(&s.bytes(MANIFEST)));
        }),
        ("signature-of-the-hash-of-the-hash", &[Code::Sig], |s| {
            s.pack.put(seal::SIGNATURE, s.owner.sign(s.pack.root.as_bytes()));
        }),
        ("signature-made-once-more", &[Code::Sig], |s| s.pack.put(seal::SIGNATURE, s.owner.sign(&s.bytes(ROOT_FILE)))),
        ("signature-by-another-key", &[Code::Sig], |s| {
            s.pack.put(seal::SIGNATURE, Person::new().sign(&s.bytes(ROOT_FILE)));
        }),
        ("signature-is-a-link", &[Code::FileType], |s| {
            let aside = s.pack.place.path().join("aside");
            fs::rename(s.pack.at(seal::SIGNATURE), &aside).unwrap();
            symlink(&aside, s.pack.at(seal::SIGNATURE)).unwrap();
        }),
        ("signature-has-a-second-name", &[Code::FileType], |s| {
            fs::hard_link(s.pack.at(seal::SIGNATURE), s.pack.place.path().join("aside")).unwrap();
        }),
        ("signature-of-seventy-megabytes", &[Code::Limit], |s| {
            let file = fs::OpenOptions::new().write(true).open(s.pack.at(seal::SIGNATURE)).unwrap();
            file.set_len(70 << 20).unwrap();
        }),
        ("signature-in-other-letter-case", &[Code::Extra, Code::SigMissing], |s| {
            fs::rename(s.pack.at(seal::SIGNATURE), s.pack.at("seal/root.SIG")).unwrap();
        }),
        ("signature-and-statement-exchanged", &[Code::Sig], |s| {
            let (one, two) = (s.bytes(seal::SIGNATURE), s.bytes(seal::STATEMENT));
            s.pack.put(seal::SIGNATURE, two);
            s.pack.put(seal::STATEMENT, one);
        }),
        ("leftover-beside-the-signature", &[Code::Path], |s| s.pack.put("seal/.root.sig.partial", "x")),
        ("second-signature", &[Code::Extra], |s| s.pack.put("seal/root2.sig", "x")),
        ("key-removed", &[Code::Missing], |s| s.pack.remove(seal::PUBLIC_KEY)),
        ("key-of-another", &[Code::Sig], |s| s.pack.put(seal::PUBLIC_KEY, Person::new().key.pem())),
        ("key-twice", &[Code::Sig], |s| s.change(seal::PUBLIC_KEY, |b| b.extend(b.clone()))),
        ("key-with-words-around-it", &[Code::Sig], |s| {
            s.pack.put(seal::PUBLIC_KEY, format!("Trust me\n{}", s.owner.key.pem()));
        }),
        ("key-with-other-line-ends", &[Code::Sig], |s| {
            s.pack.put(seal::PUBLIC_KEY, s.owner.key.pem().replace('\n', "\r\n"));
        }),
        ("key-emptied", &[Code::Sig], |s| s.pack.put(seal::PUBLIC_KEY, "")),
        ("signer-removed", &[Code::Missing], |s| s.pack.remove(seal::SIGNER)),
        ("signer-says-kms", &[Code::Sig], |s| s.pack.replace(seal::SIGNER, "\"file\"", "\"kms\"")),
        ("signer-with-another-request", &[Code::Sig], |s| s.pack.replace(seal::SIGNER, "7-7", "7-8")),
        ("signer-with-another-root", &[Code::Sig], |s| s.pack.replace(seal::SIGNER, &s.pack.root, &sha256(b"x"))),
        ("signer-in-another-form", &[Code::Sig], |s| s.pack.append(seal::SIGNER, "\n")),
        ("signer-with-a-key-twice", &[Code::Sig], |s| {
            s.pack.replace(seal::SIGNER, "\"kind\"", "\"kind\": \"kms\",\n  \"kind\"");
        }),
    ];
    try_all(recipes);
}

#[test]
fn statements() {
    let recipes: &[Recipe] = &[
        ("statement-removed", &[Code::Missing], |s| s.pack.remove(seal::STATEMENT)),
        ("statement-emptied", &[Code::Sig], |s| s.pack.put(seal::STATEMENT, "")),
        ("statement-that-is-no-object", &[Code::Sig], |s| s.pack.put(seal::STATEMENT, "[[[[1]]]]")),
        ("statement-too-deep", &[Code::Sig], |s| s.pack.put(seal::STATEMENT, "[".repeat(100_000))),
        ("statement-with-another-count", &[Code::Sig], |s| {
            s.envelope(|payload, _| {
                let text = String::from_utf8(payload.clone()).unwrap();
                *payload = text.replace("\"streams\":2", "\"streams\":9").into_bytes();
            });
        }),
        ("statement-signed-for-another-pack", &[Code::Sig], |s| {
            let other = Sealed::new();
            s.pack.put(seal::STATEMENT, other.bytes(seal::STATEMENT));
        }),
        ("statement-of-the-owner-about-another-root", &[Code::Sig], |s| {
            let pack = PackJson::parse(&s.bytes(PACK_JSON)).unwrap();
            let files = s.owner.signing(|signing| {
                let signature = Signature { der: s.bytes(seal::SIGNATURE), request_id: Some("7-7".to_owned()) };
                seal::signature_files(&pack, &sha256(b"another"), &signature, None, &signing).unwrap()
            });
            s.pack.put(files[2].0, &files[2].1);
        }),
        ("statement-with-its-twin-signature", &[Code::Sig], |s| s.envelope(|_, sig| *sig = other_form(sig))),
        ("statement-signed-without-its-type", &[Code::Sig], |s| {
            s.envelope(|payload, sig| *sig = s.owner.sign(payload));
        }),
        ("statement-with-blanks", &[Code::Sig], |s| s.pack.replace(seal::STATEMENT, "{\"payload\"", "{ \"payload\"")),
        ("statement-with-another-key-id", &[Code::Sig], |s| {
            s.pack.replace(seal::STATEMENT, &s.owner.key.fingerprint(), &sha256(b"x"));
        }),
        ("statement-of-another-type", &[Code::Sig], |s| s.pack.replace(seal::STATEMENT, "in-toto+json", "in-toto")),
        ("statement-with-two-signatures", &[Code::Sig], |s| {
            s.pack.replace(seal::STATEMENT, "}]", "},{\"keyid\":\"x\",\"sig\":\"AA==\"}]");
        }),
        ("statement-with-a-payload-twice", &[Code::Sig], |s| {
            s.pack.replace(seal::STATEMENT, "{\"payload\"", "{\"payload\":\"e30=\",\"payload\"");
        }),
        ("statement-with-one-field-more", &[Code::Sig], |s| {
            s.pack.replace(seal::STATEMENT, "{\"payload\"", "{\"note\":\"fine\",\"payload\"");
        }),
        ("statement-without-its-line-end", &[Code::Sig], |s| s.change(seal::STATEMENT, |b| b.truncate(b.len() - 1))),
    ];
    try_all(recipes);
}

#[test]
fn forgeries_of_the_whole() {
    let recipes: &[Recipe] = &[
        ("changed-report", &[Code::Hash], |s| s.pack.replace(REPORT, "Report", "Reqort")),
        ("changed-report-and-all-hashes", &[Code::Sig, Code::Ts], |s| {
            s.pack.replace(REPORT, "Report", "Reqort");
            s.pack.redo_all();
        }),
        ("changed-count-and-root", &[Code::Sig, Code::Ts], |s| {
            s.pack.replace(PACK_JSON, "\"streams\": 2", "\"streams\": 9");
            s.pack.redo_root();
        }),
        ("all-of-the-seal-by-another-key", &[Code::Sig], |s| s.resign(&Person::new())),
        ("everything-by-another-key", &[Code::SigUnknownKey], |s| {
            let forger = Person::new();
            s.pack.replace(REPORT, "Report", "All is well");
            s.pack.replace(PACK_JSON, &s.owner.key.fingerprint(), &forger.key.fingerprint());
            s.pack.redo_all();
            s.no_stamp();
            s.restamp(&Authority::new(), &s.bytes(ROOT_FILE), TIME);
            s.resign(&forger);
        }),
        ("seal-removed", &[Code::Missing, Code::SigMissing, Code::TsMissing], |s| {
            fs::remove_dir_all(s.pack.at("seal")).unwrap();
        }),
        ("seal-emptied", &[Code::Missing, Code::Extra, Code::SigMissing, Code::TsMissing], |s| {
            fs::remove_dir_all(s.pack.at("seal")).unwrap();
            fs::create_dir(s.pack.at("seal")).unwrap();
        }),
        ("seal-removed-and-the-promise-with-it", &[Code::SigMissing, Code::Render], |s| {
            fs::remove_dir_all(s.pack.at("seal")).unwrap();
            let mut pack = PackJson::parse(&s.bytes(PACK_JSON)).unwrap();
            pack.seal_policy = crate::pack::about::SealPolicy::hashes_only();
            s.pack.put(PACK_JSON, pack.render().unwrap());
            s.pack.redo_root();
        }),
        ("promise-taken-back-and-the-seal-left", &[Code::Extra, Code::SigMissing, Code::Render], |s| {
            s.no_stamp();
            let mut pack = PackJson::parse(&s.bytes(PACK_JSON)).unwrap();
            pack.seal_policy = crate::pack::about::SealPolicy::hashes_only();
            s.pack.put(PACK_JSON, pack.render().unwrap());
            s.pack.redo_root();
        }),
        ("seal-of-another-pack", &[Code::Sig, Code::Ts], |s| {
            let other = Sealed::new();
            for path in super::SEAL_FILES {
                s.pack.put(path, other.bytes(path));
            }
        }),
        ("seal-is-a-link", &[Code::FileType, Code::Missing, Code::SigMissing, Code::TsMissing], |s| {
            let aside = s.pack.place.path().join("aside");
            fs::rename(s.pack.at("seal"), &aside).unwrap();
            symlink(&aside, s.pack.at("seal")).unwrap();
        }),
        ("root-file-of-another-pack", &[Code::Hash, Code::Sig, Code::Ts], |s| {
            s.pack.put(ROOT_FILE, Sealed::new().bytes(ROOT_FILE));
        }),
    ];
    try_all(recipes);
}

#[test]
fn time_stamps() {
    let recipes: &[Recipe] = &[
        ("token-removed", &[Code::Extra, Code::TsMissing], |s| s.pack.remove(seal::REPLY)),
        ("time-stamp-removed", &[Code::TsMissing], Sealed::no_stamp),
        ("token-emptied", &[Code::Ts], |s| s.pack.put(seal::REPLY, "")),
        ("token-truncated", &[Code::Ts], |s| s.change(seal::REPLY, |b| b.truncate(200))),
        ("token-with-a-flipped-bit", &[Code::Ts], |s| s.change(seal::REPLY, |b| b[300] ^= 4)),
        ("token-with-a-byte-behind-it", &[Code::Ts], |s| s.change(seal::REPLY, |b| b.push(0))),
        ("bare-token", &[Code::Ts], |s| s.change(seal::REPLY, |b| drop(b.drain(..9)))),
        ("token-with-a-remark", &[Code::Ts], |s| {
            s.change(seal::REPLY, |b| {
                let (token, remark) = (b[9..].to_vec(), [0x30, 4, 0x0c, 2, b'o', b'k']);
                *b = seal_write(&[&seal_write(&[&[2, 1, 0], &remark]), &token]);
            });
        }),
        ("token-of-the-same-authority-an-hour-later", &[Code::Ts], |s| {
            s.restamp(&s.authority, &s.bytes(ROOT_FILE), "20261001110000Z");
        }),
        ("token-of-another-authority", &[Code::Ts], |s| s.restamp(&Authority::new(), &s.bytes(ROOT_FILE), TIME)),
        ("token-of-other-data", &[Code::Ts], |s| s.restamp(&s.authority, b"other", TIME)),
        ("token-from-before-the-evidence", &[Code::Ts, Code::TsOrder], |s| {
            s.restamp(&s.authority, &s.bytes(ROOT_FILE), "20250101000000Z");
        }),
        ("request-removed", &[Code::Missing], |s| s.pack.remove(seal::QUERY)),
        ("request-with-another-nonce", &[Code::Ts], |s| s.change(seal::QUERY, |b| b[60] ^= 1)),
        ("request-without-the-wish-for-certificates", &[Code::Ts], |s| {
            s.change(seal::QUERY, |b| {
                b.truncate(b.len() - 3);
                b[1] -= 3;
            });
        }),
        ("certificates-removed", &[Code::Missing], |s| s.pack.remove(seal::CHAIN)),
        ("certificates-emptied", &[Code::Ts], |s| s.pack.put(seal::CHAIN, "")),
        ("certificates-of-another", &[Code::Ts], |s| {
            s.pack.put(seal::CHAIN, seal::key::pem("CERTIFICATE", &Authority::new().root.certificate));
        }),
        ("certificates-with-one-more", &[Code::Ts], |s| {
            s.pack.append(seal::CHAIN, &seal::key::pem("CERTIFICATE", &Authority::new().root.certificate));
        }),
    ];
    try_all(recipes);
}

fn seal_write(parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head: &[u8] = if content.len() < 128 { &[0x30, length[1]] } else { &[0x30, 0x82, length[0], length[1]] };
    [head, &content].concat()
}

#[test]
fn a_signed_pack_that_is_missing_its_time_stamp_gets_one_that_only_its_authority_vouches_for() {
    let sealed = Sealed::made(true, false);
    let codes = |report: &Report| report.failures.iter().map(|f| f.code).collect::<Vec<_>>();
    assert_eq!(codes(&sealed.judge(&sealed.by_key())), [Code::TsMissing]);
    let tsa_roots = sealed.by_authority().tsa_roots;
    let asked = |query: &[u8]| Ok(sealed.authority.reply(&sealed.bytes(ROOT_FILE), query, TIME));
    let stamping = Stamping { policy: None, roots: &tsa_roots, ask: &asked };
    // What a call that was killed has left behind is replaced.
    sealed.pack.put(seal::QUERY, "half");
    sealed.pack.put("seal/.root.tsr.partial", "half");
    assert!(super::add_stamp(&sealed.pack.path, &stamping).is_err(), "a hidden file is no part of a pack");
    sealed.pack.remove("seal/.root.tsr.partial");
    super::add_stamp(&sealed.pack.path, &stamping).unwrap();
    assert_eq!(sealed.judge(&sealed.by_key()).outcome(), Outcome::Consistent);
    assert_eq!(sealed.judge(&sealed.by_root()).outcome(), Outcome::Consistent);
    let both = Anchors { tsa_roots: tsa_roots.clone(), ..sealed.by_key() };
    assert_eq!(sealed.judge(&both).outcome(), Outcome::Verified);
    assert!(super::add_stamp(&sealed.pack.path, &stamping).unwrap_err().to_string().contains("it has one"));
    // Somebody else's token instead.
    sealed.restamp(&Authority::new(), &sealed.bytes(ROOT_FILE), TIME);
    assert_eq!(codes(&sealed.judge(&both)), [Code::TsUntrusted]);
    assert_eq!(sealed.judge(&sealed.by_key()).outcome(), Outcome::Consistent);
}

#[test]
fn a_pack_that_is_only_stamped_says_when_and_not_who() {
    let sealed = Sealed::made(false, true);
    assert_eq!(sealed.judge(&sealed.by_authority()).outcome(), Outcome::Consistent);
    assert_eq!(sealed.judge(&sealed.by_root()).outcome(), Outcome::Consistent, "nothing vouches for the token");
    let both = Anchors { tsa_roots: sealed.by_authority().tsa_roots, ..sealed.by_root() };
    assert_eq!(sealed.judge(&both).outcome(), Outcome::Verified);
    let codes: Vec<Code> = sealed.judge(&sealed.by_key()).failures.iter().map(|f| f.code).collect();
    assert_eq!(codes, [Code::SigMissing]);
}

#[test]
fn a_broken_pack_gets_no_time_stamp() {
    let sealed = Sealed::made(true, false);
    sealed.pack.replace(REPORT, "Report", "Reqort");
    let asked = |_: &[u8]| panic!("the authority was asked");
    let error = super::add_stamp(&sealed.pack.path, &Stamping { policy: None, roots: &[], ask: &asked }).unwrap_err();
    assert!(error.to_string().contains("E-HASH"), "{error}");
    assert!(!sealed.pack.at(seal::QUERY).exists());
}

#[test]
fn no_bit_of_the_seal_changes_unnoticed() {
    let sealed = Sealed::new();
    for path in super::SEAL_FILES {
        let whole = sealed.bytes(path);
        for place in (0..whole.len()).step_by(13) {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            sealed.pack.put(path, changed);
            for anchors in [sealed.by_key(), sealed.by_root(), Anchors::default()] {
                assert_eq!(sealed.judge(&anchors).outcome(), Outcome::Failed, "{path} byte {place}");
            }
        }
        sealed.pack.put(path, whole);
    }
    assert_eq!(sealed.judge(&sealed.by_key()).outcome(), Outcome::Verified);
}

#[test]
fn a_signer_whose_signature_is_not_by_its_key_seals_nothing() {
    let (owner, other) = (Person::new(), Person::new());
    let sign = |message: &[u8]| Ok(Signature { der: other.sign(message), request_id: None });
    let signing = Signing { signer: owner.signer(), key: owner.key.clone(), sign: &sign };
    assert!(seal::sign_root(b"x", &signing).is_err());
    let refusing = |_: &[u8]| Err("the key is disabled".to_owned());
    let signing = Signing { sign: &refusing, ..signing };
    assert!(seal::sign_root(b"x", &signing).unwrap_err().to_string().contains("disabled"));
}
