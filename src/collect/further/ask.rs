//! Calls over the wire, written down like all others.

use super::super::session::{Missing, Session};
use crate::model::{Operation, Region};
use crate::wire::{Request, Service, Wire};
use serde_json::{Value, json};

/// Asks one Region on behalf of a session.
pub struct Asker<'s, 'a> {
    pub session: &'s Session<'a>,
    pub region: Region,
    pub wire: Wire,
}

/// A listing that goes on longer than this is not a listing of one account.
const MAX_PAGES: u32 = 1_000;

impl Asker<'_, '_> {
    /// One call and its recorded answer.
    pub async fn ask(
        &self,
        operation: &'static Operation,
        parameters: Value,
        page: u32,
        request: Request,
    ) -> Option<Value> {
        let send = |tap| async { self.wire.send(request, tap).await };
        let answer: Result<Value, Missing> = self.session.ask(&self.region, operation, parameters, page, send).await;
        answer.ok()
    }

    /// One call in AWS JSON.
    pub async fn json(
        &self,
        service: &'static Service,
        protocol: (&str, &str),
        operation: &'static Operation,
        parameters: &Value,
    ) -> Option<Value> {
        let request = Request::json(service, &self.region, protocol, operation.name, parameters);
        self.ask(operation, parameters.clone(), 1, request).await
    }

    /// All pages of a listing in AWS JSON; a token that comes twice ends it, and its record says that more was promised.
    pub async fn pages(
        &self,
        service: &'static Service,
        protocol: (&str, &str),
        operation: &'static Operation,
        question: &Value,
        token: &str,
    ) -> Vec<Value> {
        let mut pages = Vec::new();
        let mut asked: Option<String> = None;
        for page in 1..=MAX_PAGES {
            let mut parameters = question.clone();
            if let Some(text) = &asked {
                parameters[token] = json!(text);
            }
            let request = Request::json(service, &self.region, protocol, operation.name, &parameters);
            let Some(body) = self.ask(operation, parameters, page, request).await else { break };
            let next =
                body[token].as_str().filter(|t| !t.is_empty() && asked.as_deref() != Some(*t)).map(str::to_owned);
            pages.push(body);
            match next {
                Some(next) => asked = Some(next),
                None => break,
            }
        }
        pages
    }
}
