use std::sync::Arc;

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// Longer than any of these tests.
const NEVER: Duration = Duration::from_secs(3600);
/// Short; what it cuts off is awaited, not measured.
const SOON: Duration = Duration::from_millis(100);

fn bounds() -> Bounds {
    Bounds {
        head: NEVER,
        idle: NEVER,
        exempt: Vec::new(),
        ..Bounds::default()
    }
}

struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<io::Result<()>>,
    /// A request to `/slow` has begun; it may end.
    begun: Arc<Notify>,
    may_end: Arc<Notify>,
}

async fn start(bounds: Bounds, patience: Duration) -> Running {
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&may_end));
    let slow = async move || {
        tell.notify_one();
        wait.notified().await;
        "slow"
    };
    let router = Router::new()
        .route(
            "/",
            get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()),
        )
        .route("/slow", get(slow))
        .route("/echo", post(async |body: String| body));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(serve_within(bounds, router, listener, stopped, patience));
    Running {
        address,
        stop,
        server,
        begun,
        may_end,
    }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// From another address of this machine.
    async fn connect_from(&self, address: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
        socket.connect(self.address).await.unwrap()
    }
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Everything until the connection ends, however it does.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let _cut = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

/// One answer with a short body on a connection that goes on.
async fn answer(stream: &mut TcpStream, body: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(body.as_bytes()) {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "{bytes:?}");
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn requests_of_one_connection_are_answered_and_know_their_peer() {
    let running = start(bounds(), NEVER).await;
    let mut stream = running.connect().await;
    for _ in 0..3 {
        send(&mut stream, GET).await;
        let answer = answer(&mut stream, "127.0.0.1").await;
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("content-length: 9\r\n"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn who_says_nothing_or_trickles_is_cut_off() {
    let running = start(Bounds { head: SOON, ..bounds() }, NEVER).await;
    assert_eq!(rest(running.connect().await).await, "");
    let (mut reader, mut writer) = running.connect().await.into_split();
    let trickle = tokio::spawn(async move {
        let _ = writer.write_all(b"GET / HTTP/1.1\r\nX: ").await;
        while writer.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
    });
    let mut bytes = Vec::new();
    let _cut = reader.read_to_end(&mut bytes).await;
    assert!(bytes.is_empty());
    trickle.await.unwrap();
}

/// The second head of a connection has its own time, and none runs while there is no head or a request is worked on.
#[tokio::test]
async fn only_a_head_that_has_begun_is_hurried() {
    let running = start(Bounds { head: SOON, ..bounds() }, NEVER).await;
    let mut stream = running.connect().await;
    send(&mut stream, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    running.begun.notified().await;
    sleep(SOON * 2).await;
    running.may_end.notify_one();
    answer(&mut stream, "slow").await;
    sleep(SOON * 2).await;
    send(
        &mut stream,
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab",
    )
    .await;
    sleep(SOON * 2).await;
    send(&mut stream, "cd").await;
    answer(&mut stream, "abcd").await;
    send(&mut stream, "GET / HT").await;
    assert_eq!(rest(stream).await, "");
}

#[tokio::test]
async fn an_idle_connection_ends() {
    let running = start(Bounds { idle: SOON, ..bounds() }, NEVER).await;
    let mut stream = running.connect().await;
    send(&mut stream, GET).await;
    assert!(rest(stream).await.ends_with("127.0.0.1"));
}

#[tokio::test]
async fn one_address_keeps_no_other_out() {
    let running = start(
        Bounds {
            per_address: 3,
            ..bounds()
        },
        NEVER,
    )
    .await;
    let mut idle = Vec::new();
    for _ in 0..3 {
        idle.push(running.connect_from("127.0.0.2").await);
    }
    assert_eq!(rest(running.connect_from("127.0.0.2").await).await, "", "one too many");
    let mut other = running.connect().await;
    send(&mut other, GET).await;
    answer(&mut other, "127.0.0.1").await;
    // A place that is free again can be had again.
    idle.pop();
    loop {
        let mut stream = running.connect_from("127.0.0.2").await;
        let asked = stream
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .await;
        if asked.is_ok() && rest(stream).await.ends_with("127.0.0.2") {
            break;
        }
    }
}

#[tokio::test]
async fn when_all_places_are_taken_who_says_nothing_gives_theirs_up() {
    let full = Bounds {
        total: 4,
        head: SOON,
        ..bounds()
    };
    let running = start(full, NEVER).await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        idle.push(running.connect().await);
    }
    let mut other = running.connect().await;
    send(&mut other, GET).await;
    answer(&mut other, "127.0.0.1").await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_told_so() {
    let running = start(bounds(), NEVER).await;
    let lines = "X: y\r\n".repeat(HEADER_LINES + 1);
    let long = format!("X: {}\r\n", "y".repeat(HEADER_BYTES));
    for head in [lines, long] {
        let (mut reader, mut writer) = running.connect().await.into_split();
        let sent = tokio::spawn(async move {
            let _cut = writer
                .write_all(format!("GET / HTTP/1.1\r\nHost: a\r\n{head}\r\n").as_bytes())
                .await;
            writer
        });
        let mut bytes = vec![0; 12];
        reader.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"HTTP/1.1 431");
        drop(sent.await.unwrap());
    }
}

#[tokio::test]
async fn a_running_request_ends_before_the_server_does() {
    let running = start(bounds(), NEVER).await;
    let mut idle = running.connect().await;
    send(&mut idle, GET).await;
    answer(&mut idle, "127.0.0.1").await;
    let mut stream = running.connect().await;
    send(&mut stream, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    running.begun.notified().await;
    running.stop.send_replace(true);
    // The idle one ends at once, and nobody new is let in.
    assert_eq!(rest(idle).await, "");
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!running.server.is_finished());
    running.may_end.notify_one();
    assert!(rest(stream).await.ends_with("slow"));
    running.server.await.unwrap().unwrap();
}

#[tokio::test]
async fn whoever_does_not_end_is_cut_off() {
    let running = start(bounds(), SOON).await;
    let mut stream = running.connect().await;
    send(&mut stream, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    running.begun.notified().await;
    running.stop.send_replace(true);
    running.server.await.unwrap().unwrap();
    assert_eq!(rest(stream).await, "");
}
