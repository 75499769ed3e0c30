//! A server that writes what it is told, byte for byte, one answer a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
}

impl ScriptedServer {
    /// The last answer is repeated.
    pub(crate) async fn start(answers: Vec<Say>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let nth = counter.fetch_add(1, Ordering::SeqCst);
                let answer = answers[nth.min(answers.len() - 1)].clone();
                tokio::spawn(async move { drop(serve(stream, answer).await) });
            }
        });
        Self { url, requests }
    }

    pub(crate) async fn bodies(bodies: &[&str]) -> Self {
        Self::start(bodies.iter().map(|body| Say::Body(body.as_bytes().to_vec())).collect()).await
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, answer: Say) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
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
