//! TLS to a PostgreSQL server: whose certificate is taken for the server's, in the words of libpq.

use std::error::Error as _;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A file of authorities has hundreds of them at most, of two kilobytes each.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// What a server is told is spoken; since version 17 it asks.
const PROTOCOL: &[u8] = b"postgresql";

/// What a server's certificate must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check<'a> {
    /// Anything: what is sent is encrypted, to whoever answers.
    Nothing,
    /// Signed by an authority of this file, for whichever name.
    Authority(&'a Path),
    /// Signed by an authority of this file, or of the system's, for the name of the host.
    AuthorityAndName(Option<&'a Path>),
}

/// Why TLS cannot be set up. A path is no secret.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file is not read.
    #[error("read the authorities' certificates {path} that sslrootcert names: {why}")]
    Authorities {
        /// As it is looked for.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The library refuses.
    #[error("begin with TLS")]
    Refused(#[from] Error),
}

/// How the server is spoken to.
pub(super) fn connector(check: Check<'_>) -> Result<MakeRustlsConnect, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match check {
        Check::Nothing => Arc::new(Lenient { provider: Arc::clone(&provider), authority: None }),
        Check::Authority(file) => {
            let authority = Some(of_file(file, &provider)?);
            Arc::new(Lenient { provider: Arc::clone(&provider), authority })
        }
        Check::AuthorityAndName(Some(file)) => of_file(file, &provider)?,
        Check::AuthorityAndName(None) => {
            Arc::new(rustls_platform_verifier::Verifier::new(Arc::clone(&provider))?)
        }
    };
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn of_file(path: &Path, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, TlsError> {
    let failed = |why: String| TlsError::Authorities { path: path.display().to_string(), why };
    let size = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(failed(format!("it has more than {FILE_BYTES_MAX} bytes")));
    }
    let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        roots.add(certificate).map_err(|error| failed(error.to_string()))?;
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|_| failed("it holds no certificate in PEM".to_owned()))
}

/// Checks less than the library wants to: no name, and where there is no authority not who signed either. That who answers has the certificate's
/// key is checked always.
#[derive(Debug)]
struct Lenient {
    provider: Arc<CryptoProvider>,
    authority: Option<Arc<WebPkiServerVerifier>>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authority) = &self.authority else { return Ok(ServerCertVerified::assertion()) };
        match authority.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is the last thing that it looks at.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// What can be done about a certificate that was refused; `None`: it was something else.
pub(super) fn mend(error: &tokio_postgres::Error) -> Option<&'static str> {
    let refused = error.source()?.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<Error>()?;
    match refused {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => Some(
            "`sslrootcert` of the url names the file with the certificate of the authority that signed the server's",
        ),
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Some(
            "the url's host must be a name that the certificate is for; sslmode=verify-ca asks for no name",
        ),
        // What the library has no word of its own for: mostly a certificate that `openssl req -x509` made, as its guides have it.
        Error::InvalidCertificate(CertificateError::Other(_)) => Some(
            "an authority's own certificate is not taken for a server's: sign one for the server with it",
        ),
        _ => None,
    }
}
