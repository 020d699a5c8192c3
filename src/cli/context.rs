//! What every command has available.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Output;
use super::document::Document;
use crate::base::error::{Code, Error, Result};
use crate::base::names::{AccountId, Endpoint, Region};
use crate::blueprint;
use crate::clouds::Caller;
use crate::clouds::aws::live::sdk::SdkAccount;
use crate::model::Blueprint;
use crate::profile::Catalogue;
use crate::report::{Screen, json_text};
use crate::spec::Spec;
use crate::wizard::{PlainPrompter, Prompter, Question};

/// What every command has available.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) screen: Screen,
    pub(super) output: Output,
    pub(super) profiles: Vec<PathBuf>,
    pub(super) audit: Option<PathBuf>,
    /// What is printed for a program when the command is over.
    pub(super) document: Document,
}

impl Context {
    /// The profiles, built in and given.
    pub(super) fn catalogue(&self) -> Result<Catalogue> {
        crate::files::input::catalogue(&self.profiles)
    }

    /// Reads a spec. With mistakes in it, those that its profiles find are told in the same run.
    pub(super) fn spec(&self, path: &Path) -> Result<Spec> {
        /// What is wrong whatever else the spec says.
        const SURE: [Code; 4] =
            [Code::UNKNOWN_PROFILE, Code::UNCOVERED_VERSION, Code::UNKNOWN_PURPOSE, Code::IDENTITY_UNSUPPORTED];
        let (spec, mut errors) = crate::files::input::examined(path)?;
        if errors.is_empty() {
            let spec = spec.ok_or_else(|| Error::new(Code::WRONG_VALUE, "the spec is not complete"))?;
            return crate::files::input::with_authority(spec);
        }
        if let (Some(spec), Ok(catalogue)) = (spec, self.catalogue())
            && let Err(more) = blueprint::blueprint(spec, &catalogue, None)
        {
            errors.extend(more.each().into_iter().filter(|error| SURE.contains(error.code())));
        }
        Err(Error::join(errors).unwrap_or_else(|| Error::new(Code::WRONG_VALUE, "the spec is not complete")))
    }

    /// The real account; its calls go into the audit log, if one is wanted.
    pub(super) async fn account(&self, region: &Region, endpoint: Option<&Endpoint>) -> Result<SdkAccount> {
        let file = self.audit_file()?;
        let authority = Self::authority()?;
        Ok(SdkAccount::connect(region, endpoint, authority.as_deref()).await?.audited(file))
    }

    /// The certificates that AWS_CA_BUNDLE names, as every AWS tool takes them.
    ///
    /// # Errors
    /// `BW0101` when the file cannot be read, `BW1404` when it holds no certificates.
    pub(super) fn authority() -> Result<Option<String>> {
        let path = std::env::var("AWS_CA_BUNDLE").ok().filter(|path| !path.is_empty());
        let Some(path) = path else { return Ok(None) };
        let fix = "Correct AWS_CA_BUNDLE, or unset it: then the machine's own certificates are trusted alone.";
        let text = crate::files::input::text(Path::new(&path)).map_err(|error| error.fix(fix))?;
        crate::spec::certificates(&path, &text).map(Some).map_err(|error| error.fix(fix))
    }

    /// Says who calls, before anything else: the wrong credentials make everything after it wrong.
    pub(super) fn say_caller(&self, caller: Option<&Caller>) {
        if let Some(caller) = caller.filter(|_| !self.json()) {
            self.screen.say(&format!("As {}", caller.arn));
        }
    }

    /// The audit log, if one is wanted.
    pub(super) fn audit_file(&self) -> Result<Option<Box<dyn Write + Send>>> {
        let audit = self.audit.as_deref().map(crate::files::out::append_private).transpose()?;
        Ok(audit.map(|file| Box::new(Screen::noted(file, "the audit log")) as Box<dyn Write + Send>))
    }

    /// Whether the result is for a program.
    pub(super) fn json(&self) -> bool {
        self.output == Output::Json
    }

    /// A result for a program. With `-o json` it is printed when the command is over: what fails until then becomes a part of it.
    pub(super) fn print_json(&self, value: &Value) {
        if self.json() { self.document.keep(value.clone()) } else { self.screen.exact(&json_text(value)) }
    }

    /// The same for a document whose form others have set, such as a policy: nothing is ever added to it.
    pub(super) fn print_foreign(&self, value: &Value) {
        if self.json() { self.document.keep_foreign(value.clone()) } else { self.screen.exact(&json_text(value)) }
    }

    /// Prints the one document of a command that is over, with what it failed with. A second call prints nothing.
    pub(super) fn print_document(&self, error: Option<&Error>) {
        let Some((value, warnings)) = self.document.given(error).filter(|_| self.json()) else { return };
        if !warnings.is_empty() {
            self.screen.say(&warnings);
        }
        self.screen.exact(&json_text(&value));
    }

    /// The blueprint of a spec, with its warnings. Every command that needs one has it from here, or says
    /// [`Context::warn`] itself.
    pub(super) fn blueprint(&self, spec: Spec, account: Option<&AccountId>) -> Result<Blueprint> {
        let blueprint = blueprint::blueprint(spec, &self.catalogue()?, account)?;
        self.warn(&blueprint);
        Ok(blueprint)
    }

    /// Says the warnings about the installs, each once; a program finds it in the result.
    pub(super) fn warn(&self, blueprint: &Blueprint) {
        let text = self.document.warned(blueprint, self.screen);
        if !self.json() && !text.is_empty() {
            self.screen.say(&text);
        }
    }

    /// Runs asynchronous work on this thread, until it ends or the user asks to stop.
    pub(super) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
            Error::new(Code::CALL_FAILED, format!("the program cannot start its work: {error}")).caused_by(&error)
        })?;
        let result = runtime.block_on(super::interrupt::until_stopped(work));
        runtime.shutdown_background();
        result
    }

    /// Asks for a word to be typed; without a terminal the flag is needed.
    pub(super) fn confirm_by_typing(question: &str, word: &str, yes: bool) -> Result<()> {
        if yes {
            return Ok(());
        }
        if !Screen::can_ask() {
            return Self::confirm(question, false);
        }
        let question = Question::new("confirm", question, "");
        match PlainPrompter::stdio().text(&question, Some(""), &|_| Ok(())) {
            Ok(typed) if typed.trim() == word => Ok(()),
            Ok(_) => Err(Error::new(Code::NOT_CONFIRMED, format!("nothing was changed: that was not `{word}`"))),
            Err(_) => Err(Error::new(Code::INTERRUPTED, "interrupted; nothing was changed")),
        }
    }

    /// Asks for a yes; without a terminal the flag is needed.
    pub(super) fn confirm(question: &str, yes: bool) -> Result<()> {
        if yes {
            return Ok(());
        }
        if !Screen::can_ask() {
            return Err(Error::new(Code::NOT_CONFIRMED, "nothing was changed, because nobody confirmed it")
                .why("There is no terminal to ask on.")
                .fix("Look at the plan, then add `--yes`."));
        }
        match PlainPrompter::stdio().confirm(&Question::new("confirm", question, ""), false) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::new(Code::NOT_CONFIRMED, "Cancelled; nothing was changed")),
            Err(_) => Err(Error::new(Code::INTERRUPTED, "interrupted; nothing was changed")
                .fix("Run the same command again: it plans again.")),
        }
    }
}
