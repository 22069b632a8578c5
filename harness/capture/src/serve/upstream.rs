//! Where a side is reached.

use std::sync::Arc;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

/// A side's base address, taken apart once.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// For the name's resolution.
    pub(in crate::serve) host: String,
    pub(in crate::serve) port: u16,
    /// As the `host` header has it.
    pub(in crate::serve) authority: HeaderValue,
    /// Before each path; without a `/` at its end.
    base_path: String,
    /// None: in clear.
    pub(in crate::serve) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

/// Why a text is no base address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{base:?} is not the address of a server: {why}")]
pub struct NotAnAddress {
    /// As given.
    pub base: String,
    /// What is wrong.
    pub why: String,
}

impl Upstream {
    /// Reads `https://host[:port][/path]`.
    pub fn new(base: &str, tls: &Arc<ClientConfig>) -> Result<Upstream, NotAnAddress> {
        let refuse = |why: &str| NotAnAddress { base: base.to_owned(), why: why.to_owned() };
        let uri: Uri = base.parse().map_err(|error: http::uri::InvalidUri| refuse(&error.to_string()))?;
        let is_secure = match uri.scheme().map(Scheme::as_str) {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(refuse("it begins with neither https:// nor http://")),
        };
        let authority = uri.authority().ok_or_else(|| refuse("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(NotAnAddress {
                base: "…@…".to_owned(),
                why: "credentials do not belong there".to_owned(),
            });
        }
        if uri.query().is_some() {
            return Err(refuse("a query does not belong there"));
        }
        let host = bare_host(authority);
        let tls = if is_secure {
            let name =
                ServerName::try_from(host.clone()).map_err(|_| refuse("its host is no name for TLS"))?;
            Some((tls.clone(), name))
        } else {
            None
        };
        let port = authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let header =
            HeaderValue::from_str(authority.as_str()).map_err(|_| refuse("its host is no header"))?;
        let base_path = uri.path().trim_end_matches('/').to_owned();
        Ok(Upstream { host, port, authority: header, base_path, tls })
    }

    /// The path and query to ask for what is asked of us.
    pub(in crate::serve) fn target(&self, target: &PathAndQuery) -> Option<Uri> {
        if self.base_path.is_empty() {
            return Some(Uri::from(target.clone()));
        }
        let joined = format!("{}{}", self.base_path, target.as_str());
        PathAndQuery::try_from(joined).ok().map(Uri::from)
    }
}

/// Without the brackets of an IPv6 address.
fn bare_host(authority: &Authority) -> String {
    authority.host().trim_start_matches('[').trim_end_matches(']').to_owned()
}

#[cfg(test)]
mod tests {
    use super::Upstream;
    use crate::serve::tls;

    #[track_caller]
    fn check(base: &str, expected: Result<(&str, u16, &str), &str>) {
        let tls = tls::client(None).expect("the authorities are built in");
        let target = "/a?b=c".parse().expect("it is a target");
        let told = Upstream::new(base, &tls)
            .map(|side| (side.host.clone(), side.port, side.target(&target).expect("it is one").to_string()))
            .map_err(|error| error.why);
        let expected = expected.map(|(host, port, target)| (host.to_owned(), port, target.to_owned()));
        assert_eq!(told, expected.map_err(str::to_owned), "{base}");
    }

    #[test]
    fn an_address_may_have_a_port_and_a_path() {
        check("https://unify.example", Ok(("unify.example", 443, "/a?b=c")));
        check("http://127.0.0.1:8080/api/", Ok(("127.0.0.1", 8080, "/api/a?b=c")));
        check("http://[::1]:81", Ok(("::1", 81, "/a?b=c")));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        check("unify.example/x", Err("invalid format"));
        check("ftp://x", Err("it begins with neither https:// nor http://"));
        check("https://key:secret@x", Err("credentials do not belong there"));
        check("https://x/?a=1", Err("a query does not belong there"));
    }
}
