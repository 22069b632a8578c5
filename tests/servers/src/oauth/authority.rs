//! The rules of an OAuth server's token endpoint (RFC 6749 section 6, RFC 9700 section 4.14): refresh, rotation, and the end of a grant whose
//! old token comes again.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Entry, Lifetimes, Rotation, client};

/// Everything that the server knows.
#[derive(Debug)]
pub struct Authority {
    /// How long tokens live.
    pub lifetimes: Lifetimes,
    /// Who asked what.
    pub log: Vec<Entry>,
    /// So many answers of the token endpoint will be lost.
    pub losing: u64,
    grants: Vec<Grant>,
    refresh: BTreeMap<String, Refresh>,
    access: BTreeMap<String, Access>,
    made: u64,
}

impl Default for Authority {
    fn default() -> Authority {
        Authority {
            lifetimes: Lifetimes::USUAL,
            log: Vec::new(),
            losing: 0,
            grants: Vec::new(),
            refresh: BTreeMap::new(),
            access: BTreeMap::new(),
            made: 0,
        }
    }
}

#[derive(Debug)]
struct Grant {
    subject: String,
    client: String,
    scope: String,
    is_revoked: bool,
}

#[derive(Debug)]
struct Refresh {
    grant: usize,
    expires_ms: i64,
    consumed_ms: Option<i64>,
}

#[derive(Debug)]
struct Access {
    /// `None`: a client's own.
    grant: Option<usize>,
    client: String,
    expires_ms: i64,
}

/// Tokens that were just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// For the upstream's API.
    pub access: String,
    /// For the token endpoint; a client's own token has none.
    pub refresh: Option<String>,
    /// Seconds from now.
    pub expires_in_s: i64,
    /// Parted by spaces.
    pub scope: String,
}

/// What an access token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Active {
    /// Whose account; of a client's own token, the client.
    pub subject: String,
    /// Whose app.
    pub client: String,
    /// Parted by spaces.
    pub scope: String,
    /// Milliseconds since 1970.
    pub expires_ms: i64,
}

/// The first sixteen hexadecimal digits of a token's SHA-256: enough to tell tokens apart, and not the token.
pub fn fingerprint(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Authority {
    /// A new grant; `None` where there is no such client.
    pub fn grant(&mut self, subject: &str, client_id: &str, scope: &str, now_ms: i64) -> Option<Tokens> {
        let client_id = client(client_id)?.id.to_owned();
        let (subject, scope) = (subject.to_owned(), scope.to_owned());
        self.grants.push(Grant { subject, client: client_id, scope, is_revoked: false });
        let grant = self.grants.len() - 1;
        let refresh = self.new_refresh(grant, now_ms);
        Some(self.tokens(grant, refresh, now_ms))
    }

    /// The grant type `refresh_token`; the error is OAuth's word.
    pub fn refresh(
        &mut self,
        token: &str,
        client_id: &str,
        secret: &str,
        now_ms: i64,
    ) -> Result<Tokens, &'static str> {
        let asking = client(client_id).filter(|client| client.secret == secret).ok_or("invalid_client")?;
        let presented = self.refresh.get_mut(token).ok_or("invalid_grant")?;
        let index = presented.grant;
        let grant = &self.grants[index];
        // A token that was issued to another client: what an import under a client of one's own amounts to.
        if grant.client != asking.id || grant.is_revoked || presented.expires_ms <= now_ms {
            return Err("invalid_grant");
        }
        let consumed_ms = presented.consumed_ms;
        match (asking.rotation, consumed_ms) {
            (Rotation::Never, _) => {
                presented.expires_ms = now_ms + self.lifetimes.refresh_s * 1_000;
                Ok(self.tokens(index, token.to_owned(), now_ms))
            }
            (Rotation::Always { leeway_ms }, Some(at)) if at + leeway_ms <= now_ms => {
                // Somebody has a token that is not theirs, and nobody can tell who.
                self.revoke_grant(index);
                Err("invalid_grant")
            }
            (Rotation::Always { .. }, _) => {
                presented.consumed_ms = consumed_ms.or(Some(now_ms));
                let next = self.new_refresh(index, now_ms);
                Ok(self.tokens(index, next, now_ms))
            }
        }
    }

    /// The grant type `client_credentials`.
    pub fn own_token(&mut self, client_id: &str, secret: &str, now_ms: i64) -> Result<Tokens, &'static str> {
        let asking = client(client_id).filter(|client| client.secret == secret).ok_or("invalid_client")?;
        let access = self.new_token("at");
        let expires_in_s = self.lifetimes.access_s;
        let expires_ms = now_ms + expires_in_s * 1_000;
        self.access.insert(access.clone(), Access { grant: None, client: asking.id.to_owned(), expires_ms });
        Ok(Tokens { access, refresh: None, expires_in_s, scope: String::new() })
    }

    /// What a token is good for now; `None`: nothing (RFC 7662).
    pub fn introspect(&self, token: &str, now_ms: i64) -> Option<Active> {
        let (grant, client, expires_ms) = match (self.access.get(token), self.refresh.get(token)) {
            (Some(access), _) => (access.grant, access.client.clone(), access.expires_ms),
            (None, Some(refresh)) if refresh.consumed_ms.is_none() => {
                (Some(refresh.grant), self.grants[refresh.grant].client.clone(), refresh.expires_ms)
            }
            (None, _) => return None,
        };
        if expires_ms <= now_ms {
            return None;
        }
        match grant.map(|grant| &self.grants[grant]) {
            Some(grant) if grant.is_revoked => None,
            Some(grant) => Some(Active {
                subject: grant.subject.clone(),
                client,
                scope: grant.scope.clone(),
                expires_ms,
            }),
            None => Some(Active { subject: client.clone(), client, scope: String::new(), expires_ms }),
        }
    }

    /// Revokes the grant of a token (RFC 7009); an unknown one is no error.
    pub fn revoke(&mut self, token: &str) {
        let grant = self.refresh.get(token).map(|refresh| refresh.grant);
        if let Some(grant) = grant.or_else(|| self.access.get(token)?.grant) {
            self.revoke_grant(grant);
        }
    }

    /// Whose account a refresh token is of.
    pub fn subject(&self, token: &str) -> Option<&str> {
        Some(&self.grants[self.refresh.get(token)?.grant].subject)
    }

    fn revoke_grant(&mut self, index: usize) {
        self.grants[index].is_revoked = true;
    }

    fn new_refresh(&mut self, grant: usize, now_ms: i64) -> String {
        let token = self.new_token("rt");
        let expires_ms = now_ms + self.lifetimes.refresh_s * 1_000;
        self.refresh.insert(token.clone(), Refresh { grant, expires_ms, consumed_ms: None });
        token
    }

    fn tokens(&mut self, grant: usize, refresh: String, now_ms: i64) -> Tokens {
        let access = self.new_token("at");
        let expires_in_s = self.lifetimes.access_s;
        let (client, scope) = (self.grants[grant].client.clone(), self.grants[grant].scope.clone());
        let expires_ms = now_ms + expires_in_s * 1_000;
        self.access.insert(access.clone(), Access { grant: Some(grant), client, expires_ms });
        Tokens { access, refresh: Some(refresh), expires_in_s, scope }
    }

    /// As long and as senseless as real ones, and the same in each run.
    fn new_token(&mut self, kind: &str) -> String {
        self.made += 1;
        let digest = Sha256::digest(format!("{kind} {}", self.made).as_bytes());
        let text: String = digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
        format!("{kind}_{text}")
    }
}
