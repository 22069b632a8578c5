//! The edge of the world: what the engine asks others to do. One call each, so that each can be the one that fails.

use std::future::Future;

use jiff::Timestamp;
use providers::secret::Secret;

use crate::credentials::Credentials;
use crate::machine::{Cure, Known};
use crate::record::Mode;

/// What a call to a provider came to, where it did not do what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It did not happen, for certain.
    Refused {
        /// For people; a status, a code, never a body.
        why: String,
        /// What helps.
        cure: Cure,
    },
    /// Nobody knows whether it happened.
    Unknown {
        /// For people.
        why: String,
    },
}

/// What legacy has to refresh with.
#[derive(Clone, Debug)]
pub enum Held {
    /// This.
    Token(Secret),
    /// Nothing.
    Nothing,
    /// It tells nobody.
    Untold,
}

/// An id at new.
pub type NewId = String;

/// The world beyond the journal, for one account at a time.
pub trait Edge {
    /// What the profiles know that decides what comes next.
    fn known(&self, account: &str) -> Known;
    /// Whether an account's credentials can be had and fit the mode.
    fn admit(&self, account: &str, mode: Mode) -> impl Future<Output = Result<(), Trouble>>;
    /// What legacy answers, to be held against new later; to be sealed.
    fn witness(&self, account: &str) -> impl Future<Output = Result<Vec<u8>, Trouble>>;
    /// Pauses legacy's syncs; nothing where it has none.
    fn pause(&self, account: &str) -> impl Future<Output = Result<(), Trouble>>;
    /// Lets legacy's syncs go on.
    fn unpause(&self, account: &str) -> impl Future<Output = Result<(), Trouble>>;
    /// Legacy's credentials; what is lent is asked for without what refreshes.
    fn export(&self, account: &str, mode: Mode) -> impl Future<Output = Result<Credentials, Trouble>>;
    /// Whether what was exported is what legacy had last, where it may be older: since `fenced` nobody asks legacy for the account.
    fn is_latest(
        &self,
        account: &str,
        credentials: &Credentials,
        fenced: Timestamp,
    ) -> impl Future<Output = Result<(), Trouble>> {
        let _ = (account, credentials, fenced);
        std::future::ready(Ok(()))
    }
    /// What legacy itself has now to refresh with.
    fn held(&self, account: &str) -> impl Future<Output = Result<Held, Trouble>> {
        async {
            let credentials = self.export(account, Mode::Transfer).await?;
            Ok(credentials.secret("refresh_token").map_or(Held::Nothing, |token| Held::Token(token.clone())))
        }
    }
    /// Takes from legacy what refreshes, and leaves it what does not.
    fn disarm(&self, account: &str, credentials: &Credentials) -> impl Future<Output = Result<(), Trouble>>;
    /// Gives new credentials: to the account of this id, or to a new one, of which the id comes back.
    fn import(
        &self,
        account: &str,
        credentials: &Credentials,
        place: Option<&str>,
        key: &str,
    ) -> impl Future<Output = Result<NewId, Trouble>>;
    /// The id under which new has an account already.
    fn find(&self, account: &str) -> impl Future<Output = Result<Option<NewId>, Trouble>>;
    /// Whether new answers what legacy answered.
    fn verify(&self, account: &str, id: &str, witness: &[u8]) -> impl Future<Output = Result<(), Trouble>>;
    /// Has new refresh.
    fn refresh(&self, account: &str, id: &str) -> impl Future<Output = Result<(), Trouble>>;
    /// Whether the upstream says that what was handed over has been used to refresh, where that can be known: `credentials` are what new was given.
    fn has_rotated(
        &self,
        account: &str,
        credentials: &Credentials,
    ) -> impl Future<Output = Result<(), Trouble>> {
        let _ = (account, credentials);
        std::future::ready(Ok(()))
    }
    /// New's credentials, after which it does not use them any more.
    fn reclaim(&self, account: &str, id: &str) -> impl Future<Output = Result<Credentials, Trouble>>;
    /// Removes the account from new; what is not there is removed.
    fn recall(&self, account: &str, id: &str) -> impl Future<Output = Result<(), Trouble>>;
    /// Gives legacy credentials.
    fn restore(&self, account: &str, credentials: &Credentials) -> impl Future<Output = Result<(), Trouble>>;
    /// The present.
    fn now(&self) -> Timestamp;
    /// How long after it was sent a call may still arrive.
    fn arrives_within_ms(&self) -> u64;
    /// Waits.
    fn sleep(&self, milliseconds: u64) -> impl Future<Output = ()>;
}
