//! A submission as it is taken in: read, and compared with what the gradebook
//! has.

use super::Settings;
use super::rules::Rules;
use crate::gradebook::{Gradebook, Late};
use crate::plan::Plan;
use crate::score::Handed;
use crate::submissions::Submission;

/// What came in.
pub enum Taken<'a> {
    /// It is as before, and so is all that its grade depends on.
    Unchanged,
    /// It is as before, and only how late it was is not.
    Moved(Late),
    /// To be graded by this plan.
    Changed(Handed, &'a Plan),
}

pub struct Intake<'a> {
    settings: &'a Settings,
    plans: &'a [Plan],
    rules: &'a Rules,
    book: Gradebook,
}

impl<'a> Intake<'a> {
    /// With a connection to the gradebook of its own.
    pub fn open(
        settings: &'a Settings,
        plans: &'a [Plan],
        rules: &'a Rules,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            settings,
            plans,
            rules,
            book: Gradebook::existing(&settings.out)?,
        })
    }

    /// `None` for what is no notebook of the course.
    pub fn take(&self, submission: &Submission) -> anyhow::Result<Option<Taken<'a>>> {
        let mut plans = self.plans.iter();
        let Some(plan) = plans.find(|plan| plan.notebook == submission.notebook) else {
            return Ok(None);
        };
        let content = submission.read().map_err(|error| error.to_string());
        let digest = match &content {
            Ok(bytes) => Submission::digest(bytes),
            Err(why) => Submission::digest(why.as_bytes()),
        };
        let submitted = submission.submitted.map(|time| time.to_string());
        let before = self.book.basis(&submission.student, &submission.notebook)?;
        let is_same = before.is_some_and(|before| {
            before.digest == digest && before.rules == self.rules.of(&submission.notebook)
        });
        let (late, share) = self
            .settings
            .lateness
            .of(&submission.notebook, submission.submitted);
        if is_same && !self.settings.again {
            let now = Late {
                submitted,
                late,
                share,
            };
            let before = self.book.late(&submission.student, &submission.notebook)?;
            return Ok(Some(match before.as_ref() == Some(&now) {
                true => Taken::Unchanged,
                false => Taken::Moved(now),
            }));
        }
        let handed = Handed {
            student: submission.student.clone(),
            digest,
            submitted,
            late,
            share,
            content,
        };
        Ok(Some(Taken::Changed(handed, plan)))
    }
}
