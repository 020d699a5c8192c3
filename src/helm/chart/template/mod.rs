//! Go templates as Helm has them: their actions as a tree. What is between the actions does not matter here.
//!
//! Source: Go, text/template and text/template/parse; Helm, "Chart Template Guide".

mod lex;
mod parse;

pub(super) use parse::{Command, Expression, Pipeline, Step, parse};
