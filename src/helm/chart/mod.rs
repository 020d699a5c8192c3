//! The chart itself as the judge: what it knows, and what it would do with our values. Pure.

mod below;
mod effect;
mod elsewhere;
mod keys;
mod known;
mod patterns;
mod reach;
mod read;
mod rendered;
mod rivals;
mod template;
mod values;
mod wrapped;

pub use below::{below, of_umbrellas, umbrella};
pub use effect::{Files, by_reading, judged};
pub use keys::{Keys, Suspect, unknown_keys};
pub use known::Knowledge;
pub use read::Chart;
pub use rendered::{Object, Written, objects, rendered, written};
pub use rivals::{lost_items, other_releases, rivals};
pub use values::ValuesFile;

use crate::base::error::{Code, Error, Finding};
use crate::base::shell::word;
use crate::model::InstallBlueprint;

/// What is to be said of the chart itself: another version than the spec's, dependencies that are not there.
pub fn of_the_chart(chart: &Chart, install: &InstallBlueprint) -> Vec<Finding> {
    let mut findings = Vec::new();
    let wanted = install.version.to_string();
    if chart.version != wanted {
        findings.push(Finding::warn(
            Error::new(
                Code::OTHER_CHART_VERSION,
                format!(
                    "{} is {} {}, the install `{}` is for {wanted}",
                    chart.path, chart.name, chart.version, install.id
                ),
            )
            .why("Keys move between versions of a chart.")
            .fix(format!("Write `chartVersion: \"{}\"` in the spec, or give the chart {wanted}.", chart.version)),
        ));
    }
    for missing in chart.missing() {
        findings.push(Finding::warn(
            Error::new(
                Code::MISSING_DEPENDENCY,
                format!("the chart `{missing}` is listed in Chart.yaml and is not in charts/"),
            )
            .why("Keys below it were not checked; the check continues with what is there.")
            .fix(format!("Run `helm dependency update {}`.", word(&chart.path))),
        ));
    }
    findings
}
