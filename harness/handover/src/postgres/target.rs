//! Which database of which server, from its url.

use std::time::Duration;

use tokio_postgres::config::{Host, SslMode};

/// A server that is not reached within this is not there.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
const PORT: u16 = 5432;

/// A database of a server, and how it is reached.
#[derive(Clone)]
pub struct Target {
    /// On the heap, for it is ten times as large as the path of a file, which stands beside it.
    pub(crate) config: Box<tokio_postgres::Config>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Target({})", self.name())
    }
}

/// Why a url is none. No message repeats a part of it: it may be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is not read.
    #[error(
        "it is no url of PostgreSQL: expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, where each of `@ : / ? # %` in a password is written as %XX"
    )]
    Url,
    /// Something is absent.
    #[error("it names no {0}: expected postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
    Lacks(&'static str),
    /// The server is on another machine.
    #[error(
        "it names a server on another machine, and this program speaks to PostgreSQL without TLS: reach it through a tunnel that ends on this machine, or add ?sslmode=disable where the network is trusted"
    )]
    InClear,
    /// What is asked for is not there.
    #[error(
        "it demands TLS, which this program does not speak to PostgreSQL: reach the server through a tunnel that ends on this machine"
    )]
    Tls,
}

impl Target {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with libpq's names for what may follow a `?`.
    pub fn parse(url: &str) -> Result<Target, TargetError> {
        let mut config: tokio_postgres::Config = url.parse().map_err(|_| TargetError::Url)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(TargetError::Lacks("host"));
        }
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(TargetError::Lacks("database"));
        }
        // The rest of a password that was not written as it must be.
        let is_host = |host: &Host| !matches!(host, Host::Tcp(name) if name.contains('@'));
        if !config.get_hosts().iter().all(is_host) {
            return Err(TargetError::Url);
        }
        let is_near = config.get_hosts().iter().all(is_near)
            && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback);
        match config.get_ssl_mode() {
            SslMode::Disable => {}
            SslMode::Prefer if is_near => {}
            SslMode::Prefer => return Err(TargetError::InClear),
            _ => return Err(TargetError::Tls),
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTS_WITHIN);
        }
        config.application_name("cutover");
        Ok(Target { config: Box::new(config) })
    }

    /// As people are told it; without credentials.
    pub fn name(&self) -> String {
        let port = self.config.get_ports().first().copied().unwrap_or(PORT);
        let database = self.config.get_dbname().unwrap_or_default();
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => self.config.get_hostaddrs().first().map(ToString::to_string).unwrap_or_default(),
        };
        format!("postgres://{host}:{port}/{database}")
    }
}

/// Whether what is sent to it leaves the machine.
fn is_near(host: &Host) -> bool {
    match host {
        Host::Tcp(host) => {
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    fn check(url: &str, expected: &str) {
        let told = match Target::parse(url) {
            Ok(target) => format!("{target:?}"),
            Err(error) => format!("{error:?}"),
        };
        assert_eq!(told, expected, "{url}");
    }

    #[test]
    fn a_url_names_a_database_and_what_is_told_of_it_has_no_password() {
        check("postgres://me:planted@127.0.0.1:6000/state", "Target(postgres://127.0.0.1:6000/state)");
        check("postgresql://me@localhost/state", "Target(postgres://localhost:5432/state)");
        check("postgres://me@%2Frun%2Fpg/state", "Target(postgres:///run/pg:5432/state)");
        check("postgres://me:planted@db/state?sslmode=disable", "Target(postgres://db:5432/state)");
    }

    #[test]
    fn what_would_go_in_clear_or_names_nothing_is_refused_without_a_word_of_it() {
        check("postgres://me:pl@nted?a=b@127.0.0.1/state", "Url");
        check("postgres://me:pl@nted@127.0.0.1/state?sslmode=disable", "Url");
        check("postgres://me:planted@/state", "Lacks(\"host\")");
        check("postgres://me:planted@127.0.0.1", "Lacks(\"database\")");
        check("postgres://me:planted@db/state", "InClear");
        check("postgres://me:planted@127.0.0.1/state?sslmode=require", "Tls");
    }
}
