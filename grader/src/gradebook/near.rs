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

/// As many edits as one name is from another, looking at the first 64
/// characters: names of folders may be long.
fn distance(from: &str, to: &str) -> usize {
    let short = |text: &str| text.chars().take(64).collect::<String>();
    strsim::osa_distance(&short(from), &short(to))
}

#[cfg(test)]
mod tests {
    use super::nearest;

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
}
