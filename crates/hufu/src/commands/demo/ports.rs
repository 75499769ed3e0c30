//! Three ports in a row: the app, Hufu, the WeChat stand-in.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::failure::Failure;

/// Taken before anything is made or changed.
pub(crate) struct Ports {
    pub(super) app: TcpListener,
    pub(super) hufu: TcpListener,
    pub(super) simulator: TcpListener,
    pub(super) app_url: String,
    pub(super) hufu_url: String,
    pub(super) simulator_url: String,
}

impl Ports {
    pub(super) async fn bind(first: u16) -> Result<Self, Failure> {
        let nth = |n: u16| match first {
            0 => Ok(0),
            first => first.checked_add(n).ok_or_else(|| {
                let zh = format!("--port {first} 之后没有足够的端口");
                Failure::new("port", zh, format!("there are no two ports after --port {first}"))
            }),
        };
        let (app, hufu, simulator) = (nth(0)?, nth(1)?, nth(2)?);
        let app = bind(app, "--port").await?;
        let hufu = bind(hufu, "--port").await?;
        let simulator = bind(simulator, "--port").await?;
        Ok(Self {
            app_url: url(&app)?,
            hufu_url: url(&hufu)?,
            simulator_url: url(&simulator)?,
            app,
            hufu,
            simulator,
        })
    }
}

/// A port of this machine alone: a demo is for whoever sits at it.
pub(crate) async fn bind(port: u16, flag: &str) -> Result<TcpListener, Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::new(
            "port_taken",
            format!("端口 {port} 已被占用，请用 {flag} 换一个"),
            format!("port {port} is taken by another program; choose another one with {flag}"),
        ),
        _ => Failure::new(
            "port",
            format!("无法使用端口 {port}：{error}，请用 {flag} 换一个"),
            format!("port {port} cannot be used: {error}; choose another one with {flag}"),
        ),
    })
}

pub(crate) fn url(listener: &TcpListener) -> Result<String, Failure> {
    Ok(format!("http://{}", listener.local_addr()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named_with_the_flag_that_changes_it() {
        let taken = bind(0, "--port").await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let failure = Ports::bind(port).await.err().unwrap();
        assert_eq!(failure.code(), "port_taken");
        for text in [failure.text().en, failure.text().zh] {
            assert!(text.contains(&port.to_string()) && text.contains("--port"), "{text}");
        }
    }

    #[tokio::test]
    async fn three_ports_must_fit() {
        assert_eq!(Ports::bind(65_534).await.err().unwrap().code(), "port");
        let ports = Ports::bind(0).await.unwrap();
        assert!(ports.app_url != ports.hufu_url && ports.hufu_url != ports.simulator_url);
    }
}
