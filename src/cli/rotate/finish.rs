//! The second step: the old key's last use is looked at, then it is made inactive, then deleted.

use serde_json::json;

use super::{Rotating, Subject};
use crate::base::error::{Error, Result};
use crate::cli::Outcome;
use crate::cli::context::Context;
use crate::cli::interrupt::Stop;
use crate::cli::kept::all_proven;
use crate::clouds::aws::live::removals::RemovalApi;
use crate::clouds::aws::rotation::{Finish, described};
use crate::model::{KeyState, PrincipalWant, masked};

impl<A: RemovalApi> Rotating<'_, A> {
    /// Retires the old keys. One that was used since the new one was made is only made inactive, unless the user says more:
    /// that can be taken back, so whatever still used it shows without harm.
    pub(super) async fn finish(&self, subjects: &[Subject<'_>], even_if_used: bool) -> Result<Outcome> {
        let ends: Vec<Result<Finish>> =
            subjects.iter().map(|subject| subject.rotation.finish(self.now, even_if_used)).collect();
        Error::check(ends.iter().filter_map(|end| end.as_ref().err().cloned()).collect())?;
        let ends: Vec<Finish> = ends.into_iter().collect::<Result<_>>()?;
        // What pods run with is not retired for a key that may not do.
        let meant = |want: &PrincipalWant| subjects.iter().any(|subject| subject.want.name == want.name);
        all_proven(self.blueprint, self.folder, meant)?;
        self.announce(subjects, &ends);
        if ends.iter().any(|end| matches!(end, Finish::Retire { .. })) {
            Context::confirm("Make these old keys inactive and delete them?", self.yes)?;
        }
        let _careful = Stop::careful();
        let mut reports = Vec::new();
        for (subject, end) in subjects.iter().zip(&ends) {
            self.use_again(subject)?;
            let (state, old) = self.end(subject, end).await?;
            reports.push((subject.report(state, old), state));
        }
        let inactive = reports.iter().any(|(_, state)| *state == "inactive");
        let others = subjects.iter().any(|subject| subject.rotation.other().is_some());
        if self.context.json() {
            let users: Vec<_> = reports.into_iter().map(|(report, _)| report).collect();
            self.context.print_json(&json!({"version": 1, "users": users, "out": self.folder.path()}));
        }
        Ok(if inactive || others { Outcome::Differences } else { Outcome::Done })
    }

    fn announce(&self, subjects: &[Subject<'_>], ends: &[Finish]) {
        if self.context.json() {
            return;
        }
        // Nobody says yes to what was not shown.
        let screen = if self.yes { self.context.screen } else { self.context.screen.aloud() };
        for (subject, end) in subjects.iter().zip(ends) {
            let name = &subject.want.name;
            if let Some(other) = subject.rotation.other() {
                screen.say(&format!(
                    "{name}: it has a second key, which this folder does not keep: {}. {}",
                    described(other, self.now),
                    subject.rotation.rid_of(other)
                ));
            }
            screen.say(&match end {
                Finish::Nothing if subject.rotation.other().is_some() => {
                    format!("{name}: no old key is kept here, so none was retired.")
                }
                Finish::Nothing => format!("{name}: there is no old key to retire."),
                Finish::Forget(id) => format!("{name}: the old key {} is gone already.", masked(id)),
                Finish::Retire { old, used_since } => {
                    let since = if *used_since {
                        ". That was after the new key was made: if it was also after the restart, something still uses it"
                    } else {
                        ""
                    };
                    let new = subject.rotation.seen(subject.rotation.held.current.as_ref());
                    let new = new.map_or_else(String::new, |new| format!(" The new key is {}.", described(new, self.now)));
                    format!("{name}: the old key is {}{since}.{new}", described(old, self.now))
                }
            });
        }
    }

    async fn end<'b>(&self, subject: &Subject<'_>, end: &'b Finish) -> Result<(&'static str, Option<&'b KeyState>)> {
        let name = &subject.want.name;
        let (old, used_since) = match end {
            Finish::Nothing => return Ok(("nothing", None)),
            Finish::Forget(id) => {
                self.folder.forget_key(name, id)?;
                return Ok(("finished", None));
            }
            Finish::Retire { old, used_since } => (old, *used_since),
        };
        if old.active {
            Stop::check(|| format!("making the old key of {name} inactive"))?;
            self.api.set_key_active(name, &old.id, false).await?;
            if used_since && !self.sure(subject, old) {
                return Ok(("inactive", Some(old)));
            }
        }
        Stop::check(|| format!("deleting the old key of {name}"))?;
        self.api.delete_access_key(name, &old.id).await?;
        self.folder.forget_key(name, &old.id)?;
        self.context.screen.say(&format!("{name}: the old key {} is deleted.", masked(&old.id)));
        Ok(("finished", Some(old)))
    }

    /// Whether a key that was in use lately is to go at once. `--yes` does not say so: the next run does.
    fn sure(&self, subject: &Subject<'_>, old: &KeyState) -> bool {
        let (name, id) = (&subject.want.name, masked(&old.id));
        let screen = &self.context.screen;
        screen.say(&format!("{name}: the old key {id} is inactive. Look whether everything still works."));
        if !self.yes && Context::confirm(&format!("Delete {id} for good?"), false).is_ok() {
            return true;
        }
        screen.say(&format!(
            "{name}: to delete it, run the same command again. To go back: aws iam update-access-key --user-name {name} --access-key-id {} --status Active",
            old.id
        ));
        false
    }
}
