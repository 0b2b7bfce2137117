//! The transport of the remote's client.

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use tower::util::BoxCloneSyncService;
use workflow_schedule_operator::remote::{Transport, TransportError};

use super::{Edge, Lost};
use crate::oracle::{Call, judge_call, landed_call, read_call};
use crate::state::{Boundary, Side, State};

/// A transport of this process.
pub fn transport(edge: Edge) -> Transport {
    BoxCloneSyncService::new(tower::service_fn(move |request| send(edge.clone(), request)))
}

async fn send(edge: Edge, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
    let is_effect = request.method() != Method::GET;
    let process = edge.process;
    let call = read_call(process, &request, edge.clock.now());
    let boundary = Boundary { side: Side::Remote, is_effect, subject: call.id.clone(), what: describe(&request) };
    let judge = |state: &mut State, now| judge_call(state, &Call { at: now, ..call.clone() });
    let landed = call.clone();
    let reply = edge.cross(boundary, judge, move |state, now| landed_call(state, landed, &request, now)).await;
    match reply {
        Ok(reply) => {
            tokio::time::sleep(reply.delay).await;
            reply.response.ok_or_else(|| TransportError::NoAnswer("the connection was closed".into()))
        }
        Err(Lost::Unsent) => Err(TransportError::NotSent(Lost::Unsent.to_string())),
        Err(Lost::NoAnswer | Lost::Refused) => Err(TransportError::NoAnswer(Lost::NoAnswer.to_string())),
    }
}

fn describe(request: &Request<Bytes>) -> String {
    let body = serde_json::from_slice(request.body()).map(in_short).ok();
    let body = body.filter(|body| *body != json!({})).map(|body| body.to_string()).unwrap_or_default();
    format!("{} {} {body}", request.method(), request.uri().path().trim_start_matches("/v1/workflows"))
}

/// A body without what says nothing, for the log.
fn in_short(body: Value) -> Value {
    match body {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(name, value)| name != "policy" && !value.is_null() && *value != json!([]))
                .map(|(name, value)| (name, in_short(value)))
                .collect(),
        ),
        Value::Array(items) if items.len() > 1 => {
            json!([in_short(items[0].clone()), format!("and {} more", items.len() - 1)])
        }
        Value::Array(items) => items.into_iter().map(in_short).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => body,
    }
}
