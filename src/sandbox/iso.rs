//! Durations in the format of the API, for settings and faults.

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::timing::duration;

pub(super) fn serialize<S: Serializer>(value: &SignedDuration, serializer: S) -> Result<S::Ok, S::Error> {
    duration::to_iso(*value).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignedDuration, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    duration::parse(&text).map_err(serde::de::Error::custom)
}

/// The same for an optional duration.
pub(super) mod optional {
    use jiff::SignedDuration;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::timing::duration;

    #[allow(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub(in super::super) fn serialize<S: Serializer>(
        value: &Option<SignedDuration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(duration::to_iso).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SignedDuration>, D::Error> {
        let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| duration::parse(&text).map_err(serde::de::Error::custom)).transpose()
    }
}
