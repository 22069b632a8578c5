//! TLS to the sides, and towards the application where certificate files are given.

use std::io::{self, Cursor};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The text holds no certificate, or a torn one.
    #[error("read the certificates of {what}: {why}")]
    Certificates {
        /// Whose they are.
        what: &'static str,
        /// What the reader said.
        why: String,
    },
    /// Certificate and key do not fit, or the library refuses them.
    #[error("use the certificates of {what}")]
    Refused {
        /// Whose they are.
        what: &'static str,
        /// Why.
        source: rustls::Error,
    },
}

/// How the sides are trusted: Mozilla's authorities, and those in `more` (PEM).
pub fn client(more: Option<&[u8]>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = more {
        for certificate in certificates(pem, "the sides")? {
            let refused = |source| TlsError::Refused { what: "the sides", source };
            roots.add(certificate).map_err(refused)?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| TlsError::Refused { what: "the sides", source })?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// How the application is answered: a chain and its key, both PEM.
pub fn server(chain: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, TlsError> {
    let what = "the listener";
    let chain = certificates(chain, what)?;
    let key = PrivateKeyDer::from_pem_reader(Cursor::new(key))
        .map_err(|error| TlsError::Certificates { what, why: format!("no private key: {error}") })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let refused = |source| TlsError::Refused { what, source };
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refused)?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key).map_err(refused)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_reader_iter(Cursor::new(pem)).collect();
    let found = found.map_err(|error| TlsError::Certificates { what, why: error.to_string() })?;
    if found.is_empty() {
        return Err(TlsError::Certificates { what, why: "there is none in it".to_owned() });
    }
    Ok(found)
}

/// Whether an error of a connection came from TLS.
pub(in crate::serve) fn is_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|source| source.is::<rustls::Error>())
}
