//! The one HTTP client: limits on time and size, no redirects, and failures told apart.

mod failure;

use std::time::Duration;

use bytes::Bytes;
use compare::model::{Failure, FailureKind, Headers};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Method, Proxy, Url};

use crate::Clock;
use crate::secret::Secret;

/// A page of a thousand fat records is a tenth of this; what is larger is a mistake or an attack.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Unified APIs answer in seconds; after this nobody waits any more.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
/// A host that does not even accept is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Providers see who asks, and may tell it from the application.
const USER_AGENT: &str = concat!("cutover/", env!("CARGO_PKG_VERSION"));

/// How the client reaches a provider.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Until an answer is complete.
    pub timeout: Duration,
    /// The answer's body, as it comes over the wire.
    pub body_bytes_max: usize,
    /// Through this proxy; nothing is read from the environment here.
    pub proxy: Option<Secret>,
    /// Certificates (PEM) that are trusted beside the system's.
    pub ca_pem: Option<Vec<u8>>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { timeout: TIMEOUT_DEFAULT, body_bytes_max: BODY_BYTES_MAX, proxy: None, ca_pem: None }
    }
}

/// A client; clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    body_bytes_max: usize,
    clock: Clock,
}

/// A request as it is sent.
#[derive(Clone, Debug)]
pub struct Call {
    /// Upper-case.
    pub method: String,
    /// Absolute; it may hold secrets in its query.
    pub url: Secret,
    /// By lower-case name.
    pub headers: Vec<(String, Secret)>,
    /// What is sent.
    pub body: Option<Bytes>,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Called {
    /// RFC 3339.
    pub started_at: jiff::Timestamp,
    /// Until the answer was complete.
    pub elapsed_ms: u64,
    /// The answer, or why there is none.
    pub outcome: Result<Answer, Failure>,
}

/// An answer, its body as it came over the wire.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP's.
    pub status: u16,
    /// By lower-case name.
    pub headers: Headers,
    /// Perhaps compressed: `content-encoding` says so.
    pub body: Vec<u8>,
}

/// Why there is no client, or no call.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The proxy's address means nothing.
    #[error("use the proxy: its address is not http://, https:// or without a host")]
    Proxy,
    /// The certificates mean nothing.
    #[error("trust the certificates of the file that `ca` names: it holds no certificate in PEM")]
    Certificates,
    /// The TLS library refuses.
    #[error("begin with TLS")]
    Tls(#[source] reqwest::Error),
}

impl Client {
    /// Makes a client.
    pub fn new(settings: &Settings, clock: Clock) -> Result<Client, ClientError> {
        // Whoever installed one first is right: it is the same.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = reqwest::Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(USER_AGENT);
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(Proxy::all(proxy.expose()).map_err(|_| ClientError::Proxy)?);
        }
        if let Some(pem) = &settings.ca_pem {
            let certificates = Certificate::from_pem_bundle(pem).map_err(|_| ClientError::Certificates)?;
            if certificates.is_empty() {
                return Err(ClientError::Certificates);
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let http = builder.build().map_err(ClientError::Tls)?;
        Ok(Client { http, body_bytes_max: settings.body_bytes_max, clock })
    }

    /// The present, as the client knows it.
    pub fn now(&self) -> jiff::Timestamp {
        (self.clock)()
    }

    /// The clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Asks once. It never fails: what went wrong is what came of it.
    pub async fn call(&self, call: &Call) -> Called {
        let started_at = self.now();
        let outcome = self.attempt(call).await;
        let elapsed = self.now().as_millisecond() - started_at.as_millisecond();
        Called { started_at, elapsed_ms: u64::try_from(elapsed).unwrap_or(0), outcome }
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, Failure> {
        let refuse = |detail: &str| Failure { kind: FailureKind::Refused, detail: detail.to_owned() };
        let method = Method::from_bytes(call.method.as_bytes()).map_err(|_| refuse("the method is none"))?;
        let url = Url::parse(call.url.expose()).map_err(|_| refuse("the address is none"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &call.headers {
            let name = HeaderName::try_from(name.as_str()).map_err(|_| refuse("a header's name is none"))?;
            let mut value = HeaderValue::try_from(value.expose()).map_err(|_| {
                refuse(&format!("the value of the header {name} has characters that none may have"))
            })?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        let mut request = self.http.request(method, url).headers(headers);
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let mut response = request.send().await.map_err(|error| failure::of(&error))?;
        let mut kept = Headers::new();
        for (name, value) in response.headers() {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            kept.entry(name.as_str().to_owned()).or_default().push(value);
        }
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure::of(&error))? {
            if body.len() + chunk.len() > self.body_bytes_max {
                let detail = format!("the body is larger than {} bytes", self.body_bytes_max);
                return Err(Failure { kind: FailureKind::TooLarge, detail });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers: kept, body })
    }
}

#[cfg(test)]
mod tests;
