//! The names of places where secrets stand.
//!
//! Names are compared without case and punctuation: `access_token`, `accessToken` and `Access-Token` are one.
//! Names of paging (`next_page_token`, `nextPageToken`, `cursor`, `SyncToken`) are not here on purpose: they are
//! no secrets, and mappings need them.

use std::borrow::Cow;

/// Secret wherever it stands, also as the end of a longer name (`stripe_api_key`).
const SECRET_ENDINGS: [&str; 29] = [
    "accesskey",
    "accesstoken",
    "accesstokensecret",
    "accounttoken",
    "apikey",
    "apisecret",
    "apitoken",
    "authorization",
    "authtoken",
    "bearertoken",
    "bottoken",
    "clientassertion",
    "csrftoken",
    "idtoken",
    "linktoken",
    "oauthtoken",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "privatetoken",
    "publictoken",
    "refreshtoken",
    "secret",
    "secretkey",
    "securitytoken",
    "sessiontoken",
    "subscriptionkey",
    "xsrftoken",
];

/// Secret only as the whole name, because longer names end so that are none.
const SECRET_NAMES: [&str; 8] =
    ["authenticationtoken", "codeverifier", "jwt", "passcode", "pwd", "usertoken", "tokensecret", "xtoken"];

/// Headers that are secret beside those of the names above.
const SECRET_HEADERS: [&str; 9] = [
    "authentication",
    "cookie",
    "setcookie",
    "token",
    "xauth",
    "xauthkey",
    "xauthemail",
    "xfunctionskey",
    "xgoogiamauthorizationtoken",
];

/// Headers that hold URLs.
const URL_HEADERS: [&str; 4] = ["contentlocation", "link", "location", "referer"];

/// Query parameters that are secret beside those of the names above.
const SECRET_PARAMETERS: [&str; 16] = [
    "auth",
    "authkey",
    "hmac",
    "jsessionid",
    "oauthsignature",
    "session",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "token",
    "xamzcredential",
    "xamzsignature",
    "xgoogcredential",
    "xgoogsignature",
    "samlresponse",
];

/// What a name says of the value that it names in a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing.
    Plain,
    /// A secret.
    Secret,
    /// A secret in an object that looks like a token answer, at a body's root, and below [`Meaning::Credentials`].
    Token,
    /// A secret in an object that asks for a token.
    Grant,
    /// Its object looks like a token answer.
    TokenSign,
    /// Its object asks for a token.
    GrantSign,
    /// An object of credentials.
    Credentials,
    /// The name of a named value: `{"name": "Authorization", "value": "…"}`.
    NamedBy,
    /// The value of a named value.
    Value,
}

/// The meaning of a JSON key, its escapes still in it.
pub(crate) fn meaning(raw: &str) -> Meaning {
    let name = plain(&unescaped(raw));
    match name.as_str() {
        "token" | "sessionid" => Meaning::Token,
        "code" | "assertion" => Meaning::Grant,
        "tokentype" | "expiresin" | "expiresat" | "clientid" | "scope" | "scopes" => Meaning::TokenSign,
        "granttype" => Meaning::GrantSign,
        "auth" | "authentication" | "credential" | "credentials" | "oauth" | "oauth1" | "oauth2" => {
            Meaning::Credentials
        }
        "name" | "key" | "header" | "field" => Meaning::NamedBy,
        "value" => Meaning::Value,
        _ if is_secret(&name) => Meaning::Secret,
        _ => Meaning::Plain,
    }
}

/// Whether a value's own name, written beside it, says that it is a secret.
pub(crate) fn is_secret_name(raw: &str) -> bool {
    is_secret_header(&unescaped(raw))
}

/// Whether a header's values are secrets.
pub(crate) fn is_secret_header(name: &str) -> bool {
    let name = plain(name);
    is_secret(&name) || SECRET_HEADERS.contains(&name.as_str())
}

/// Whether a header's values are URLs.
pub(crate) fn is_url_header(name: &str) -> bool {
    URL_HEADERS.contains(&plain(name).as_str())
}

/// Whether a query parameter or a form's field is a secret, its percent-encoding still in it.
pub(super) fn is_secret_parameter(raw: &str) -> bool {
    let name = plain(&percent_decoded(raw));
    is_secret(&name) || SECRET_PARAMETERS.contains(&name.as_str())
}

/// Whether a parameter carries an OAuth grant: only where a request or a redirect is known to stand, because a
/// `code` in other URLs is a voucher or a country.
pub(super) fn is_grant_parameter(raw: &str) -> bool {
    matches!(plain(&percent_decoded(raw)).as_str(), "code" | "assertion")
}

/// Whether an XML element's text is a secret, its prefix left out.
pub(super) fn is_secret_element(name: &str) -> bool {
    let name = plain(name);
    is_secret(&name) || name == "sessionid"
}

fn is_secret(name: &str) -> bool {
    // Asked of every name of every body: most have a last letter that no secret's name has.
    name.bytes().last().is_some_and(|last| LAST_LETTERS[usize::from(last)])
        && (SECRET_NAMES.contains(&name) || SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

/// The last letters of all secrets' names.
const LAST_LETTERS: [bool; 256] = {
    let mut letters = [false; 256];
    let mut index = 0;
    while index < SECRET_ENDINGS.len() {
        let name = SECRET_ENDINGS[index].as_bytes();
        letters[name[name.len() - 1] as usize] = true;
        index += 1;
    }
    index = 0;
    while index < SECRET_NAMES.len() {
        let name = SECRET_NAMES[index].as_bytes();
        letters[name[name.len() - 1] as usize] = true;
        index += 1;
    }
    letters
};

fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    plain.extend(
        name.chars().filter(|letter| letter.is_alphanumeric()).map(|letter| letter.to_ascii_lowercase()),
    );
    plain
}

fn unescaped(raw: &str) -> Cow<'_, str> {
    decoded(raw, "\\u", 4)
}

fn percent_decoded(raw: &str) -> Cow<'_, str> {
    decoded(raw, "%", 2)
}

/// Turns `mark` and `digits` hexadecimal digits into the ASCII letter that they stand for; names of secrets have no others.
fn decoded<'r>(raw: &'r str, mark: &str, digits: usize) -> Cow<'r, str> {
    if !raw.bytes().any(|byte| byte == mark.as_bytes()[0]) {
        return Cow::Borrowed(raw);
    }
    let mut parts = raw.split(mark);
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..digits).and_then(|code| u32::from_str_radix(code, 16).ok());
        match code.and_then(char::from_u32) {
            Some(letter) => {
                name.push(letter);
                name.push_str(&part[digits..]);
            }
            None => {
                name.push_str(mark);
                name.push_str(part);
            }
        }
    }
    Cow::Owned(name)
}
