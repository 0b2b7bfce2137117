//! Patterns and validation rules that several fields use.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// `1h30m`, `7d`, or ISO 8601 such as `PT1H30M`.
pub(super) const DURATION: &str =
    r"^(P([0-9]+(\.[0-9]+)?[YMWD])*(T([0-9]+(\.[0-9]+)?[HMS])+)?|([0-9]+(\.[0-9]+)?(ms|[smhdw]))+)$";
/// RFC 3339 with any offset; without an offset the API uses UTC.
pub(super) const DATETIME: &str =
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?$";
/// A DNS subdomain, the name of most Kubernetes objects.
pub(super) const OBJECT_NAME: &str = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";
/// A DNS label, the name of a namespace.
pub(super) const LABEL: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// A UUID.
pub(super) const UUID: &str = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
/// A key of a Secret or a `ConfigMap`.
pub(super) const DATA_KEY: &str = r"^[-._a-zA-Z0-9]+$";
/// The allowed ids of remote schedules. An id of dots only would change the path of a URL.
pub(super) const SCHEDULE_ID: &str = r"^[.]*[A-Za-z0-9_-][A-Za-z0-9._-]*$";
/// The engine counts bytes (Temporal 1.32.0), but `maxLength` and the `size` of a string count characters. This
/// is a rule of the field, so an object that was stored before the rule existed can still be changed in its
/// other fields.
pub(super) const NOTE_FITS: &str = "size(bytes(self)) <= 1000";

/// A pattern of ids that gives no two namespaces the same id by `{namespace}`: `plan::is_sound_pattern` in CEL.
pub(super) const ID_PATTERNS: &str = "self.all(id, ('.' + id + '.').matches('^([^{}]*|[^{}*]*[._][{]namespace[}][._][^{}]*|[^{}]*[._][{]namespace[}][._][^{}*]*)$'))";

/// Null is absent, and an absent list is empty.
pub(super) fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// Any JSON value.
pub(super) fn any(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "x-kubernetes-preserve-unknown-fields": true })
}
