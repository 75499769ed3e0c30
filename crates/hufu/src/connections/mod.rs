//! Connections: how many there may be, and how long they may take over what.
//!
//! `axum::serve` waits for ever for the head of a request and takes as many connections as come. A client that sends a
//! byte a minute costs it nothing, and us a connection; some thousand of them keep everybody else out.

mod addresses;
mod patient;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, header};
use hufu_web::client_ip::TrustedProxies;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::addresses::{Addresses, Place};
use self::patient::{Busy, Patient, Requests};

/// Lines of a head, and its bytes: what is more is answered with 431. Proxies and browsers send some dozen lines.
const HEADER_LINES: usize = 100;
const HEADER_BYTES: usize = 32 * 1024;
/// What is read at once: room for the longest head and the beginning of a body.
const BUFFER: usize = 64 * 1024;
/// How long a client may take nothing of an answer that waits for it.
const STALL: Duration = Duration::from_secs(30);
/// Before the next try when the system has no more files to give.
const PAUSE: Duration = Duration::from_secs(1);

/// How much of connections there may be.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// For the head of a request, from its first byte; a new connection, from its beginning.
    pub(crate) head: Duration,
    /// Between two requests.
    pub(crate) idle: Duration,
    /// Connections at once; more wait in the system's queue.
    pub(crate) total: usize,
    /// Of one address (IPv6: of 64 bits) at once; more are closed.
    pub(crate) per_address: usize,
    /// Addresses of which there may be any number: proxies, and this machine.
    pub(crate) exempt: Vec<TrustedProxies>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            total: 8192,
            per_address: 1024,
            exempt: vec![TrustedProxies::this_machine()],
        }
    }
}

impl Bounds {
    fn exempts(&self, address: IpAddr) -> bool {
        self.exempt.iter().any(|networks| networks.contain(address))
    }
}

/// Serves a router until `stopped`, then for `patience` at most.
///
/// # Errors
/// None at present: a listener that fails for a while is tried again.
pub(crate) async fn serve_within(
    bounds: Bounds,
    router: Router,
    listener: TcpListener,
    mut stopped: watch::Receiver<bool>,
    patience: Duration,
) -> io::Result<()> {
    let server = Server {
        places: Arc::new(Semaphore::new(bounds.total.clamp(1, Semaphore::MAX_PERMITS))),
        addresses: Arc::new(Addresses::default()),
        bounds,
        router,
    };
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            accepted = server.accept(&listener) => accepted,
        };
        while connections.try_join_next().is_some() {}
        let Some(accepted) = accepted else { continue };
        let connection = graceful.watch(server.connection(accepted.stream, accepted.peer));
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop((accepted.total, accepted.place));
        });
    }
    // Nobody connects any more who would then not be served.
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = sleep(patience) => {
            tracing::warn!(seconds = patience.as_secs(), "requests were cut off: they did not finish in time");
        }
    }
    Ok(())
}

struct Server {
    bounds: Bounds,
    places: Arc<Semaphore>,
    addresses: Arc<Addresses>,
    router: Router,
}

/// A connection with its places.
struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    total: OwnedSemaphorePermit,
    place: Option<Place>,
}

impl Server {
    /// The next connection; `None` when it could not be taken.
    async fn accept(&self, listener: &TcpListener) -> Option<Accepted> {
        let total = Arc::clone(&self.places).acquire_owned().await.ok()?;
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if is_of_the_client(&error) => return None,
            Err(error) => {
                // Most likely too many open files: those of ended connections come back.
                tracing::error!(%error, "no connection can be taken");
                sleep(PAUSE).await;
                return None;
            }
        };
        let place = if self.bounds.exempts(peer.ip()) {
            None
        } else {
            let place = self.addresses.enter(peer.ip(), self.bounds.per_address);
            if place.is_none() {
                metrics::counter!("hufu_connections_refused_total").increment(1);
                tracing::debug!(%peer, "too many connections of one address");
                return None;
            }
            place
        };
        // Answers are small and written at once: waiting for more to send only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
        Some(Accepted {
            stream,
            peer,
            total,
            place,
        })
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> http1::Connection<
        TokioIo<Patient<TcpStream>>,
        impl hyper::service::Service<Request<Incoming>, Response = Response<Guarded>, Error = Infallible, Future: Send>
        + use<>,
    > {
        let requests = Requests::default();
        let io = Patient::new(stream, requests.clone(), self.bounds.head, STALL);
        let inner = TowerToHyperService::new(self.router.clone());
        let (places, scarce) = (Arc::clone(&self.places), self.bounds.total / 8);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let (busy, is_scarce) = (requests.begin(), places.available_permits() < scarce);
            let answer = inner.call(request);
            async move {
                let mut response = answer.await?.map(|body| Guarded { body, _busy: busy });
                if is_scarce {
                    // Whoever waits in the queue is served sooner than who may have another request later.
                    response
                        .headers_mut()
                        .insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        http1::Builder::new()
            .timer(TokioTimer::new())
            // hyper counts the wait for the first byte too, so this is the idle limit; `Patient` knows the shorter one.
            .header_read_timeout(self.bounds.idle)
            .max_headers(HEADER_LINES)
            .max_header_size(HEADER_BYTES)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(io), service)
    }
}

/// Errors that say nothing of the listener.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// A body that keeps its connection busy until it is sent.
struct Guarded {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Guarded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
