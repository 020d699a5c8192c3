//! The same blueprint for those who make it by other means. Access keys are never among it: whoever holds the rights makes them.

use super::{aws, azure, gcp};
use crate::base::error::Result;
use crate::model::Blueprint;

/// What a blueprint can be handed over as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportForm {
    /// A script of AWS CLI calls.
    AwsCli,
    /// A template for a stack.
    CloudFormation,
    /// A Terraform configuration.
    Terraform,
    /// A script of Azure CLI calls.
    Az,
    /// A script of Google Cloud CLI calls.
    Gcloud,
}

impl ExportForm {
    /// The ending of a file of this form.
    pub fn ending(self) -> &'static str {
        match self {
            Self::AwsCli | Self::Az | Self::Gcloud => "sh",
            Self::CloudFormation => "cfn.yaml",
            Self::Terraform => "tf.json",
        }
    }

    /// The word after `--as`.
    pub fn word(self) -> &'static str {
        match self {
            Self::AwsCli => "aws-cli",
            Self::CloudFormation => "cloudformation",
            Self::Terraform => "terraform",
            Self::Az => "az",
            Self::Gcloud => "gcloud",
        }
    }

    /// The words by which a text of this form is known as one that [`export`] made.
    pub fn mark(self) -> &'static str {
        match self {
            Self::AwsCli => "Written by `bucketwright export --as aws-cli`",
            Self::CloudFormation => "Written by `bucketwright export --as cloudformation`",
            Self::Terraform => "Written by bucketwright export --as terraform",
            Self::Az => "Written by `bucketwright export --as az`",
            Self::Gcloud => "Written by `bucketwright export --as gcloud`",
        }
    }
}

/// Writes a blueprint in another tool's form.
///
/// # Errors
/// `BW0703` when it needs the account or the issuer and the spec names none: nothing is asked here.
pub fn export(blueprint: &Blueprint, form: ExportForm) -> Result<String> {
    let cloud = &blueprint.spec.cloud;
    match (form, cloud.azure(), cloud.gcp()) {
        (ExportForm::AwsCli, ..) => aws::export::aws_cli(blueprint),
        (ExportForm::Terraform, Some(azure), _) => Ok(azure::export::terraform(blueprint, azure)),
        (ExportForm::Terraform, _, Some(gcp)) => Ok(gcp::terraform::configuration(blueprint, gcp)),
        (ExportForm::Terraform, ..) => aws::export::terraform(blueprint),
        (ExportForm::CloudFormation, ..) => aws::export::cloud_formation(blueprint),
        (ExportForm::Az, ..) => Ok(azure::export::script(blueprint)),
        (ExportForm::Gcloud, _, gcp) => Ok(gcp.map_or_else(String::new, |gcp| gcp::export::script(blueprint, gcp))),
    }
}
