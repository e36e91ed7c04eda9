//! A scripted AWS on loopback: real HTTP, AWS's own protocols, and whatever trouble a test asks for.
//!
//! No emulator pages `LookupEvents`, knows AWS-managed keys, sets a stream to `ENABLING_FAILED` or denies one
//! operation at a time, and verdicts depend on exactly those. So the account is data (`world.rs`), the
//! operations answer from it as AWS does, paging included (`operations.rs`), and rules (`rules.rs`) spoil
//! single answers. Every request is kept, because what was asked is as much a promise as what was made of it.
//!
//! The tests and the bench share it, so it must not be what the bench measures: a handful of threads, answers
//! made on demand, keep-alive.
#![allow(dead_code, reason = "the tests and the bench share this module, and neither uses all of it")]

pub mod chaos;
pub mod members;
pub mod objects;
pub mod operations;
pub mod quotas;
pub mod replies;
pub mod rules;
pub mod surroundings;
mod understand;
pub mod world;

use chaos::Fault;
use rules::{Effect, Rule};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
pub use world::World;

/// One request, as it came in.
#[derive(Clone, Debug)]
pub struct Request {
    /// `firehose`, `kms`, `s3`: as in the service's IAM actions.
    pub service: String,
    /// `DescribeKey` …
    pub operation: String,
    /// From the credential scope of the signature, as AWS itself takes it.
    pub region: String,
    /// The parameters, wherever the protocol has them: JSON, form, path and query.
    pub body: Value,
    /// The access key of the signature; empty for a request without one.
    pub access_key: String,
    /// `GET` …
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub raw: Vec<u8>,
}

impl Request {
    /// `kms:DescribeKey`.
    pub fn action(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// A text parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// What goes back over the wire.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(body: &Value) -> Self {
        Self {
            status: 200,
            content_type: "application/x-amz-json-1.1",
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
    }

    pub fn xml(body: impl Into<String>) -> Self {
        Self { status: 200, content_type: "text/xml", headers: Vec::new(), body: body.into().into_bytes() }
    }

    /// One more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// An error in the form of AWS JSON 1.1.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({ "__type": code, "message": message });
        Self { status, ..Self::json(&body) }
    }
}

/// The running server; it stops when dropped.
pub struct Aws {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    world: World,
    rules: Vec<Rule>,
    log: Mutex<Vec<Request>>,
    served: AtomicU64,
}

/// One thread answers for all servers. Not tokio's pool of threads: that feature would differ from the program's,
/// and the whole AWS SDK would be built a second time for the tests.
fn runtime() -> &'static Handle {
    static HANDLE: OnceLock<Handle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let handle = runtime.handle().clone();
        std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        handle
    })
}

impl Aws {
    /// Starts to answer from this account on a free port.
    pub fn start(world: World) -> Self {
        Self::scripted(world, [])
    }

    /// The same, with rules; of several that fit a request, the first one that answers wins.
    pub fn scripted(world: World, rules: impl IntoIterator<Item = Rule>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener that does not wait");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            world,
            rules: rules.into_iter().collect(),
            log: Mutex::default(),
            served: AtomicU64::new(0),
        });
        let answering = Arc::clone(&shared);
        let task = runtime().spawn(async move {
            // Within the runtime: a listener of tokio belongs to one.
            let listener = TcpListener::from_std(listener).expect("a listener");
            accept(listener, answering).await;
        });
        Self { address, shared, task }
    }

    /// What `--endpoint-url` takes.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far, in the order in which they came in.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log.lock().expect("the log").clone()
    }

    /// The requests of one operation, such as `kms:DescribeKey`.
    pub fn requests_of(&self, action: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|r| r.action() == action).collect()
    }

    /// The account that it answers from.
    pub fn world(&self) -> &World {
        &self.shared.world
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(converse(socket, Arc::clone(&shared)));
    }
}

/// Answers one connection until either side has had enough; a broken connection is the client's business.
async fn converse(mut socket: TcpStream, shared: Arc<Shared>) {
    let _ = socket.set_nodelay(true);
    let mut buffer = Vec::with_capacity(8192);
    while let Some((head, body)) = read_request(&mut socket, &mut buffer).await {
        let Some(request) = understand::understand(&head, body) else {
            let bytes = wire(&Reply::error(400, "UnknownOperationException", "no such operation"), 0, None);
            let _ = socket.write_all(&bytes).await;
            return;
        };
        let number = shared.served.fetch_add(1, Ordering::Relaxed);
        let answer = answer(&shared, &request);
        let head_only = request.method == "HEAD";
        shared.log.lock().expect("the log").push(request);
        tokio::time::sleep(answer.latency).await;
        match answer.delivery {
            Delivery::Reset => {
                let _ = socket.set_zero_linger();
                return;
            }
            Delivery::Cut => {
                let mut bytes = wire(&answer.reply, number, answer.date.as_deref());
                bytes.truncate(bytes.len() - answer.reply.body.len() / 2);
                let _ = socket.write_all(&bytes).await;
                return;
            }
            Delivery::Whole => {
                let mut bytes = wire(&answer.reply, number, answer.date.as_deref());
                if head_only {
                    bytes.truncate(bytes.len() - answer.reply.body.len());
                }
                if socket.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

enum Delivery {
    Whole,
    /// The headers promise a body of which half comes.
    Cut,
    /// The connection is reset before any answer.
    Reset,
}

struct Answer {
    reply: Reply,
    delivery: Delivery,
    latency: Duration,
    date: Option<String>,
}

fn answer(shared: &Shared, request: &Request) -> Answer {
    let mut latency = shared.world.latency(request);
    let mut date = None;
    let mut delivery = Delivery::Whole;
    let mut edits = Vec::new();
    let mut reply = None;
    if shared.world.quotas.as_ref().is_some_and(|quotas| !quotas.allow(request)) {
        let code = if request.service == "firehose" { "LimitExceededException" } else { "ThrottlingException" };
        reply = Some(Reply::error(400, code, "Rate exceeded"));
    }
    match shared.world.chaos.as_ref().and_then(|chaos| chaos.fault(&shared.world, request)) {
        Some(Fault::Answer(fault)) => reply = Some(fault),
        Some(Fault::Reset) => delivery = Delivery::Reset,
        Some(Fault::Cut) => delivery = Delivery::Cut,
        Some(Fault::Wait(time)) => latency += time,
        Some(Fault::Dated(text)) => date = Some(text),
        None => {}
    }
    for rule in shared.rules.iter().filter(|r| r.fits(request)) {
        match rule.effect() {
            Effect::Wait(time) => latency += *time,
            Effect::Date(text) => date = Some(text.clone()),
            Effect::Edit(edit) => edits.push(Arc::clone(edit)),
            Effect::Reset => delivery = Delivery::Reset,
            Effect::Cut => delivery = Delivery::Cut,
            Effect::Answer(fixed) => {
                reply.get_or_insert_with(|| fixed.clone());
            }
            Effect::Text(edit) => {
                let plain = operations::answer(&shared.world, request);
                let text = String::from_utf8(plain.body).expect("our own text");
                reply.get_or_insert_with(|| Reply {
                    status: plain.status,
                    content_type: plain.content_type,
                    headers: plain.headers,
                    body: edit(&text).into_bytes(),
                });
            }
        }
    }
    let mut reply = reply.unwrap_or_else(|| operations::answer(&shared.world, request));
    if reply.status == 200 && !edits.is_empty() {
        let mut body = serde_json::from_slice(&reply.body).expect("our own JSON");
        for edit in &edits {
            edit(&mut body);
        }
        reply.body = body.to_string().into_bytes();
    }
    Answer { reply, delivery, latency, date }
}

/// Reads one request; `None` at the end of the connection. What was read too far stays in the buffer.
async fn read_request(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = header(&head, "content-length").and_then(|v| v.parse().ok()).unwrap_or(0);
            while buffer.len() < end + 4 + length {
                if socket.read_buf(buffer).await.ok()? == 0 {
                    return None;
                }
            }
            let body = buffer[end + 4..end + 4 + length].to_vec();
            buffer.drain(..end + 4 + length);
            return Some((head, body));
        }
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The bytes of an answer, with the headers that AWS sends.
fn wire(reply: &Reply, number: u64, date: Option<&str>) -> Vec<u8> {
    let reason = match reply.status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        503 => "Service Unavailable",
        _ => "Error",
    };
    let now = chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let more = reply.headers.iter().fold(String::new(), |text, (name, value)| text + &format!("{name}: {value}\r\n"));
    let mut bytes = format!(
        "HTTP/1.1 {} {reason}\r\nx-amzn-RequestId: {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{more}\r\n",
        reply.status,
        request_id(number),
        date.unwrap_or(&now),
        reply.content_type,
        reply.body.len(),
    )
    .into_bytes();
    bytes.extend_from_slice(&reply.body);
    bytes
}

/// The id of the n-th answer of a server, counted from 0.
pub fn request_id(number: u64) -> String {
    format!("6f1d0b7e-0000-4000-8000-{number:012x}")
}
