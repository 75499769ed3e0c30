//! A connection that waits for its client, but not for ever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Requests of one connection that are worked on.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests(Arc<AtomicUsize>);

/// One of them; dropped when its answer is sent.
#[derive(Debug)]
pub(super) struct Busy(Arc<AtomicUsize>);

impl Requests {
    pub(super) fn begin(&self) -> Busy {
        self.0.fetch_add(1, Ordering::AcqRel);
        Busy(Arc::clone(&self.0))
    }

    fn is_busy(&self) -> bool {
        self.0.load(Ordering::Acquire) > 0
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Cuts a client off that takes too long over the head of a request, or over taking the answer. What lies between is
/// the router's: bodies have their own limits.
#[derive(Debug)]
pub(super) struct Patient<S> {
    stream: S,
    requests: Requests,
    head: Duration,
    stall: Duration,
    /// Until when the head that has begun must be there; from the beginning, so that a new client says something.
    head_ends: Option<Pin<Box<Sleep>>>,
    stall_ends: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, requests: Requests, head: Duration, stall: Duration) -> Self {
        Self {
            stream,
            requests,
            head,
            stall,
            head_ends: Some(Box::pin(sleep(head))),
            stall_ends: None,
        }
    }

    /// What a write came to; when it has to wait, for how long at most.
    fn written<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stall_ends = None;
            return written;
        }
        let stall = self.stall;
        let ends = self.stall_ends.get_or_insert_with(|| Box::pin(sleep(stall)));
        match ends.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if this.requests.is_busy() {
            this.head_ends = None;
            return read;
        }
        if buffer.filled().len() > before && this.head_ends.is_none() {
            this.head_ends = Some(Box::pin(sleep(this.head)));
        }
        let Some(ends) = &mut this.head_ends else { return read };
        // Also when there is something to read: who sends a byte whenever asked is cut off too.
        match ends.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => read,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.written(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
