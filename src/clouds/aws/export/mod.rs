//! The same blueprint for those who make it by other means: a script for the AWS CLI, a CloudFormation
//! template, a Terraform configuration, a script for the Azure CLI. Pure. Access keys are never among it: whoever holds the rights makes them.

mod functions;
mod script;
mod template;
mod terraform;
mod wanted;

use crate::base::error::Result;
use crate::model::Blueprint;

/// What a blueprint can be handed over as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A script of AWS CLI calls.
    AwsCli,
    /// A template for a stack.
    CloudFormation,
    /// A Terraform configuration.
    Terraform,
    /// A script of Azure CLI calls.
    Az,
}

impl Form {
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
pub fn export(blueprint: &Blueprint, form: Form) -> Result<String> {
    match form {
        Form::AwsCli => Ok(script::script(&wanted::wanted(blueprint, "created")?)),
        Form::Az => Ok(crate::clouds::azure::export::script(blueprint)),
        Form::Terraform => Ok(terraform::configuration(&wanted::wanted(blueprint, "adopted")?)),
        // The stack owns what it makes: `destroy` must leave it to the stack.
        Form::CloudFormation => Ok(template::template(&wanted::wanted(blueprint, "adopted")?)),
    }
}
