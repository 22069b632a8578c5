//! One operation on the bench: its rules as they are, and without each tolerance, to know which one hid a defect.

use std::collections::BTreeSet;

use compare::difference::Sample;
use compare::entities::EntityLink;
use compare::model::{self, Exchange, Outcome, Pair, PairKind, Response};
use compare::rules::Rules;
use compare::tolerance::{Day, Tolerance};
use compare::verdict::{Judgement, Verdict};
use evidence::audit::{Cell, Field, Found, Planted};
use mapping::input::Scope;
use report::run::ToleranceInfo;

use crate::config::{Accounts, Config, MapFrom, Operation, Problem};
use crate::engines::CrossChecking;
use crate::judge::{Body, Ids, Judge, Prepared, prepare};
use crate::options::AsOf;
use crate::plan::{self, Plan, Planned};

/// What hid a defect where no tolerance did alone.
const TOGETHER: &str = "several tolerances together";
const COMPARISON: &str = "no tolerance: the comparison does not see it";

/// One operation.
pub struct Bench<'b> {
    /// Its name.
    pub name: String,
    /// What the application reads.
    pub fields: Vec<Field>,
    operation: &'b Operation,
    planned: &'b Planned,
    tolerances: Vec<(Tolerance, ToleranceInfo)>,
    day: Day,
}

impl<'b> Bench<'b> {
    /// Of an operation of the configuration.
    pub fn of(
        config: &Config,
        operation: &'b Operation,
        planned: &'b Planned,
        as_of: &AsOf,
    ) -> Result<Bench<'b>, Problem> {
        let name = operation.name.as_str();
        let fields = operation.consumes.iter().map(|path| Field::new(&path.text));
        let fields = fields
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Problem::error(format!("operation `{name}`: {error}")))?;
        let mut tolerances = Vec::new();
        for file in &operation.tolerances {
            let read = plan::read_tolerances(config, file, as_of.day())?;
            tolerances.extend(read.into_iter().filter(|(tolerance, _)| tolerance.covers_operation(name)));
        }
        Ok(Bench { name: name.to_owned(), fields, operation, planned, tolerances, day: as_of.day() })
    }

    /// Every field and defect.
    pub fn cells(&self) -> impl Iterator<Item = (&Field, Cell)> {
        self.fields
            .iter()
            .flat_map(|field| super::cells_of(&self.name, &field.text).map(move |cell| (field, cell)))
    }

    /// The operation with each of its fields.
    pub fn declared(&self) -> impl Iterator<Item = (String, String)> {
        self.fields.iter().map(|field| (self.name.clone(), field.text.clone()))
    }

    /// Its rules as they are, for bodies that are mapped already.
    pub fn whole(&self) -> Result<Planned, Problem> {
        self.with(|_| true)
    }

    /// What becomes of a defect: caught, or hidden by what? `None` where it is none, because it mends what differs: new's
    /// order turned once more may be legacy's, and that of a free list is none.
    pub fn find(
        &self,
        judge: &mut Judge<'_>,
        ids: &Ids,
        accounts: &Accounts,
        whole: &Pair,
        defect: &Planted,
    ) -> Option<Found> {
        let free = self.planned.free_list(whole.kind);
        if free.is_some() && defect.turned.as_deref() == free {
            return None;
        }
        let planted = with_body(whole, &defect.body);
        match judge.judge(&planted, String::new(), |_| false).verdict {
            Verdict::Different => Some(Found::Caught),
            Verdict::Undecided(reason) => Some(Found::Missed(format!("undecided ({})", reason.code.name()))),
            Verdict::Same | Verdict::Tolerated if breaks_ids(judge, ids, whole, &planted) => {
                Some(Found::Caught)
            }
            Verdict::Same | Verdict::Tolerated => {
                self.hidden_by(ids, accounts, whole, &planted).map(Found::Missed)
            }
        }
    }

    /// The tolerance without which the defect shows; `None` where without any there is less than before.
    fn hidden_by(&self, ids: &Ids, accounts: &Accounts, whole: &Pair, planted: &Pair) -> Option<String> {
        // Without a tolerance the pair may differ anyway: only what is not there without the defect counts.
        let seen = |is_kept: &dyn Fn(usize) -> bool| {
            let planned = self.with(is_kept).ok()?;
            let plan = Plan { operations: vec![planned], accounts: accounts.clone(), now_ms: 0 };
            let mut judge = Judge::new(&plan, ids);
            let before = open(&judge.judge(whole, String::new(), |_| false));
            let after = open(&judge.judge(planted, String::new(), |_| false));
            Some((before, after))
        };
        let shows = |is_kept: &dyn Fn(usize) -> bool| {
            seen(is_kept).is_some_and(|(before, after)| !after.is_subset(&before))
        };
        let alone = (0..self.tolerances.len()).find(|index| shows(&|kept| kept != *index));
        if let Some(index) = alone {
            let info = &self.tolerances[index].1;
            return Some(format!("{} at {} ({}:{})", info.rule, info.path, info.file, info.line));
        }
        match seen(&|_| false) {
            Some((before, after)) if !after.is_subset(&before) => Some(TOGETHER.to_owned()),
            Some((before, after)) if after.len() < before.len() => None,
            Some(_) | None => Some(COMPARISON.to_owned()),
        }
    }

    fn with(&self, is_kept: impl Fn(usize) -> bool) -> Result<Planned, Problem> {
        let kept = self.tolerances.iter().enumerate().filter(|(index, _)| is_kept(*index));
        let (tolerances, infos) =
            kept.map(|(_, (tolerance, info))| (tolerance.clone(), info.clone())).unzip();
        let rules: Rules = plan::rules(self.operation, tolerances, self.day)
            .map_err(|error| Problem::error(format!("operation `{}`: {error}", self.name)))?;
        let mut info = self.planned.info.clone();
        info.tolerances = infos;
        Ok(Planned {
            name: self.name.clone(),
            rules,
            mapping: None,
            error_mapping: None,
            library: self.planned.library.clone(),
            cross_checking: CrossChecking::NotAsked,
            scope: Scope::Body,
            context: None,
            map_from: MapFrom::New,
            items: self.planned.items.clone(),
            free: self.planned.free.clone(),
            consumes: Vec::new(),
            error_mapping_file: None,
            shares: Vec::new(),
            excuses: Vec::new(),
            info,
        })
    }
}

/// The pair as it is when new had answered in legacy's shape, with that body; `None` where it has no body to plant in.
pub fn bare(pair: &Pair, operation: &Planned, now_ms: i64) -> Option<(Pair, String)> {
    let (legacy, new) = prepare(pair, operation, now_ms).ok()?;
    let Prepared::Content { status, headers, body: Body::Json(text) } = new else { return None };
    let body = model::Body::Json(text.clone().into_owned());
    let first = pair.new.first().or(pair.source.first())?;
    let mut request = first.request.clone();
    let outcome = match (pair.kind, status) {
        (PairKind::Event, _) => {
            request.as_mut()?.body = body;
            first.outcome.clone()
        }
        (_, Some(status)) => Outcome::Response(Response { status, headers: headers.clone(), body }),
        (_, None) => return None,
    };
    let new = vec![Exchange { request, outcome, ..first.clone() }];
    let mut whole = Pair { new, source: Vec::new(), new_repeats: Vec::new(), ..pair.clone() };
    // What pages say of themselves was left out on both sides: legacy has one page, too.
    if let (2.., Prepared::Content { status: Some(status), headers, body: Body::Json(text) }) =
        (pair.legacy.len(), &legacy)
    {
        let body = model::Body::Json(text.clone().into_owned());
        let outcome = Outcome::Response(Response { status: *status, headers: (*headers).clone(), body });
        whole.legacy = vec![Exchange { outcome, ..pair.legacy[0].clone() }];
    }
    Some((whole, text.into_owned()))
}

fn with_body(whole: &Pair, body: &str) -> Pair {
    let mut pair = whole.clone();
    let body = model::Body::Json(body.to_owned());
    if let Some(exchange) = pair.new.first_mut() {
        match (&mut exchange.outcome, pair.kind, &mut exchange.request) {
            (_, PairKind::Event, Some(request)) => request.body = body,
            (Outcome::Response(response), ..) => response.body = body,
            (Outcome::Failure(_), ..) => {}
        }
    }
    pair
}

type Open = BTreeSet<(String, &'static str, Option<Sample>, Option<Sample>)>;

fn open(judgement: &Judgement) -> Open {
    let open = judgement.differences.iter().filter(|difference| difference.tolerance.is_none());
    open.map(|difference| {
        (difference.path.clone(), difference.kind.name(), difference.legacy.clone(), difference.new.clone())
    })
    .collect()
}

/// Whether an id now stands for another than elsewhere: over the whole run that is a difference, in one pair it is none.
fn breaks_ids(judge: &mut Judge<'_>, ids: &Ids, whole: &Pair, planted: &Pair) -> bool {
    let Ids::Known(entities) = ids else { return false };
    let own: Vec<EntityLink> = judge.links(whole);
    judge.links(planted).iter().any(|link| entities.contradicts(link, &own))
}
