//! What AWS makes of a blueprint by other means: a script for the AWS CLI, a CloudFormation template, a Terraform configuration.

mod functions;
mod script;
mod template;
mod terraform;
mod wanted;

use crate::base::error::Result;
use crate::model::Blueprint;

/// A script of AWS CLI calls.
///
/// # Errors
/// `BW0703` when the account or the issuer is needed and not known.
pub(crate) fn aws_cli(blueprint: &Blueprint) -> Result<String> {
    Ok(script::script(&wanted::wanted(blueprint, "created")?))
}

/// A Terraform configuration. It owns what it makes: `destroy` leaves it to Terraform.
///
/// # Errors
/// `BW0703`, likewise.
pub(crate) fn terraform(blueprint: &Blueprint) -> Result<String> {
    Ok(terraform::configuration(&wanted::wanted(blueprint, "adopted")?))
}

/// A CloudFormation template. The stack owns what it makes: `destroy` leaves it to the stack.
///
/// # Errors
/// `BW0703`, likewise.
pub(crate) fn cloud_formation(blueprint: &Blueprint) -> Result<String> {
    Ok(template::template(&wanted::wanted(blueprint, "adopted")?))
}
