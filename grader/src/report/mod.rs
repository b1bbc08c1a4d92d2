//! What leaves the gradebook: tables and files for learning platforms, pages
//! for students and for the instructor, and the bundle for Gradescope.
//!
//! Uses `gradebook` and `score`, and `course` for the bundle. It changes
//! nothing in the gradebook. Students get to see what they wrote, what was said
//! to it and what persons commented; never evidence, which may tell of hidden
//! tests. Whatever a student had a hand in, the name of a folder included, is
//! escaped for the place where it goes.

mod bundle;
mod canvas;
mod cells;
mod feedback;
mod file_name;
mod files;
mod gradescope;
mod marking;
mod markup;
mod moodle;
mod overview;
mod page;
mod pages;
mod roster;
mod table;
mod words;

pub use bundle::{bundle, project_of};
pub use canvas::canvas;
pub use feedback::feedback;
pub use file_name::{FEEDBACK, file_stem};
pub use files::Draft;
pub use gradescope::{Results, Test};
pub use marking::{marking_table, points_in, read_marking_table};
pub use moodle::moodle;
pub use pages::{OVERVIEW, Written, write_feedback, write_overview, write_pages};
pub use roster::Roster;
pub use table::{items, wide};
pub use words::printable;

use crate::gradebook::{GradebookError, Notebook, Reading};

/// The notebooks that a report is about.
#[derive(Debug, Clone)]
pub struct Chosen<'a> {
    /// In the order of their names.
    pub notebooks: Vec<&'a Notebook>,
}

impl<'a> Chosen<'a> {
    /// All notebooks that give points, or the one of that name.
    ///
    /// # Errors
    /// When there is no notebook of that name; the message has near ones.
    pub fn of(reading: &'a Reading<'_>, notebook: Option<&str>) -> Result<Self, GradebookError> {
        let notebooks = match notebook {
            Some(name) => vec![reading.notebook(name)?],
            None => {
                let with_points = |notebook: &&Notebook| !notebook.tasks.is_empty();
                reading.notebooks().filter(with_points).collect()
            }
        };
        Ok(Self { notebooks })
    }

    /// The most points. What nobody has handed in yet gives none.
    #[must_use]
    pub fn possible(&self) -> f64 {
        let handed_in = self.notebooks.iter().filter(|one| one.handed_in);
        handed_in.map(|one| one.possible()).sum()
    }

    /// Whether the report is about that notebook.
    #[must_use]
    pub fn has(&self, notebook: &str) -> bool {
        self.notebooks.iter().any(|one| one.name == notebook)
    }
}

/// What the instructor should know about a report, beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notices(pub Vec<String>);

impl Notices {
    fn say(&mut self, sentence: String) {
        self.0.push(sentence);
    }

    /// A platform does not know a name again that had to be guarded.
    fn guarded(&mut self, name: &str) {
        if cells::guarded(name) != name {
            let name = words::printable(name);
            self.say(format!(
                "has an apostrophe in front, since it begins like a formula: {name}"
            ));
        }
    }
}
