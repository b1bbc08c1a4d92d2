//! A thread that grades one submission after another, with a kernel of its own.

use super::grading::Grading;
use super::intake::Taken;
use super::{News, Results, Work};

/// Grades until there is nothing more to do, or nobody takes results any more.
pub fn grade(work: &Work<'_>, results: &Results) {
    if let Err(error) = grade_all(work, results) {
        let _ = results.send(Err(error));
    }
}

fn grade_all(work: &Work<'_>, results: &Results) -> anyhow::Result<()> {
    let intake = work.intake()?;
    let mut grading = Grading::new(&work.settings.kernel, work.settings.limits);
    while let Some(submission) = work.next() {
        let news = match intake.take(&submission)? {
            None => continue,
            Some(Taken::Unchanged) => News::unchanged(submission),
            Some(Taken::Moved(late)) => News::moved(submission, late),
            Some(Taken::Changed(handed, plan)) => {
                let graded = grading.grade(&handed, plan)?;
                if work.settings.stop.is_asked() {
                    // Its kernel may have been ended over it.
                    break;
                }
                News::Graded(Box::new(graded))
            }
        };
        if results.send(Ok(news)).is_err() {
            break;
        }
    }
    Ok(())
}
