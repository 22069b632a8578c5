//! What came of asking, as recordings keep it.

use compare::model::{Body, Exchange, Failure, FailureKind, Outcome, Request, Response};
use providers::asked::{Account, Asked};
use providers::client::{Answer, Call};
use providers::provider::{Asking, CallError, Patience, Provider};
use store::received;
use store::secrets::REMOVED;

/// What a provider was asked and what it answered, with how often that took.
#[derive(Debug)]
pub struct Exchanged {
    /// As it is recorded; what the provider is asked with is left out of it.
    pub exchange: Exchange,
    /// How often it was asked.
    pub attempts: u32,
    /// How often it answered that we ask too often.
    pub throttled: u32,
}

/// Asks a provider, and puts what came of it into an exchange.
pub async fn exchange(
    provider: &Provider,
    asked: &Asked,
    account: Option<&Account>,
    patience: Patience,
) -> Result<Exchanged, CallError> {
    let (call, _) = provider.call(asked, account)?;
    let Asking { called, target, attempts, throttled, .. } = provider.ask(asked, account, patience).await?;
    let outcome = match called.outcome {
        Ok(answer) => response(answer),
        Err(failure) => Outcome::Failure(failure),
    };
    let exchange = Exchange {
        started_at: Some(format!("{:.3}", called.started_at)),
        elapsed_ms: Some(called.elapsed_ms),
        request: Some(request(provider, &call, target)),
        outcome,
    };
    Ok(Exchanged { exchange, attempts, throttled })
}

/// The request as it was sent, without what authenticates us: that is removed before anybody else could forget to.
fn request(provider: &Provider, call: &Call, target: String) -> Request {
    let is_ours = |name: &str| provider.profile.auth.headers.keys().any(|known| known.0 == name);
    let value = |name: &str, value: &str| if is_ours(name) { REMOVED.to_owned() } else { value.to_owned() };
    let headers = call.headers.iter();
    let text = call.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned());
    Request {
        method: call.method.clone(),
        url: target,
        headers: headers.map(|(name, text)| (name.clone(), vec![value(name, text.expose())])).collect(),
        body: text
            .map_or(Body::Absent, |text| received::classified(text.into_bytes(), Some("application/json"))),
    }
}

fn response(answer: Answer) -> Outcome {
    let Answer { status, mut headers, body } = answer;
    match received::body(body, &mut headers) {
        Ok(body) => Outcome::Response(Response { status, headers, body }),
        Err(detail) => Outcome::Failure(Failure { kind: FailureKind::Protocol, detail }),
    }
}
