//! Reads `ConfigMaps` and Secrets. They are read by name, because the operator may not list them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, Client};

use crate::api::InputSource;
use crate::controller::state::seams::Seams;
use crate::plan::{Input, InputError, Read, SourceKind, lay_over, source_ref};

/// An object is read once in this time …
const KEPT: Duration = Duration::from_mins(5);
/// … or in this time if the object was missing or could not be read.
const KEPT_BRIEFLY: Duration = Duration::from_secs(5);

/// An object's data, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Its data and its version.
    Data(BTreeMap<String, Vec<u8>>, String),
    /// It is not there.
    Missing,
    /// The operator may not read it: what would allow it.
    Denied(String),
    /// Kubernetes does not answer.
    Failed(String),
}

/// A label without which the operator does not use a Secret: whoever may write a connection or a schedule, but no
/// Secret, cannot have other Secrets sent away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretLabel {
    key: String,
    value: String,
}

impl SecretLabel {
    /// Reads `KEY=VALUE`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty())?;
        Some(Self { key: key.to_owned(), value: value.to_owned() })
    }

    fn is_on(&self, secret: &Secret) -> bool {
        secret.metadata.labels.as_ref().and_then(|labels| labels.get(&self.key)) == Some(&self.value)
    }
}

/// Reads objects, each once in a while.
pub struct Sources {
    client: Client,
    seams: Seams,
    secret_label: Option<SecretLabel>,
    kept: Mutex<Kept>,
}

/// What was read, by kind, namespace and name.
#[derive(Default)]
struct Kept {
    objects: HashMap<(SourceKind, String, String), (Duration, Found)>,
    /// When those that nobody has asked for in a while were last dropped.
    cleaned_at: Duration,
}

impl Sources {
    /// A reader; with a label, it uses only Secrets that carry it.
    #[must_use]
    pub fn new(client: Client, seams: Seams, secret_label: Option<SecretLabel>) -> Self {
        Self { client, seams, secret_label, kept: Mutex::default() }
    }

    /// The input of a resource in `namespace`. Objects that were read before `since` are read again.
    ///
    /// # Errors
    /// A source that is missing or cannot be used.
    pub async fn input(
        &self,
        namespace: &str,
        declared: Option<&serde_json::Value>,
        sources: &[InputSource],
        since: Option<Duration>,
    ) -> Result<Input, InputError> {
        let mut reads = Vec::with_capacity(sources.len());
        for source in sources {
            let (kind, reference) = source_ref(source).map_err(InputError::Invalid)?;
            let found = self.read(kind, namespace, &reference.name, since).await;
            let read = match found {
                Found::Data(mut data, version) => {
                    data.remove(&reference.key).map_or(Read::Missing, |value| Read::Found { value, version })
                }
                Found::Missing => Read::Missing,
                Found::Denied(remedy) => Read::Denied(remedy),
                Found::Failed(why) => Read::Failed(why),
            };
            reads.push((source.clone(), read));
        }
        lay_over(declared, &reads)
    }

    async fn read(&self, kind: SourceKind, namespace: &str, name: &str, since: Option<Duration>) -> Found {
        let place = (kind, namespace.to_owned(), name.to_owned());
        let now = self.seams.elapsed();
        if let Some((at, found)) = self.kept().objects.get(&place) {
            let kept = match found {
                Found::Data(..) => KEPT,
                Found::Missing | Found::Denied(_) | Found::Failed(_) => KEPT_BRIEFLY,
            };
            if since.is_none_or(|since| *at >= since) && now.saturating_sub(*at) < kept {
                return found.clone();
            }
        }
        let found = self.read_now(kind, namespace, name).await;
        self.kept().insert(place, now, found.clone());
        found
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads an object now.
    pub async fn read_now(&self, kind: SourceKind, namespace: &str, name: &str) -> Found {
        match kind {
            SourceKind::ConfigMap => {
                let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), namespace);
                found(api.get_opt(name).await, |object| {
                    let text = object.data.unwrap_or_default().into_iter().map(|(key, text)| (key, text.into_bytes()));
                    let binary = object.binary_data.unwrap_or_default().into_iter().map(|(key, bytes)| (key, bytes.0));
                    (text.chain(binary).collect(), object.metadata.resource_version)
                })
            }
            SourceKind::Secret => {
                let api: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
                let answer = api.get_opt(name).await;
                if let (Some(wanted), Ok(Some(secret))) = (&self.secret_label, &answer)
                    && !wanted.is_on(secret)
                {
                    return Found::Denied(format!("add the label {}={} to the Secret", wanted.key, wanted.value));
                }
                found(answer, |object| {
                    let data = object.data.unwrap_or_default().into_iter().map(|(key, bytes)| (key, bytes.0));
                    (data.collect(), object.metadata.resource_version)
                })
            }
        }
    }
}

impl Kept {
    fn insert(&mut self, place: (SourceKind, String, String), now: Duration, found: Found) {
        // Unused objects are dropped now and then: finding them means reading the whole map.
        if now.saturating_sub(self.cleaned_at) >= KEPT {
            self.cleaned_at = now;
            self.objects.retain(|_, (at, _)| now.saturating_sub(*at) < KEPT * 2);
        }
        self.objects.insert(place, (now, found));
    }
}

fn found<T>(
    answer: Result<Option<T>, kube::Error>,
    read: impl FnOnce(T) -> (BTreeMap<String, Vec<u8>>, Option<String>),
) -> Found {
    match answer {
        Ok(Some(object)) => {
            let (data, version) = read(object);
            Found::Data(data, version.unwrap_or_default())
        }
        Ok(None) => Found::Missing,
        Err(kube::Error::Api(status)) if status.code == 403 => {
            Found::Denied("grant its ServiceAccount `get`".to_owned())
        }
        Err(error) => Found::Failed(error.to_string()),
    }
}
