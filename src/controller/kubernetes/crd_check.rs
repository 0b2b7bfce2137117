//! Checks that the cluster has the CRDs of this release. The API server would silently drop status fields that
//! older CRDs do not have.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use kube::{Api, Client, ResourceExt};

use crate::api::generate_crds;

/// Checks both definitions.
///
/// # Errors
/// What is missing, and what to do.
pub(crate) async fn check(client: &Client) -> Result<(), String> {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    for ours in generate_crds() {
        let name = ours.name_any();
        let served = api.get_opt(&name).await.map_err(|error| format!("definition {name} cannot be read: {error}"))?;
        let Some(served) = served else {
            return Err(format!("definition {name} is not installed: install the definitions of this release"));
        };
        let (Some(wanted), Some(there)) = (schema(&ours), schema(&served)) else {
            return Err(format!("definition {name} serves no v1alpha1: install the definitions of this release"));
        };
        if let Some(path) = lacks(wanted, there) {
            return Err(format!(
                "definition {name} is of another release ({path} is not in it): install the definitions of this release"
            ));
        }
    }
    Ok(())
}

fn schema(definition: &CustomResourceDefinition) -> Option<&JSONSchemaProps> {
    let version = definition.spec.versions.iter().find(|version| version.name == "v1alpha1" && version.served)?;
    version.schema.as_ref()?.open_api_v3_schema.as_ref()
}

/// The first field of `wanted` that `there` does not have.
fn lacks(wanted: &JSONSchemaProps, there: &JSONSchemaProps) -> Option<String> {
    for (name, property) in wanted.properties.iter().flatten() {
        let Some(found) = there.properties.as_ref().and_then(|properties| properties.get(name)) else {
            return Some(name.clone());
        };
        if let Some(deeper) = lacks(property, found) {
            return Some(format!("{name}.{deeper}"));
        }
    }
    match (&wanted.items, &there.items) {
        (Some(JSONSchemaPropsOrArray::Schema(wanted)), Some(JSONSchemaPropsOrArray::Schema(there))) => {
            lacks(wanted, there).map(|deeper| format!("[].{deeper}"))
        }
        (Some(_) | None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_lacks_nothing_of_itself() {
        for definition in generate_crds() {
            assert_eq!(lacks(schema(&definition).unwrap(), schema(&definition).unwrap()), None);
        }
    }

    #[test]
    fn a_field_of_the_memory_that_is_not_there_is_found() {
        let ours = &generate_crds()[0];
        let mut older = schema(ours).unwrap().clone();
        let status = older.properties.as_mut().unwrap().get_mut("status").unwrap();
        let memory = status.properties.as_mut().unwrap().get_mut("memory").unwrap();
        memory.properties.as_mut().unwrap().remove("lifecycle");
        assert_eq!(lacks(schema(ours).unwrap(), &older).as_deref(), Some("status.memory.lifecycle"));
    }
}
