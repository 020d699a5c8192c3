//! The same blueprint for those who make it by other means. Access keys are never among it: whoever holds the rights makes them.

use super::{aws, azure};
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
}

impl ExportForm {
    /// The ending of a file of this form.
    pub fn ending(self) -> &'static str {
        match self {
            Self::AwsCli | Self::Az => "sh",
            Self::CloudFormation => "cfn.yaml",
            Self::Terraform => "tf.json",
        }
    }

    /// The words by which a text of this form is known as one that [`export`] made.
    pub fn mark(self) -> &'static str {
        match self {
            Self::AwsCli => "Written by `bucketwright export --as aws-cli`",
            Self::CloudFormation => "Written by `bucketwright export --as cloudformation`",
            Self::Terraform => "Written by bucketwright export --as terraform",
            Self::Az => "Written by `bucketwright export --as az`",
        }
    }
}

/// Writes a blueprint in another tool's form.
///
/// # Errors
/// `BW0703` when it needs the account or the issuer and the spec names none: nothing is asked here.
pub fn export(blueprint: &Blueprint, form: ExportForm) -> Result<String> {
    match (form, blueprint.spec.cloud.azure()) {
        (ExportForm::AwsCli, _) => aws::export::aws_cli(blueprint),
        (ExportForm::Terraform, Some(cloud)) => Ok(azure::export::terraform(blueprint, cloud)),
        (ExportForm::Terraform, None) => aws::export::terraform(blueprint),
        (ExportForm::CloudFormation, _) => aws::export::cloud_formation(blueprint),
        (ExportForm::Az, _) => Ok(azure::export::script(blueprint)),
    }
}
