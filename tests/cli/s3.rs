//! A scripted S3 on loopback, as far as an archive needs one: versions, checksums that are really compared, locks that
//! really hold, `If-None-Match`; and the trouble that a test asks for. What it is asked stays in a log.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use keywitness::model::sha256::Sha256;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// One version of an object, or a delete marker.
#[derive(Clone, Debug)]
pub struct Version {
    pub id: String,
    pub bytes: Vec<u8>,
    /// Mode and end.
    pub lock: Option<(String, String)>,
    pub deleted: bool,
}

/// What goes wrong, on its way to the n-th put (from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The connection breaks before anything is stored, and everything after it as well.
    CutFrom(usize),
    /// The object is stored and the answer is lost.
    LostAnswer(usize),
    /// S3 says that another request is at the same key.
    Conflict(usize),
    /// S3 asks to slow down, so many times in a row.
    SlowDown(usize, usize),
    /// A byte is changed on the way.
    Damage(usize),
    /// Checksums and locks are not told by HEAD.
    Silent,
    /// Everything is denied.
    Denied,
}

#[derive(Default)]
pub struct State {
    pub objects: BTreeMap<String, Vec<Version>>,
    pub log: Vec<String>,
    pub lock_enabled: bool,
    pub versioned: bool,
    pub trouble: Vec<Trouble>,
    puts: usize,
    slowed: usize,
    next: usize,
}

/// The running server; its thread ends with the test's process.
pub struct S3 {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl S3 {
    pub fn start(trouble: impl IntoIterator<Item = Trouble>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state =
            State { lock_enabled: true, versioned: true, trouble: trouble.into_iter().collect(), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || while converse(&socket, &state).is_some() {});
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the state")
    }

    /// No more trouble.
    pub fn calm(&self) {
        self.state().trouble.clear();
    }
}

struct Asked {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn read(mut socket: &TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 65536];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w: &[u8]| w == b"\r\n\r\n") {
            break end;
        }
        match socket.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|v| v.parse().ok()).unwrap_or(0);
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        match socket.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => body.extend_from_slice(&buffer[..count]),
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query.split('&').filter(|q| !q.is_empty()).map(|q| {
        let (name, value) = q.split_once('=').unwrap_or((q, ""));
        (decode(name), decode(value))
    });
    Some(Asked { method, path: decode(path), query: query.collect(), headers, body })
}

struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn reply(status: u16, headers: Vec<(&'static str, String)>, body: impl Into<Vec<u8>>) -> Reply {
    Reply { status, headers, body: body.into() }
}

fn error(status: u16, code: &str) -> Reply {
    reply(status, Vec::new(), format!("<Error><Code>{code}</Code><Message>scripted</Message></Error>"))
}

fn converse(mut socket: &TcpStream, state: &Mutex<State>) -> Option<()> {
    let asked = read(socket)?;
    let head = asked.method == "HEAD";
    let reply = {
        let mut state = state.lock().expect("the state");
        let query = asked.query.keys().cloned().collect::<Vec<_>>().join("&");
        state.log.push(format!("{} {}?{query}", asked.method, asked.path));
        assert!(
            asked.headers.get("authorization").is_some_and(|a| a.contains("/s3/aws4_request")),
            "not signed for S3"
        );
        assert_eq!(asked.headers.get("x-amz-expected-bucket-owner").map(String::as_str), Some("111122223333"));
        answer(&mut state, asked)?
    };
    let body: &[u8] = if head { &[] } else { &reply.body };
    let mut text = format!(
        "HTTP/1.1 {} Scripted\r\nx-amz-request-id: 1\r\nContent-Length: {}\r\n",
        reply.status,
        reply.body.len()
    );
    for (name, value) in &reply.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    socket.write_all(&[text.as_bytes(), body].concat()).ok()
}

/// `None` breaks the connection.
fn answer(state: &mut State, asked: Asked) -> Option<Reply> {
    if state.trouble.contains(&Trouble::Denied) {
        return Some(error(403, "AccessDenied"));
    }
    let path = asked.path.trim_start_matches('/').to_owned();
    let (_, key) = path.split_once('/').unwrap_or((&path, ""));
    let has = |name: &str| asked.query.contains_key(name);
    Some(match asked.method.as_str() {
        "GET" if has("object-lock") && state.lock_enabled => {
            let text =
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
            reply(200, Vec::new(), text)
        }
        "GET" if has("object-lock") => error(404, "ObjectLockConfigurationNotFoundError"),
        "GET" if has("versioning") => {
            let status = if state.versioned { "<Status>Enabled</Status>" } else { "" };
            reply(200, Vec::new(), format!("<VersioningConfiguration>{status}</VersioningConfiguration>"))
        }
        "GET" if has("versions") => listing(state, &asked),
        "GET" if has("retention") => match find(state, key, &asked).and_then(|v| v.lock) {
            Some((mode, until)) => reply(
                200,
                Vec::new(),
                format!("<Retention><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>"),
            ),
            None => error(404, "NoSuchObjectLockConfiguration"),
        },
        "HEAD" if key.is_empty() => reply(200, vec![("x-amz-bucket-region", "eu-west-1".to_owned())], ""),
        "GET" | "HEAD" => object(state, key, &asked),
        "PUT" => return put(state, key, asked),
        _ => error(405, "MethodNotAllowed"),
    })
}

fn find(state: &State, key: &str, asked: &Asked) -> Option<Version> {
    let versions = state.objects.get(key)?;
    match asked.query.get("versionId") {
        Some(id) => versions.iter().find(|v| v.id == *id).cloned(),
        None => versions.last().cloned(),
    }
}

fn object(state: &State, key: &str, asked: &Asked) -> Reply {
    let Some(version) = find(state, key, asked) else { return error(404, "NoSuchKey") };
    if version.deleted {
        return error(if asked.query.contains_key("versionId") { 405 } else { 404 }, "MethodNotAllowed");
    }
    let mut headers = vec![("x-amz-version-id", version.id.clone())];
    if !state.trouble.contains(&Trouble::Silent) {
        if asked.headers.get("x-amz-checksum-mode").is_some_and(|m| m == "ENABLED") {
            headers.push(("x-amz-checksum-sha256", STANDARD.encode(Sha256::digest(&version.bytes))));
        }
        if let Some((mode, until)) = version.lock {
            headers.push(("x-amz-object-lock-mode", mode));
            headers.push(("x-amz-object-lock-retain-until-date", until));
        }
    }
    reply(200, headers, version.bytes)
}

fn put(state: &mut State, key: &str, asked: Asked) -> Option<Reply> {
    state.puts += 1;
    let n = state.puts;
    let Asked { headers, mut body, .. } = asked;
    let header = |name: &str| headers.get(name).cloned();
    let mut lost = false;
    for trouble in state.trouble.clone() {
        match trouble {
            Trouble::CutFrom(from) if n >= from => return None,
            Trouble::Conflict(at) if n == at => return Some(error(409, "ConditionalRequestConflict")),
            Trouble::SlowDown(at, times) if n >= at && state.slowed < times => {
                state.slowed += 1;
                return Some(error(503, "SlowDown"));
            }
            Trouble::Damage(at) if n == at => body[0] ^= 1,
            Trouble::LostAnswer(at) if n == at => lost = true,
            _ => {}
        }
    }
    let checksum = header("x-amz-checksum-sha256")?;
    if checksum != STANDARD.encode(Sha256::digest(&body)) {
        return Some(error(400, "BadDigest"));
    }
    let exists = state.objects.get(key).and_then(|v| v.last()).is_some_and(|v| !v.deleted);
    if header("if-none-match").as_deref() == Some("*") && exists {
        return Some(error(412, "PreconditionFailed"));
    }
    state.next += 1;
    let id = format!("v{:04}", state.next);
    let lock = header("x-amz-object-lock-mode").zip(header("x-amz-object-lock-retain-until-date"));
    state.objects.entry(key.to_owned()).or_default().push(Version {
        id: id.clone(),
        bytes: body,
        lock,
        deleted: false,
    });
    if lost {
        return None;
    }
    Some(reply(200, vec![("x-amz-version-id", id)], ""))
}

/// Three keys a page, so that every listing has pages.
fn listing(state: &State, asked: &Asked) -> Reply {
    let prefix = asked.query.get("prefix").cloned().unwrap_or_default();
    let after = asked.query.get("key-marker").cloned().unwrap_or_default();
    let keys: Vec<&String> = state.objects.keys().filter(|k| k.starts_with(&prefix) && **k > after).collect();
    let mut text = String::from("<ListVersionsResult>");
    for key in keys.iter().take(3) {
        let versions = &state.objects[*key];
        for (place, version) in versions.iter().enumerate().rev() {
            let name = if version.deleted { "DeleteMarker" } else { "Version" };
            let latest = place + 1 == versions.len();
            text.push_str(&format!(
                "<{name}><Key>{key}</Key><VersionId>{}</VersionId><IsLatest>{latest}</IsLatest></{name}>",
                version.id
            ));
        }
    }
    let more = keys.len() > 3;
    text.push_str(&format!("<IsTruncated>{more}</IsTruncated>"));
    if more {
        text.push_str(&format!("<NextKeyMarker>{}</NextKeyMarker>", keys[2]));
    }
    text.push_str("</ListVersionsResult>");
    reply(200, Vec::new(), text)
}
