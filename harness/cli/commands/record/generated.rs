//! Requests that nobody has to name: every operation, of every account that it concerns.

use capture::route::Bound;
use compare::model::Body;

use super::forms::{Form, Forms};
use super::told::Told;
use super::wanted::{Given, Request, Wanted, make};
use crate::join::Witness;
use crate::options::Record;

/// Every operation of every account; one that has parameters beside the account cannot be generated, and that is told.
pub fn wanted<'c>(forms: &Forms<'c>, options: &Record, told: &mut Told) -> Vec<Wanted<'c>> {
    let mut wanted = Vec::new();
    let chosen = |name: &String| options.accounts.is_empty() || options.accounts.contains(name);
    for name in options.accounts.iter().filter(|name| !forms.accounts.contains_key(*name)) {
        told.refuse("", Some(name), "the accounts' file has no such account");
    }
    for form in &forms.operations {
        let sides = sides(form);
        if !sides.contains(&Witness::Legacy) || !sides.contains(&Witness::New) {
            told.refuse(form.operation.name.as_str(), None, "it does not say how both sides are asked");
            continue;
        }
        let mut request = |account: Option<String>| {
            let request = Request {
                account,
                bound: Bound::default(),
                body: &Body::Absent,
                sides: &sides,
                repeats: options.repeats,
                given: Given::Nothing,
            };
            wanted.extend(make(forms, form, request, told));
        };
        if forms.accounts.is_empty() {
            request(None);
        }
        for (name, _) in forms
            .accounts
            .iter()
            .filter(|(name, account)| chosen(name) && forms.concerns(form.operation, account))
        {
            request(Some(name.clone()));
        }
    }
    wanted
}

/// Everybody who can be asked.
pub fn sides(form: &Form<'_>) -> Vec<Witness> {
    let all = [Witness::Legacy, Witness::New, Witness::Source];
    all.into_iter().filter(|witness| form.has(*witness)).collect()
}
