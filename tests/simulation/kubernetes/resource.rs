//! The kinds that the stand-in serves, and how each behaves.

/// A kind of object.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// `v1`, or `GROUP/VERSION`.
    pub api_version: &'static str,
    pub plural: &'static str,
    pub kind: &'static str,
    pub namespaced: bool,
    /// It has the status subresource: status and the rest are written through different doors.
    pub has_status: bool,
    /// Changes of anything but metadata and status are counted in `metadata.generation`.
    pub has_generation: bool,
}

const fn plain(api_version: &'static str, plural: &'static str, kind: &'static str) -> Resource {
    Resource { api_version, plural, kind, namespaced: true, has_status: false, has_generation: false }
}

const fn custom(plural: &'static str, kind: &'static str) -> Resource {
    Resource { has_status: true, has_generation: true, ..plain("workflows.mistral.ai/v1alpha1", plural, kind) }
}

static SERVED: [Resource; 7] = [
    custom("workflowschedules", "WorkflowSchedule"),
    custom("workflowconnections", "WorkflowConnection"),
    plain("v1", "secrets", "Secret"),
    plain("v1", "configmaps", "ConfigMap"),
    plain("events.k8s.io/v1", "events", "Event"),
    plain("coordination.k8s.io/v1", "leases", "Lease"),
    Resource {
        namespaced: false,
        has_status: true,
        has_generation: true,
        ..plain("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition")
    },
];

/// The kind with this plural name, if it is served.
pub fn find(plural: &str) -> Option<&'static Resource> {
    SERVED.iter().find(|resource| resource.plural == plural)
}

impl Resource {
    /// The group, empty for the core's.
    pub fn group(&self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// `PLURAL.GROUP`, as messages name it.
    pub fn qualified(&self) -> String {
        match self.group() {
            "" => self.plural.to_owned(),
            group => format!("{}.{group}", self.plural),
        }
    }
}
