//! Each rule about time stamps, with the one mistake that it is there for.

use super::super::report::Code;
use super::asn1::write;
use super::testing::{Holder, NONCE, SHA_1, SHA_256, Says, Token, algorithm, at, oid};
use super::tsp::{self, Fault, Stamp};

const DATA: &[u8] = b"the root file";

fn query() -> Vec<u8> {
    tsp::query(DATA, &NONCE, None)
}

fn read(token: &Token<'_>, signer: &Holder) -> Result<Stamp, Fault> {
    tsp::accept(&token.reply(signer), DATA, &query()).map(|(stored, stamp)| {
        tsp::read(&stored, DATA, &query()).expect("what was accepted is accepted when read again");
        stamp
    })
}

#[track_caller]
fn refused(result: Result<impl Sized, Fault>, code: Code, words: &str) {
    let fault = result.err().expect("a fault");
    assert!(fault.code == code && fault.text.contains(words), "{}: {fault}", fault.code.word());
}

#[test]
fn a_right_token_is_right_and_stands_under_its_root() {
    let root = Holder::root();
    let middle = root.issue("middle", &Says::ca());
    let signer = middle.issue("tsa", &Says::stamper());
    let stamp = read(&Token::new(DATA, &signer, &[&middle]), &signer).unwrap();
    assert_eq!(stamp.time, at("2026-10-01T10:00:00Z"));
    assert_eq!(stamp.authority(), "tsa");
    stamp.judge(std::slice::from_ref(&root.certificate)).unwrap();
    stamp.expect_nothing_loose(&[root.certificate]).unwrap();
    assert_eq!(stamp.chain_pem().matches("BEGIN CERTIFICATE").count(), 2);
}

#[test]
fn the_content_of_a_token_must_be_right() {
    let root = Holder::root();
    let signer = root.issue("tsa", &Says::stamper());
    let stranger = root.issue("other", &Says::stamper());
    let right = || Token::new(DATA, &signer, &[]);
    let critical = write(0x30, &[&oid("1.2.3"), &[1, 1, 0xff], &[4, 0]]);
    for (token, code, words) in [
        (Token { imprint: vec![7; 32], ..right() }, Code::Ts, "other data"),
        (Token { imprint_algorithm: SHA_1, imprint: vec![7; 20], ..right() }, Code::TsWeak, "imprint"),
        (Token { digest_algorithm: SHA_1, ..right() }, Code::TsWeak, "digest"),
        (Token { nonce: vec![0x42; 8], ..right() }, Code::Ts, "nonce"),
        (Token { nonce: vec![], ..right() }, Code::Ts, "nonce"),
        (Token { time: "20261001", ..right() }, Code::Ts, "genTime"),
        (Token { extension: critical, ..right() }, Code::Ts, "critical"),
        (Token { certificates: vec![], ..right() }, Code::Ts, "does not hold the certificate"),
        (Token { certificates: vec![&stranger.certificate], ..right() }, Code::Ts, "does not hold the certificate"),
        (Token { names: None, ..right() }, Code::Ts, "names no certificate"),
        (
            Token {
                names: Some(&stranger.certificate),
                certificates: vec![&stranger.certificate],
                serial: Some(9),
                ..right()
            },
            Code::Ts,
            "signer another",
        ),
        (
            Token { names: Some(&stranger.certificate), certificates: vec![&stranger.certificate], ..right() },
            Code::Ts,
            "signature does not match",
        ),
        (Token { digest_of: Some(b"other"), ..right() }, Code::Ts, "not that of the token's content"),
        (Token { content_type: "1.2.3.4", ..right() }, Code::Ts, "another type"),
        (Token { serial: Some(99), ..right() }, Code::Ts, "signer another"),
        (Token { twice: true, ..right() }, Code::Ts, "more than one signer"),
        (Token { spoiled: true, ..right() }, Code::Ts, "signature does not match"),
        (Token { status: 1, ..right() }, Code::Ts, "status 1"),
        (Token { status: 2, ..right() }, Code::Ts, "status 2"),
    ] {
        refused(read(&token, &signer), code, words);
    }
    assert!(read(&right(), &signer).is_ok());
    assert_eq!(right().imprint_algorithm, SHA_256);
}

#[test]
fn rsa_pss_is_read_with_all_that_it_states() {
    let root = Holder::root();
    let plain = [oid("1.2.840.113549.1.1.1"), vec![5, 0]].concat();
    let signer = root.issue_to_rsa("tsa", &plain, &Says::stamper());
    let with = |parameters: &[u8]| {
        let signed_as = write(0x30, &[&oid("1.2.840.113549.1.1.10"), parameters]);
        Token { signed_as, ..Token::new(DATA, &signer, &[]) }
    };
    let stated = |digest: &[u8], mask: &str, of_mask: &[u8], rest: &[u8]| {
        let mask = write(0xa1, &[&write(0x30, &[&oid(mask), of_mask])]);
        write(0x30, &[&write(0xa0, &[digest]), &mask, rest])
    };
    let sha = algorithm(SHA_256);
    let (mgf, salt) = ("1.2.840.113549.1.1.8", [0xa2, 3, 2, 1, 32]);
    let with_null = write(0x30, &[&oid(SHA_256), &[5, 0]]);
    for right in [
        stated(&sha, mgf, &sha, &salt),
        stated(&with_null, mgf, &with_null, &salt),
        stated(&sha, mgf, &sha, &[0xa2, 3, 2, 1, 32, 0xa3, 3, 2, 1, 1]),
    ] {
        let stamp = read(&with(&right), &signer).unwrap();
        stamp.judge(std::slice::from_ref(&root.certificate)).unwrap();
    }
    let sha_384 = algorithm("2.16.840.1.101.3.4.2.2");
    for (other, code, words) in [
        (stated(&sha, mgf, &sha, &[]), Code::Ts, "another digest, mask or salt"),
        (stated(&sha, mgf, &sha, &[0xa2, 3, 2, 1, 20]), Code::Ts, "another digest, mask or salt"),
        (stated(&sha, mgf, &sha_384, &salt), Code::Ts, "another digest, mask or salt"),
        (stated(&sha_384, mgf, &sha_384, &[0xa2, 3, 2, 1, 48]), Code::Ts, "another digest, mask or salt"),
        (stated(&sha, "1.2.3", &[], &salt), Code::Ts, "another digest, mask or salt"),
        (stated(&sha, mgf, &algorithm(SHA_1), &salt), Code::TsWeak, "mask of RSA-PSS"),
        (stated(&algorithm(SHA_1), mgf, &algorithm(SHA_1), &salt), Code::TsWeak, "RSA-PSS"),
        (write(0x30, &[]), Code::TsWeak, "SHA-1"),
        (vec![], Code::TsWeak, "SHA-1"),
        (vec![5, 0], Code::TsWeak, "SHA-1"),
        ([stated(&sha, mgf, &sha, &salt), vec![5, 0]].concat(), Code::Ts, "more than belongs there"),
    ] {
        refused(read(&with(&other), &signer), code, words);
    }
    let spoiled = Token { spoiled: true, ..with(&stated(&sha, mgf, &sha, &salt)) };
    refused(read(&spoiled, &signer), Code::Ts, "signature does not match");
    // Keys that are for PSS alone, of any digest and of this one; and one for another digest.
    let parameters = stated(&with_null, mgf, &with_null, &salt);
    let null_384 = write(0x30, &[&oid("2.16.840.1.101.3.4.2.2"), &[5, 0]]);
    let of_384 = stated(&null_384, mgf, &null_384, &[0xa2, 3, 2, 1, 48]);
    for (kind, fits) in [(vec![], true), (parameters.clone(), true), (of_384, false), (vec![5, 0], false)] {
        let kind = [oid("1.2.840.113549.1.1.10"), kind].concat();
        let signer = root.issue_to_rsa("tsa", &kind, &Says::stamper());
        let token = Token { signed_as: with(&parameters).signed_as, ..Token::new(DATA, &signer, &[]) };
        if fits {
            read(&token, &signer).unwrap().judge(std::slice::from_ref(&root.certificate)).unwrap();
        } else {
            refused(read(&token, &signer), Code::Ts, "of a kind that is not supported");
        }
    }
    // The key is one that cannot have signed so.
    let other = root.issue("tsa", &Says::stamper());
    let as_pss = Token { signed_as: with(&stated(&sha, mgf, &sha, &salt)).signed_as, ..Token::new(DATA, &other, &[]) };
    refused(read(&as_pss, &other), Code::Ts, "of a kind that is not supported");
}

#[test]
fn the_certificate_is_for_time_stamps_alone() {
    let root = Holder::root();
    let stamping = "1.3.6.1.5.5.7.3.8";
    let web = "1.3.6.1.5.5.7.3.1";
    for says in [
        Says { purposes: vec![], ..Says::stamper() },
        Says { purposes: vec![web], ..Says::stamper() },
        Says { purposes: vec![stamping, web], ..Says::stamper() },
        Says { purposes_critical: false, ..Says::stamper() },
        Says { key_usage: Some(0b0000_0100), ..Says::stamper() },
    ] {
        let signer = root.issue("tsa", &says);
        refused(read(&Token::new(DATA, &signer, &[]), &signer), Code::Ts, "the authority's certificate");
    }
    let signer = root.issue("tsa", &Says { key_usage: None, ..Says::stamper() });
    assert!(read(&Token::new(DATA, &signer, &[]), &signer).is_ok());
}

#[test]
fn the_chain_is_judged_at_the_time_of_the_token() {
    let root = Holder::root();
    let judge = |middle: &Says, leaf: &Says, root: &Holder| {
        let middle = root.issue("middle", middle);
        let signer = middle.issue("tsa", leaf);
        read(&Token::new(DATA, &signer, &[&middle]), &signer).unwrap().judge(std::slice::from_ref(&root.certificate))
    };
    let ended = "20260930000000Z";
    let begins = "20261002000000Z";
    let (ca, leaf) = (Says::ca(), Says::stamper());
    judge(&ca, &leaf, &root).unwrap();
    judge(&ca, &Says { to: "20261001100000Z", ..leaf.clone() }, &root).unwrap();
    let untrusted = Code::TsUntrusted;
    refused(judge(&ca, &Says { to: ended, ..leaf.clone() }, &root), untrusted, "had expired");
    refused(judge(&ca, &Says { from: begins, ..leaf.clone() }, &root), untrusted, "not valid yet");
    refused(judge(&Says { to: ended, ..ca.clone() }, &leaf, &root), untrusted, "had expired");
    refused(judge(&Says { is_ca: false, ..ca.clone() }, &leaf, &root), untrusted, "not for issuing");
    refused(judge(&Says { key_usage: Some(0b1000_0000), ..ca.clone() }, &leaf, &root), untrusted, "not for issuing");
    refused(judge(&ca, &Says { is_ca: true, ..leaf.clone() }, &root), untrusted, "does not hold");
    refused(
        judge(&ca, &Says { signed_with: "1.2.840.10045.4.1", ..leaf.clone() }, &root),
        Code::TsWeak,
        "signed by a weak algorithm",
    );
    let old = Holder::root_that_says(&Says { to: ended, ..ca.clone() });
    refused(judge(&ca, &leaf, &old), untrusted, "given root was not valid");
}

#[test]
fn only_the_given_roots_count() {
    let (root, other) = (Holder::root(), Holder::root());
    let signer = root.issue("tsa", &Says::stamper());
    let stamp = read(&Token::new(DATA, &signer, &[&root]), &signer).unwrap();
    refused(stamp.judge(&[]), Code::TsUntrusted, "issuer not under");
    refused(stamp.judge(std::slice::from_ref(&other.certificate)), Code::TsUntrusted, "");
    refused(stamp.judge(std::slice::from_ref(&signer.certificate)), Code::TsUntrusted, "");
    stamp.judge(&[other.certificate, root.certificate]).unwrap();
}

#[test]
fn a_chain_is_as_long_as_its_issuers_allow() {
    let root = Holder::root();
    let middle = root.issue("middle", &Says { path_length: Some(0), ..Says::ca() });
    let low = middle.issue("middle", &Says::ca());
    let signer = low.issue("tsa", &Says::stamper());
    let stamp = read(&Token::new(DATA, &signer, &[&low, &middle]), &signer).unwrap();
    refused(stamp.judge(&[root.certificate]), Code::TsUntrusted, "");
}

#[test]
fn what_nothing_protects_is_told() {
    let (root, stranger) = (Holder::root(), Holder::root());
    let signer = root.issue("tsa", &Says::stamper());
    let roots = [root.certificate.clone()];
    let loose = Token { unsigned: write(0x30, &[&oid("1.2.3"), &[0x31, 0]]), ..Token::new(DATA, &signer, &[]) };
    let stamp = read(&loose, &signer).unwrap();
    stamp.judge(&roots).unwrap();
    refused(stamp.expect_nothing_loose(&roots), Code::Ts, "nothing protects");
    let more = read(&Token::new(DATA, &signer, &[&stranger]), &signer).unwrap();
    more.judge(&roots).unwrap();
    refused(more.expect_nothing_loose(&roots), Code::Ts, "lead to none");
    read(&Token::new(DATA, &signer, &[&root]), &signer).unwrap().expect_nothing_loose(&roots).unwrap();
}

#[test]
fn too_many_certificates_are_not_read() {
    let root = Holder::root();
    let signer = root.issue("tsa", &Says::stamper());
    let many = Token { certificates: vec![&signer.certificate; 17], ..Token::new(DATA, &signer, &[]) };
    refused(read(&many, &signer), Code::Ts, "more than 16");
}

#[test]
fn a_token_older_than_the_evidence_is_told_and_clocks_are_allowed_for() {
    let root = Holder::root();
    let signer = root.issue("tsa", &Says::stamper());
    let stamp = read(&Token::new(DATA, &signer, &[]), &signer).unwrap();
    stamp.expect_after(at("2026-10-01T10:00:59Z"), 0).unwrap();
    refused(stamp.expect_after(at("2026-10-01T10:01:01Z"), 0), Code::TsOrder, "before the newest evidence");
    stamp.expect_after(at("2026-10-01T10:02:00Z"), 120_000).unwrap();
    assert!(stamp.expect_after(at("2026-10-01T10:00:00Z"), u64::MAX).is_ok());
    refused(stamp.expect_policy("1.2.3.5".parse().unwrap()), Code::Ts, "policy");
    stamp.expect_policy("1.2.3.4".parse().unwrap()).unwrap();
}

#[test]
fn no_cut_and_no_flipped_bit_of_a_token_passes() {
    let root = Holder::root();
    let signer = root.issue("tsa", &Says::stamper());
    let (stored, _) = tsp::accept(&Token::new(DATA, &signer, &[]).reply(&signer), DATA, &query()).unwrap();
    for end in 0..stored.len() {
        assert!(tsp::read(&stored[..end], DATA, &query()).is_err(), "cut at {end}");
    }
    for place in 0..stored.len() {
        for bit in 0..8 {
            let mut spoiled = stored.clone();
            spoiled[place] ^= 1 << bit;
            assert!(tsp::read(&spoiled, DATA, &query()).is_err(), "byte {place} bit {bit}");
        }
    }
    for place in 0..query().len() {
        let mut spoiled = query();
        spoiled[place] ^= 1;
        assert!(tsp::read(&stored, DATA, &spoiled).is_err(), "byte {place} of the request");
    }
}
