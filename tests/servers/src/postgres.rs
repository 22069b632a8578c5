//! A PostgreSQL server of its own: a new data folder, a free port of loopback, a password, and durable as it is by default.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

const USER: &str = "cutover";
const PASSWORD: &str = "pg-planted";
/// Where Debian has what is not on the path.
const INSTALLED: &str = "/usr/lib/postgresql";
/// The server refuses to run as root; Debian makes this user for it.
const UNPRIVILEGED: &str = "postgres";
/// Between looking for a free port and taking it another may.
const TRIES_MAX: usize = 5;

/// The server, which ends when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    is_root: bool,
    is_secured: bool,
}

impl Postgres {
    /// Starts it; why not, where it is not installed or does not start.
    pub fn start() -> Result<Postgres, String> {
        Postgres::start_as(false)
    }

    /// Starts one that speaks TLS and nothing else, with a certificate for `localhost` that an authority of its own signed.
    pub fn start_secured() -> Result<Postgres, String> {
        Postgres::start_as(true)
    }

    fn start_as(is_secured: bool) -> Result<Postgres, String> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let programs = programs()
            .ok_or("PostgreSQL is not on this machine; install Debian's package `postgresql`".to_owned())?;
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("cutover-postgres-{}-{number}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        let is_root = said(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
        let mut server = Postgres { programs, folder, port: 0, is_root, is_secured };
        server.make().map_err(|error| format!("PostgreSQL's data folder: {error}"))?;
        for _ in 1..TRIES_MAX {
            server.port = free_port().map_err(|error| error.to_string())?;
            if server.control("start").is_ok() {
                return Ok(server);
            }
        }
        server.port = free_port().map_err(|error| error.to_string())?;
        server.control("start").map(|_| server)
    }

    fn make(&self) -> Result<(), String> {
        let failed = |error: io::Error| error.to_string();
        fs::create_dir_all(&self.folder).map_err(failed)?;
        let password = self.folder.join("password");
        fs::write(&password, PASSWORD).map_err(failed)?;
        if self.is_secured {
            self.certify()?;
        }
        if self.is_root {
            said(Command::new("chown").arg("-R").arg(UNPRIVILEGED).arg(&self.folder))?;
        }
        let mut initdb = self.program("initdb");
        initdb.arg("--pgdata").arg(self.data()).args(["--username", USER, "--auth", "scram-sha-256"]);
        initdb.arg("--pwfile").arg(&password).args(["--encoding", "UTF8", "--locale", "C", "--no-sync"]);
        said(&mut initdb)?;
        if self.is_secured {
            let only_tls = "hostssl all all 127.0.0.1/32 scram-sha-256\n";
            fs::write(self.data().join("pg_hba.conf"), only_tls).map_err(failed)?;
        }
        Ok(())
    }

    /// The authority of the server, another's that signed nothing, and the server's certificate.
    fn certify(&self) -> Result<(), String> {
        let openssl = |name: &str, subject: &str, more: &[&str]| {
            let mut openssl = Command::new("openssl");
            openssl.current_dir(&self.folder).args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"]);
            openssl.args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", subject]);
            openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]);
            said(openssl.args(more)).map(drop)
        };
        openssl("authority", "/CN=The authority of the tests", &[])?;
        openssl("other", "/CN=Another authority", &[])?;
        let name =
            ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"];
        let signed: Vec<&str> =
            ["-CA", "authority.pem", "-CAkey", "authority.key"].into_iter().chain(name).collect();
        openssl("server", "/CN=localhost", &signed)
    }

    /// The certificate of the authority that signed a secured server's, and of one that did not.
    pub fn authorities(&self) -> [PathBuf; 2] {
        ["authority.pem", "other.pem"].map(|name| self.folder.join(name))
    }

    fn control(&self, what: &str) -> Result<(), String> {
        let mut control = self.program("pg_ctl");
        control.arg("--pgdata").arg(self.data()).args(["--wait", "--timeout", "60", "--silent"]);
        if what != "stop" {
            // No socket file: its folder's default is not ours to write.
            let mut options =
                format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''", self.port);
            if self.is_secured {
                let file = |name: &str| self.folder.join(name).display().to_string();
                let (chain, key) = (file("server.pem"), file("server.key"));
                options += &format!(" -c ssl=on -c ssl_cert_file={chain} -c ssl_key_file={key}");
            }
            control.arg("--log").arg(self.folder.join("log")).args(["-o", &options]);
        }
        if what != "start" {
            control.args(["--mode", "immediate"]);
        }
        // The server would hold what it inherits open.
        control.arg(what).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = control.status().map_err(|error| error.to_string())?;
        let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        if status.success() { Ok(()) } else { Err(format!("PostgreSQL's {what}: {}", log())) }
    }

    /// Ends every session as a crash would, and starts it on the same data.
    pub fn crash(&self) -> Result<(), String> {
        self.control("restart")
    }

    /// A new, empty database, by its url.
    pub fn database(&self, name: &str) -> Result<String, String> {
        self.run("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{name}", self.port))
    }

    /// What a database answers, as `psql` prints it.
    pub fn run(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = self.program("psql");
        psql.env("PGPASSWORD", PASSWORD).args(["--no-psqlrc", "--tuples-only", "--no-align", "--quiet"]);
        psql.args(["--host", "127.0.0.1", "--username", USER, "--port", &self.port.to_string()]);
        said(psql.args(["--dbname", database, "--command", sql]))
    }

    /// Where all that the server writes is.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = match self.is_root {
            true => {
                let mut command = Command::new("setpriv");
                command.args([&format!("--reuid={UNPRIVILEGED}"), "--clear-groups", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        // The folder of the tests need not be that user's to enter, and neither that of who runs them.
        command.current_dir("/").env("HOME", &self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.control("stop"));
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// The folder of the newest that is installed.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian =
        fs::read_dir(INSTALLED).into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let mut debian: Vec<PathBuf> = debian.collect();
    debian.sort();
    let all = debian.into_iter().rev().chain(std::env::split_paths(&path));
    all.into_iter().find(|folder: &PathBuf| has_all(folder))
}

fn has_all(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).exists())
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn said(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
