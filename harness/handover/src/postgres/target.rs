//! Which database of which server, and how it is reached, from its url.

use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{self, Check, TlsError};

/// A server that is not reached within this is not there.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
const PORT: u16 = 5432;
/// Options of libpq's that change how a server is trusted: whoever wrote one wants it heeded.
const NOT_OURS: [&str; 11] = [
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcertmode",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "requiressl",
    "gssencmode",
];

/// A database of a server, and how it is reached.
#[derive(Clone)]
pub struct Target {
    /// On the heap, for it is ten times as large as the path of a file, which stands beside it.
    pub(crate) config: Box<tokio_postgres::Config>,
    /// `None`: in clear.
    pub(super) tls: Option<MakeRustlsConnect>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Target({})", self.name())
    }
}

/// Why a url is none. No message repeats a part of it: it may be a password.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It is not read.
    #[error(
        "it is no url of PostgreSQL: expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, where each of `@ : / ? # %` in a password is written as %XX"
    )]
    Url,
    /// Something is absent.
    #[error("it names no {0}: expected postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
    Lacks(&'static str),
    /// It leaves to others what is encrypted.
    #[error(
        "with this sslmode whoever answers decides whether anything is encrypted: write sslmode=verify-full, or sslmode=disable where the network is trusted"
    )]
    Weak,
    /// Another mode.
    #[error("its sslmode is none of disable, require, verify-ca and verify-full")]
    Mode,
    /// The system's authorities sign for anybody, so that the name is all that tells one server from another.
    #[error("sslmode=verify-ca needs sslrootcert=FILE, and sslrootcert=system needs sslmode=verify-full")]
    Authority,
    /// What libpq knows, and we do not.
    #[error("this program does not know its option {0}")]
    Option(&'static str),
    /// TLS is asked for and cannot be.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Target {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with libpq's names for what may follow a `?`. A path is one from `folder`.
    ///
    /// Without an `sslmode` a server on another machine must prove by its certificate that it is the one that is named.
    pub fn parse(url: &str, folder: &Path) -> Result<Target, TargetError> {
        let options = Options::take(url)?;
        let mut config: tokio_postgres::Config = options.rest.parse().map_err(|_| TargetError::Url)?;
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
        let file = options.authorities.as_ref().map(|file| folder.join(file));
        let tls = match check(&config, &options, file.as_deref())? {
            None => None,
            // It is the name of the host that the certificate is held against.
            Some(_) if config.get_hosts().is_empty() => return Err(TargetError::Lacks("host")),
            Some(check) => Some(tls::connector(check)?),
        };
        config.ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable });
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTS_WITHIN);
        }
        config.application_name("cutover");
        Ok(Target { config: Box::new(config), tls })
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

/// What a url says of TLS, and the url without it.
struct Options {
    mode: Option<String>,
    /// A file, or `None` where the system's are named or nothing is.
    authorities: Option<PathBuf>,
    are_the_systems: bool,
    rest: String,
}

impl Options {
    fn take(url: &str) -> Result<Options, TargetError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut options =
            Options { mode: None, authorities: None, are_the_systems: false, rest: base.to_owned() };
        let mut kept = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(TargetError::Url)?;
            let value = percent_decode_str(value).decode_utf8().map_err(|_| TargetError::Url)?;
            match name {
                "sslmode" => options.mode = Some(value.into_owned()),
                "sslrootcert" if value == "system" => options.are_the_systems = true,
                "sslrootcert" if value.is_empty() => return Err(TargetError::Lacks("file in sslrootcert")),
                "sslrootcert" => options.authorities = Some(PathBuf::from(value.as_ref())),
                _ => {
                    if let Some(name) = NOT_OURS.iter().find(|not_ours| **not_ours == name) {
                        return Err(TargetError::Option(name));
                    }
                    kept.push(part);
                }
            }
        }
        if !kept.is_empty() {
            options.rest = format!("{base}?{}", kept.join("&"));
        }
        Ok(options)
    }
}

/// What the server's certificate must be; `None`: what is sent goes in clear.
fn check<'a>(
    config: &tokio_postgres::Config,
    options: &Options,
    file: Option<&'a Path>,
) -> Result<Option<Check<'a>>, TargetError> {
    let is_near = config.get_hosts().iter().all(is_near)
        && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback);
    let says_nothing = file.is_none() && !options.are_the_systems;
    match options.mode.as_deref() {
        // As libpq has it, there is no TLS over the file of a socket, whatever is asked for.
        _ if config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(is_file) => Ok(None),
        Some("disable") => Ok(None),
        None if is_near && says_nothing => Ok(None),
        None | Some("verify-full") => Ok(Some(Check::AuthorityAndName(file))),
        Some("verify-ca" | "require") if options.are_the_systems => Err(TargetError::Authority),
        Some("verify-ca") => Ok(Some(Check::Authority(file.ok_or(TargetError::Authority)?))),
        // As libpq has it, who names an authority wants it asked.
        Some("require") => Ok(Some(file.map_or(Check::Nothing, Check::Authority))),
        Some("allow" | "prefer") => Err(TargetError::Weak),
        Some(_) => Err(TargetError::Mode),
    }
}

/// Whether it is a socket's.
fn is_file(host: &Host) -> bool {
    match host {
        Host::Tcp(_) => false,
        #[cfg(unix)]
        Host::Unix(_) => true,
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
    use std::path::Path;

    use super::Target;

    fn check(url: &str, expected: &str) {
        let told = match Target::parse(url, Path::new("/nowhere")) {
            Ok(target) => format!("{target:?}{}", if target.tls.is_some() { ", TLS" } else { "" }),
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
    fn what_leaves_the_machine_is_encrypted_where_nothing_else_is_said() {
        check("postgres://me:planted@db/state", "Target(postgres://db:5432/state), TLS");
        check("postgres://me:planted@db/state?sslmode=require", "Target(postgres://db:5432/state), TLS");
        check(
            "postgres://me@localhost/state?sslmode=verify-full",
            "Target(postgres://localhost:5432/state), TLS",
        );
        check(
            "postgres://me@localhost/state?sslrootcert=system",
            "Target(postgres://localhost:5432/state), TLS",
        );
        // One of several is enough.
        check("postgres://me@127.0.0.1,db/state", "Target(postgres://127.0.0.1:5432/state), TLS");
        check("postgres://me@%2Frun%2Fpg/state?sslmode=verify-full", "Target(postgres:///run/pg:5432/state)");
    }

    #[test]
    fn what_would_be_less_than_was_asked_for_is_refused() {
        check("postgres://me@localhost/state?sslmode=prefer", "Weak");
        check("postgres://me@db/state?sslmode=allow", "Weak");
        check("postgres://me@db/state?sslmode=verify", "Mode");
        check("postgres://me@db/state?sslmode=verify-ca", "Authority");
        check("postgres://me@db/state?sslmode=require&sslrootcert=system", "Authority");
        check("postgres://me@db/state?sslcert=me.crt", "Option(\"sslcert\")");
        check("postgres://me@/state?hostaddr=10.0.0.1", "Lacks(\"host\")");
        check("postgres://me@db/state?sslrootcert=", "Lacks(\"file in sslrootcert\")");
        let absent =
            "Tls(Authorities { path: \"/nowhere/ca.pem\", why: \"No such file or directory (os error 2)\" })";
        check("postgres://me@db/state?sslrootcert=ca.pem", absent);
    }

    #[test]
    fn what_names_nothing_is_refused_without_a_word_of_it() {
        check("postgres://me:pl@nted?a=b@127.0.0.1/state", "Url");
        check("postgres://me:pl@nted@127.0.0.1/state?sslmode=disable", "Url");
        check("postgres://me:planted@/state", "Lacks(\"host\")");
        check("postgres://me:planted@127.0.0.1", "Lacks(\"database\")");
    }
}
