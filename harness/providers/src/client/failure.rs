//! Why a call has no answer, as recordings name it; without the address, which may hold secrets.

use std::error::Error;
use std::io;

use compare::model::{Failure, FailureKind};

/// The failure of an error.
pub(super) fn of(error: &reqwest::Error) -> Failure {
    let kind = kind(error);
    Failure { kind, detail: detail(error, kind) }
}

fn kind(error: &reqwest::Error) -> FailureKind {
    if error.is_timeout() {
        return FailureKind::Timeout;
    }
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    let mut found = if error.is_connect() { FailureKind::Connect } else { FailureKind::Protocol };
    while let Some(error) = cause {
        if is_tls(error) {
            return FailureKind::Tls;
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            use io::ErrorKind::{
                BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof,
            };
            let is_cut = matches!(
                error.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
            );
            if is_cut && found == FailureKind::Protocol {
                found = FailureKind::Reset;
            }
        }
        // The connection was closed before the message was whole.
        if error.to_string().contains("connection closed before message completed")
            && found == FailureKind::Protocol
        {
            found = FailureKind::Reset;
        }
        cause = error.source();
    }
    found
}

/// A handshake's failure lies within errors of input and output, which do not name it as their source.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => is_tls(inner),
        None => error.downcast_ref::<rustls::Error>().is_some(),
    }
}

/// The innermost cause says most, and none of the inner ones knows the address.
fn detail(error: &reqwest::Error, kind: FailureKind) -> String {
    let mut innermost = None;
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        innermost = Some(error.to_string());
        cause = error.source();
    }
    match (kind, innermost) {
        (FailureKind::Timeout, _) => "no complete answer in time".to_owned(),
        (_, Some(text)) => text,
        (_, None) => "the call failed".to_owned(),
    }
}
