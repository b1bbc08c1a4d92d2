//! Names that somebody may have meant.

/// At most three of `names` that are like `name`, the nearest first.
pub(super) fn nearest(name: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    let wanted = name.to_lowercase();
    // A name of which every third character is another was not meant.
    let far = 1 + name.chars().count() / 3;
    let mut near: Vec<(usize, String)> = names
        .into_iter()
        .map(|other| (distance(&wanted, &other.to_lowercase()), other))
        .filter(|(distance, _)| *distance <= far)
        .collect();
    near.sort();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// At most three of `tasks`, each a name and a title, of which one or the other
/// is like `name` or has it as a part, the nearest first.
pub(super) fn nearest_tasks(
    name: &str,
    tasks: impl IntoIterator<Item = (String, String)>,
) -> Vec<(String, String)> {
    /// Parts that are shorter say nothing.
    const SHORTEST: usize = 3;
    let wanted = name.to_lowercase();
    let length = name.chars().count();
    let far = 1 + length / 3;
    let mut near: Vec<(usize, (String, String))> = tasks
        .into_iter()
        .filter_map(|(name, title)| {
            let ways = [name.to_lowercase(), title.to_lowercase()];
            let edits = ways.iter().map(|way| distance(&wanted, way)).min()?;
            let is_part = length >= SHORTEST && ways.iter().any(|way| way.contains(&wanted));
            let edits = if is_part { edits.min(far) } else { edits };
            (edits <= far).then_some((edits, (name, title)))
        })
        .collect();
    near.sort();
    near.into_iter().take(3).map(|(_, task)| task).collect()
}

/// As many edits as one name is from another, looking at the first 64
/// characters: names of folders may be long.
fn distance(from: &str, to: &str) -> usize {
    let short = |text: &str| text.chars().take(64).collect::<String>();
    strsim::osa_distance(&short(from), &short(to))
}

#[cfg(test)]
mod tests {
    use super::{nearest, nearest_tasks};

    #[test]
    fn the_nearest_come_first() {
        let check = |name: &str, expected: &[&str]| {
            let names = ["ada", "adam", "grace", "Grace2", "alan"].map(str::to_owned);
            assert_eq!(nearest(name, names), expected, "{name}");
        };
        check("Ada", &["ada", "adam", "alan"]);
        check("garce", &["grace", "Grace2"]);
        check("somebody else", &[]);
    }

    #[test]
    fn tasks_are_found_by_their_titles_too() {
        let check = |name: &str, expected: &[&str]| {
            let tasks = [
                ("queue-check", "Sum of the queue"),
                ("essay", "essay"),
                ("q-1", "q-1"),
            ];
            let tasks = tasks.map(|(name, title)| (name.to_owned(), title.to_owned()));
            let near = nearest_tasks(name, tasks);
            let names: Vec<&str> = near.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, expected, "{name}");
        };
        check("Sum of the queue", &["queue-check"]);
        check("sum of a queue", &["queue-check"]);
        check("queue", &["queue-check"]);
        check("esay", &["essay"]);
        check("e", &[]);
        check("", &[]);
    }
}
