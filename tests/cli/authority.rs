//! A time stamp authority that was not written here: `openssl ts` behind a small server on loopback.
//!
//! Its certificates are made when a test asks for it. It can be told to answer badly, in the ways in which an
//! authority, or somebody on the way to it, could.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// The policy that it stamps under unless asked for [`OTHER_POLICY`].
pub const POLICY: &str = "1.2.3.4.1";
/// Another policy that it knows.
pub const OTHER_POLICY: &str = "1.2.3.4.2";

/// Which keys its certificates have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keys {
    Rsa,
    P256,
    P384,
    /// Signs with SHA-512, which ring cannot verify on any curve.
    P256Sha512,
    P384Sha512,
    /// On a curve that ring cannot compute; signs with SHA-512.
    P521,
    P521Sha256,
    RsaSha512,
    /// On a curve that nothing here can compute.
    Brainpool,
}

impl Keys {
    /// The digest of its certificates and of its tokens.
    fn digest(self) -> &'static str {
        match self {
            Self::P384 => "sha384",
            Self::P256Sha512 | Self::P384Sha512 | Self::P521 | Self::RsaSha512 => "sha512",
            Self::Rsa | Self::P256 | Self::P521Sha256 | Self::Brainpool => "sha256",
        }
    }
}

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mood {
    Honest,
    /// Another nonce than the one asked for.
    OtherNonce,
    /// A time stamp of other data.
    OtherData,
    /// An imprint of SHA-1.
    Sha1,
    /// The end is missing.
    Truncated,
    /// A page instead of an answer.
    Page,
    /// HTTP status 500.
    Down,
    /// No certificates, though they were asked for.
    Bare,
    /// Something behind the end.
    Longer,
    /// More than anybody should read.
    Endless,
}

/// A running authority; it ends with the test.
pub struct Authority {
    folder: Arc<TempDir>,
    port: u16,
}

impl Authority {
    /// With an intermediate certificate between root and signer.
    pub fn start(keys: Keys, mood: Mood) -> Self {
        let folder = Arc::new(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder"));
        make(folder.path(), keys);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let place = Arc::clone(&folder);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serve(stream, place.path(), mood);
            }
        });
        Self { folder, port }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/tsr", self.port)
    }

    /// The root certificate, in PEM.
    pub fn root(&self) -> String {
        self.path("root.pem").display().to_string()
    }

    /// Its own certificate, which is no root.
    pub fn leaf(&self) -> String {
        self.path("tsa.pem").display().to_string()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// `openssl` in a folder; it must succeed.
pub fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let said = Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl");
    let told = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "openssl {arguments:?}: {told}");
    told
}

fn make(folder: &Path, keys: Keys) {
    let mut extensions = String::from("[root]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n");
    extensions.push_str("[middle]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n");
    extensions.push_str("[tsa]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n");
    fs::write(folder.join("ext"), extensions).expect("a file");
    for (name, issuer) in [("root", None), ("middle", Some("root")), ("tsa", Some("middle"))] {
        let key = format!("{name}.key");
        let algorithm: &[&str] = match keys {
            Keys::Rsa | Keys::RsaSha512 => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Keys::P256 | Keys::P256Sha512 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Keys::Brainpool => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"],
            Keys::P521 | Keys::P521Sha256 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
            Keys::P384 | Keys::P384Sha512 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        };
        openssl(folder, &[&["genpkey", "-out", &key], algorithm].concat());
        let (request, certificate) = (format!("{name}.csr"), format!("{name}.pem"));
        let subject = format!("/O=Tern Island Clockworks/CN={name}");
        openssl(folder, &["req", "-new", "-key", &key, "-subj", &subject, "-out", &request]);
        let (ca, ca_key) = (format!("{}.pem", issuer.unwrap_or("")), format!("{}.key", issuer.unwrap_or("")));
        let signer: Vec<&str> = match issuer {
            None => vec!["-signkey", &key],
            Some(_) => vec!["-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial"],
        };
        let digest = format!("-{}", keys.digest());
        let rest = ["x509", "-req", "-in", &request, "-days", "3650", "-extfile", "ext", "-extensions", name, &digest];
        openssl(folder, &[&rest[..], &["-out", &certificate], &signer].concat());
    }
    let mut config = String::from("[tsa]\ndefault_tsa=one\n[one]\nserial=serial\ncrypto_device=builtin\n");
    let digest = keys.digest();
    let _ = write!(config, "signer_cert=tsa.pem\ncerts=middle.pem\nsigner_key=tsa.key\nsigner_digest={digest}\n");
    let _ = write!(config, "default_policy={POLICY}\nother_policies={OTHER_POLICY}\ndigests=sha1,sha256,sha512\n");
    config.push_str("accuracy=secs:1,millisecs:500\nordering=yes\ntsa_name=yes\ness_cert_id_chain=no\n");
    fs::write(folder.join("config"), config).expect("a file");
    fs::write(folder.join("serial"), "01\n").expect("a file");
}

fn serve(stream: TcpStream, folder: &Path, mood: Mood) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let (mut line, mut length, mut first) = (String::new(), 0, String::new());
    while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
        if first.is_empty() {
            first.clone_from(&line);
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut query = vec![0; length];
    let whole = first.starts_with("POST /tsr ") && reader.read_exact(&mut query).is_ok();
    let (status, kind, body) = match (whole, mood) {
        (false, _) | (true, Mood::Down) => ("500 no", "text/plain", b"no".to_vec()),
        (true, Mood::Page) => ("200 OK", "text/html", b"<html>please log in".to_vec()),
        (true, _) => ("200 OK", "application/timestamp-reply", reply(folder, &query, mood)),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)); // who asked may have gone
}

fn reply(folder: &Path, query: &[u8], mood: Mood) -> Vec<u8> {
    let mut query = query.to_vec();
    match mood {
        // The last three bytes are the wish for certificates; before them stands the nonce.
        Mood::OtherNonce => {
            let at = query.len() - 4;
            query[at] ^= 1;
        }
        // The digest begins after two headers, version, and algorithm.
        Mood::OtherData => query[30] ^= 1,
        Mood::Bare => {
            let at = query.len() - 3;
            query.truncate(at);
            query[1] -= 3;
        }
        _ => {}
    }
    fs::write(folder.join("query"), &query).expect("a file");
    if mood == Mood::Sha1 {
        fs::write(folder.join("data"), "x").expect("a file");
        openssl(folder, &["ts", "-query", "-data", "data", "-sha1", "-cert", "-out", "query"]);
    }
    let arguments = ["ts", "-reply", "-config", "config", "-section", "one", "-queryfile", "query", "-out", "reply"];
    openssl(folder, &arguments);
    let mut reply = fs::read(folder.join("reply")).expect("a file");
    match mood {
        Mood::Truncated => reply.truncate(reply.len() / 2),
        Mood::Longer => reply.push(0),
        Mood::Endless => reply.resize(3 << 20, 0),
        _ => {}
    }
    reply
}
