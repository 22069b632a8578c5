//! The plan for accounts whose users must connect again: in the order of their deadlines, with a link for each, and how far it has come.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use capture::ask;
use capture::record::Ask;
use compare::model::Body;
use evidence::gate::fact::Fact;
use jiff::{SignedDuration, Timestamp};
use providers::asked::{Asked, Effect};
use providers::inventory::LinkAt;
use providers::provider::Provider;
use providers::secret::Secret;
use serde_json::{Map, Value, json};

use super::row::{Row, State, Way};
use super::{Inventory, item};
use crate::config::Config;
use crate::pipeline::stop;

/// Links are asked for so many at a time, and kept before more are: what was asked for is not lost when somebody has had enough.
pub const LINKS_AT_ONCE: usize = 50;

/// One account of the plan.
#[derive(Clone, Debug)]
pub struct Step {
    /// The account.
    pub account: String,
    /// The upstream.
    pub integration: String,
    /// Its id at new.
    pub new: Option<String>,
    /// When its tokens end, where that is known.
    pub deadline: Option<Timestamp>,
    /// Why it must be connected again.
    pub reasons: Vec<String>,
    /// How far it has come.
    pub state: Progress,
    /// What its user clicks.
    pub link: Option<Link>,
}

/// How far an account has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nobody has a link.
    Waiting,
    /// A link is out, and was not used.
    Linked,
    /// New has the account, and it works.
    Connected,
}

impl Progress {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Progress::Waiting => "waiting",
            Progress::Linked => "linked",
            Progress::Connected => "connected",
        }
    }
}

/// What a user clicks: whoever has it can connect an account of theirs in the customer's name.
#[derive(Clone, Debug)]
pub struct Link {
    /// What the provider's page takes.
    pub token: Secret,
    /// Until when.
    pub until: Timestamp,
}

/// Where the plan lies.
pub fn file(config: &Config) -> PathBuf {
    super::folder(config).join("reconnect.json")
}

/// The plan, with the links that are good still.
pub fn plan(inventory: &Inventory, earlier: &BTreeMap<String, Link>) -> Vec<Step> {
    let rows = inventory.rows.iter().filter(|row| row.way == Way::Reconnect);
    let mut steps: Vec<Step> = rows.map(|row| step(row, earlier, inventory.taken_at)).collect();
    // Who has no deadline can wait.
    steps.sort_by_key(|step| (step.deadline.is_none(), step.deadline, step.account.clone()));
    steps
}

fn step(row: &Row, earlier: &BTreeMap<String, Link>, now: Timestamp) -> Step {
    let link = earlier.get(&row.account).filter(|link| link.until > now).cloned();
    let state = match (&row.at_new, &link) {
        (State::Works, _) => Progress::Connected,
        (State::Broken(_) | State::Absent | State::Untold, Some(_)) => Progress::Linked,
        (State::Broken(_) | State::Absent | State::Untold, None) => Progress::Waiting,
    };
    Step {
        account: row.account.clone(),
        integration: row.integration.clone(),
        new: row.new.clone(),
        deadline: match &row.deadline {
            Fact::Known(deadline) => deadline.as_ref().map(|deadline| deadline.at),
            Fact::Absent(_) => None,
        },
        reasons: row.reasons.iter().map(|reason| reason.what.clone()).collect(),
        link: link.filter(|_| state != Progress::Connected),
        state,
    }
}

/// Asks new for the links of steps that wait; answers how many came, and why others did not.
pub fn links(
    provider: &Provider,
    at: &LinkAt,
    steps: &mut [&mut Step],
    now: Timestamp,
    tick: &(dyn Fn() + Send + Sync),
) -> anyhow::Result<(usize, Vec<String>)> {
    let asks: Vec<Ask> = steps.iter().map(|step| ask_for(at, step)).collect();
    let answered = ask::each(provider, &asks, stop(), tick)?;
    let until = now.checked_add(SignedDuration::from_secs(i64::try_from(at.good_for.0).unwrap_or(0)))?;
    let (mut came, mut failed) = (0, Vec::new());
    for (step, answered) in steps.iter_mut().zip(answered) {
        let token = match answered {
            Some(Ok(bodies)) => {
                bodies.first().and_then(|body| token(at, body)).ok_or("the answer has no link")
            }
            Some(Err(why)) => {
                failed.push(format!("{}: {why}", step.account));
                continue;
            }
            None => continue,
        };
        match token {
            Ok(token) => {
                step.link = Some(Link { token, until });
                step.state = Progress::Linked;
                came += 1;
            }
            Err(why) => failed.push(format!("{}: {why}", step.account)),
        }
    }
    Ok((came, failed))
}

fn ask_for(at: &LinkAt, step: &Step) -> Ask {
    let mut body: Map<String, Value> = Map::new();
    match &step.new {
        Some(id) => {
            body.insert(at.account.clone(), json!(id));
            // Only what is there can be kept.
            body.extend(at.body.iter().map(|(name, value)| (name.clone(), plain(value))));
        }
        None => drop(body.insert(at.tenant.clone(), json!(step.account))),
    }
    let asked = Asked {
        method: "POST".to_owned(),
        path: at.path.clone(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Some(Value::Object(body).to_string()),
        effect: Effect::Writes,
    };
    Ask { asked, account: None, list: None }
}

fn plain(value: &toml::Value) -> Value {
    match value {
        toml::Value::Boolean(truth) => json!(truth),
        toml::Value::Integer(number) => json!(number),
        toml::Value::String(text) => json!(text),
        other => json!(other.to_string()),
    }
}

fn token(at: &LinkAt, body: &Body) -> Option<Secret> {
    let Body::Json(text) = body else { return None };
    let whole: Value = serde_json::from_str(text).ok()?;
    item::text(Some(&at.token), &whole).map(Secret::new)
}

/// The plan's document. Links stand in it where they are asked for: in the file that only its owner reads, and nowhere else.
pub fn document(steps: &[Step], taken_at: Timestamp, with_links: bool) -> Value {
    let one = |step: &Step| {
        let mut told = json!({
            "account": step.account, "integration": step.integration, "new": step.new, "state": step.state.name(),
            "deadline": step.deadline.map(|at| at.to_string()), "reasons": step.reasons,
            "link_until": step.link.as_ref().map(|link| link.until.to_string()),
        });
        if let (Some(link), true) = (&step.link, with_links) {
            told["link"] = json!(link.token.expose());
        }
        told
    };
    json!({"version": 1, "taken_at": taken_at.to_string(), "accounts": steps.iter().map(one).collect::<Value>()})
}

/// The links of the plan that lies there; none where there is none, or it is none.
pub fn earlier(file: &Path) -> BTreeMap<String, Link> {
    let read = || -> Option<BTreeMap<String, Link>> {
        let whole: Value = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
        let accounts = whole["accounts"].as_array()?.iter().filter_map(|step| {
            let link = Link {
                token: Secret::new(step["link"].as_str()?.to_owned()),
                until: step["link_until"].as_str()?.parse().ok()?,
            };
            Some((step["account"].as_str()?.to_owned(), link))
        });
        Some(accounts.collect())
    };
    read().unwrap_or_default()
}

/// Writes the plan with its links, for its owner's eyes.
pub fn put(file: &Path, steps: &[Step], taken_at: Timestamp) -> anyhow::Result<()> {
    let text = format!("{:#}\n", document(steps, taken_at, true));
    super::document::put_private(file, text.as_bytes())
}
