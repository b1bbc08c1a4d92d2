//! The diagram as SVG, written by hand: plotters draws shapes, and here each
//! event has to be an element of its own.

use super::layout::{Arrow, CLOCK_SIZE, Dot, Layout};
use crate::html::{escape, fingerprint};
use crate::model::EventKind;
use crate::plot::canvas::text_width;

/// Half the size of a marker, in pixels.
const MARKER: i32 = 7;

const INK: &str = "#1a1a1a";
const FAINT: &str = "#555";
/// Okabe and Ito's; a shape goes with each.
const SENDS: &str = "#56b4e9";
const RECEIVES: &str = "#e69f00";
const DOES_BOTH: &str = "#009e73";

/// Text that lines may cross.
const OVER_LINES: &str = "paint-order:stroke;stroke:#fff;stroke-width:3px";

/// The picture alone.
pub(super) fn plain(layout: &Layout<'_>, description: &str) -> String {
    let groups: Vec<String> = layout.dots.iter().map(|_| String::new()).collect();
    picture(layout, description, "img", &groups)
}

/// The picture, with `attributes` on the group of each event.
pub(super) fn picture(
    layout: &Layout<'_>,
    description: &str,
    role: &str,
    attributes: &[String],
) -> String {
    let mut body = String::new();
    body.push_str(&format!(
        "<text x=\"12\" y=\"22\" font-size=\"16\" font-weight=\"bold\">{}</text>",
        escape(&layout.title)
    ));
    for line in &layout.lines {
        body.push_str(&format!(
            "<text x=\"{}\" y=\"{}\" font-size=\"12\" text-anchor=\"end\">{}</text>\
             <path d=\"M{} {}H{}\" stroke=\"#999\"/>",
            layout.left - 8,
            line.y + 4,
            escape(&line.name),
            layout.left,
            line.y,
            layout.width - 12,
        ));
    }
    // Heads come last, so that no label covers them.
    let mut heads = String::new();
    for arrow in &layout.arrows {
        message(layout, arrow, &mut body, &mut heads);
    }
    for (place, (dot, attributes)) in layout.dots.iter().zip(attributes).enumerate() {
        body.push_str(&event(dot, heads_at(layout, place), attributes));
    }
    body.push_str(&heads);
    let height = key(layout, &mut body);
    let id = fingerprint(&format!("{role}{description}{body}"));
    format!(
        "<svg role=\"{role}\" aria-labelledby=\"{id}-t {id}-d\" font-family=\"sans-serif\" fill=\"{INK}\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\
         <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>{body}</svg>\n",
        escape(&layout.title),
        escape(description),
        width = layout.width,
    )
}

/// An arrow with its name, from marker to marker; a cross ends a lost one.
fn message(layout: &Layout<'_>, arrow: &Arrow, body: &mut String, heads: &mut String) {
    let from = &layout.dots[arrow.from];
    let Some(place) = arrow.to else {
        body.push_str(&lost(from, arrow));
        return;
    };
    let to = &layout.dots[place];
    let (dx, dy) = (f64::from(to.x - from.x), f64::from(to.y - from.y));
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    // The head ends at the edge of the marker.
    let back = f64::from(MARKER) + 3.0;
    let tip = (f64::from(to.x) - ux * back, f64::from(to.y) - uy * back);
    let wing = |side: f64| {
        let (x, y) = (tip.0 - ux * 9.0, tip.1 - uy * 9.0);
        format!("{:.1} {:.1}", x - uy * 4.0 * side, y + ux * 4.0 * side)
    };
    let ends = format!("<g data-f=\"{}\" data-t=\"{place}\">", arrow.from);
    let tip = format!("{:.1} {:.1}", tip.0, tip.1);
    body.push_str(&format!(
        "{ends}<path d=\"M{} {}L{tip}\" stroke=\"{INK}\"/>{}</g>",
        from.x,
        from.y,
        label_of(layout, (from, to), &arrow.name, (ux, uy)),
    ));
    heads.push_str(&format!(
        "{ends}<path d=\"M{tip}L{}L{}Z\"/></g>",
        wing(1.0),
        wing(-1.0),
    ));
}

/// A short arrow that ends in a cross.
fn lost(from: &Dot, arrow: &Arrow) -> String {
    let (x, y) = (from.x + 26, from.y + 30);
    format!(
        "<g data-f=\"{}\"><path d=\"M{} {}L{x} {y}\" stroke=\"{INK}\" stroke-dasharray=\"3 2\"/>\
         <path d=\"M{} {}l8 8m-8 0l8 -8\" stroke=\"{INK}\" stroke-width=\"1.5\"/>\
         <text x=\"{}\" y=\"{}\" font-size=\"10\" style=\"{OVER_LINES}\">{}</text></g>",
        arrow.from,
        from.x,
        from.y,
        x - 4,
        y - 4,
        x + 7,
        y + 4,
        escape(format!("{} lost", arrow.name).trim()),
    )
}

/// The message's name beside the arrow, not quite half way if there is room.
fn label_of(layout: &Layout<'_>, ends: (&Dot, &Dot), name: &str, (ux, uy): (f64, f64)) -> String {
    if name.is_empty() {
        return String::new();
    }
    let (from, to) = ends;
    let side = if uy >= 0.0 { 1.0 } else { -1.0 };
    let place = |share: f64| {
        let at = |a: i32, b: i32| f64::from(a) + share * f64::from(b - a);
        (
            at(from.x, to.x) + uy.abs() * 5.0,
            at(from.y, to.y) - side * ux * 5.0 + if uy >= 0.0 { 0.0 } else { 7.0 },
        )
    };
    let width = f64::from(text_width(name, 10));
    let free = |&(x, y): &(f64, f64)| {
        let texts = layout.dots.iter().flat_map(|dot| {
            let wide = |text: &str, size| f64::from(text_width(text, size)) / 2.0;
            let (at, line) = (f64::from(dot.x), f64::from(dot.y));
            [
                (at, line - 18.0, wide(&dot.name, 11)),
                (at, line + 22.0, wide(&dot.clocks, 10)),
            ]
        });
        texts.into_iter().all(|(at, line, half)| {
            (y - line).abs() > 11.0 || x > at + half || x + width < at - half
        })
    };
    let mut shares = [0.45, 0.6, 0.35, 0.7, 0.28].into_iter().map(place);
    let (x, y) = shares.find(free).unwrap_or_else(|| place(0.45));
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"10\" font-style=\"italic\" style=\"{OVER_LINES}\">{}</text>",
        escape(name)
    )
}

/// Whether an arrow ends at an event from above, and whether one does from below.
fn heads_at(layout: &Layout<'_>, place: usize) -> (bool, bool) {
    let arriving = layout.arrows.iter().filter(|arrow| arrow.to == Some(place));
    let here = layout.dots[place].y;
    arriving.fold((false, false), |(above, below), arrow| {
        let from = layout.dots[arrow.from].y;
        (above || from < here, below || from > here)
    })
}

fn event(dot: &Dot, (above, below): (bool, bool), attributes: &str) -> String {
    // Labels keep clear of the heads of arrows.
    let name_y = if above { -20 } else { -14 };
    let clock_y = if below { 29 } else { 23 };
    // A short label stands beside the arrows that come from below.
    let place = match dot.clocks.contains('[') {
        true => format!("y=\"{clock_y}\" text-anchor=\"middle\""),
        false => "x=\"8\" y=\"19\"".to_owned(),
    };
    let clocks = format!(
        "<text {place} font-size=\"{CLOCK_SIZE}\" fill=\"{FAINT}\" style=\"{OVER_LINES}\">{}</text>",
        escape(&dot.clocks)
    );
    format!(
        "<g transform=\"translate({} {})\"{attributes}>{}\
         <text y=\"{name_y}\" font-size=\"11\" text-anchor=\"middle\" style=\"{OVER_LINES}\">{}</text>{clocks}</g>",
        dot.x,
        dot.y,
        marker(dot.kind),
        escape(&dot.name),
    )
}

/// A shape around the origin.
fn marker(kind: EventKind) -> String {
    let (path, fill) = match kind {
        EventKind::Local => {
            return format!(
                "<circle r=\"6\" fill=\"#fff\" stroke=\"{INK}\" stroke-width=\"1.5\"/>"
            );
        }
        EventKind::Send => ("M-6 -7L8 0L-6 7Z", SENDS),
        EventKind::Receive => ("M-6 -6H6V6H-6Z", RECEIVES),
        EventKind::Both => ("M0 -8L8 0L0 8L-8 0Z", DOES_BOTH),
    };
    format!("<path d=\"{path}\" fill=\"{fill}\" stroke=\"{INK}\"/>")
}

/// What the shapes and numbers mean, and the notes; returns how high the
/// picture becomes.
fn key(layout: &Layout<'_>, body: &mut String) -> i32 {
    let (mut x, mut y) = (20, layout.bottom + 10);
    for (kind, name) in [
        (EventKind::Local, "local event"),
        (EventKind::Send, "sends"),
        (EventKind::Receive, "receives"),
        (EventKind::Both, "receives and sends"),
    ] {
        if !layout.dots.iter().any(|dot| dot.kind == kind) {
            continue;
        }
        body.push_str(&format!(
            "<g transform=\"translate({x} {y})\">{}<text x=\"14\" y=\"4\" font-size=\"12\">{name}</text></g>",
            marker(kind)
        ));
        x += text_width(name, 12) + 34;
    }
    let clocks = match layout.dots.iter().any(|dot| dot.clocks.contains('[')) {
        true => "below each event: its Lamport clock and [vector clock]",
        false => "below each event: its Lamport clock",
    };
    let has_clocks = layout.dots.iter().any(|dot| !dot.clocks.is_empty());
    let lines = has_clocks.then_some(clocks).into_iter();
    for line in lines.chain(layout.notes.iter().map(String::as_str)) {
        y += 20;
        body.push_str(&format!(
            "<text x=\"12\" y=\"{y}\" font-size=\"12\">{}</text>",
            escape(line)
        ));
    }
    y + 14
}
