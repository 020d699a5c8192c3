//! Go templates as Helm has them: their actions as a tree. What stands between the actions is nobody's concern here.
//!
//! Source: Go, text/template and text/template/parse; Helm, "Chart Template Guide".

mod lex;
mod parse;

pub(super) use parse::{Command, Expression, Pipeline, Step, parse};
