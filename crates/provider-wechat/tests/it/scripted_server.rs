//! A server that writes what it is told, byte for byte, one answer a connection.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// One answer.
#[derive(Clone)]
pub(crate) enum Say {
    /// Status 200 with this body, as WeChat names it.
    Body(Vec<u8>),
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// A body without end, drop by drop.
    Trickle,
    /// A body without end, as fast as it goes.
    Flood,
}

pub(crate) struct ScriptedServer {
    pub(crate) url: Url,
    requests: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// One request that came whole.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// As in `GET /path?query`.
    pub(crate) line: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: String,
}

impl ScriptedServer {
    /// The last answer is repeated.
    pub(crate) async fn start(answers: Vec<Say>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listening = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let nth = counter.fetch_add(1, Ordering::SeqCst);
                let answer = answers[nth.min(answers.len() - 1)].clone();
                let heard = Arc::clone(&listening);
                tokio::spawn(async move { drop(serve(stream, answer, &heard).await) });
            }
        });
        Self { url, requests, heard }
    }

    pub(crate) async fn bodies(bodies: &[&str]) -> Self {
        Self::start(bodies.iter().map(|body| Say::Body(body.as_bytes().to_vec())).collect()).await
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// What was asked, in the order of the answers.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, answer: Say, heard: &Mutex<Vec<Heard>>) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let request = loop {
        if let Some(request) = whole(&bytes) {
            break request;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    };
    heard.lock().unwrap().push(request);
    const ENDLESS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n{";
    match answer {
        Say::Raw(bytes) => stream.write_all(&bytes).await?,
        Say::Body(body) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await?;
        }
        Say::Trickle => {
            stream.write_all(ENDLESS).await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Say::Flood => {
            stream.write_all(ENDLESS).await?;
            loop {
                stream.write_all(&[b' '; 8192]).await?;
            }
        }
    }
    stream.shutdown().await
}

/// The request, once all of it is there.
fn whole(bytes: &[u8]) -> Option<Heard> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let header = |name: &str| {
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut values = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    let body = bytes.get(end + 4..end + 4 + length)?;
    Some(Heard {
        line: head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned(),
        content_type: header("content-type"),
        body: String::from_utf8_lossy(body).into_owned(),
    })
}
