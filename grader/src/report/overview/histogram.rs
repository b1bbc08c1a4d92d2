//! A distribution of points as a picture: an SVG on a light card, which reads
//! in light and dark themes.

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{
    DrawingArea, IntoDrawingArea as _, IntoFont as _, PathElement, Rectangle, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, RGBColor, ShapeStyle};

use super::scores::{BARS, Scores};
use crate::report::words::counted;

/// As wide as a page, so that a picture is as wide as a table.
const SIZE: (u32, u32) = (846, 316);
const LEFT: i32 = 60;
const RIGHT: i32 = 830;
/// Below the name of the axis and the number on the tallest bar.
const TOP: i32 = 78;
const BOTTOM: i32 = 262;
/// Where the name of the axis stands.
const AXIS: i32 = 44;
/// Between two bars.
const GAP: i32 = 6;

/// Okabe and Ito's blue, and what stands beside it.
const BAR: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const INK: RGBColor = RGBColor(0x1a, 0x1a, 0x1a);
const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// plotters writes font sizes divided by this.
const FONT_SCALE: f64 = 1.24;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// The picture with its title and, for who doesn't see it, all its numbers.
/// `id` must be another one for each picture of a page.
pub(super) fn histogram(id: &str, title: &str, unit: &str, scores: &Scores) -> Markup {
    let mut svg = String::new();
    let drawn = {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw(&area, title, unit, scores).and_then(|()| area.present())
    };
    match drawn {
        Ok(()) => html! { figure { (PreEscaped(named(&svg, id, title, unit, scores))) } },
        // Nothing of this is known to fail; the numbers are still worth having.
        Err(_) => html! { p { (title) ": " (describe(unit, scores)) } },
    }
}

fn draw(area: &Area<'_>, title: &str, unit: &str, scores: &Scores) -> Drawn {
    let (width, height) = (SIZE.0 as i32, SIZE.1 as i32);
    area.draw(&Rectangle::new([(0, 0), (width, height)], PAPER.filled()))?;
    text(area, (12, 18), title, 16, HPos::Left)?;
    text(
        area,
        (12, AXIS),
        &format!("{unit}s (number)"),
        12,
        HPos::Left,
    )?;
    let bars = scores.bars();
    let most = bars.into_iter().max().unwrap_or(0);
    let step = step(most);
    let top = step * most.div_ceil(step).max(1);
    let y = |count: u64| BOTTOM - ((BOTTOM - TOP) as f64 * count as f64 / top as f64) as i32;
    for tick in (0..=top / step).map(|tick| tick * step) {
        let at = y(tick);
        area.draw(&PathElement::new([(LEFT, at), (RIGHT, at)], GRID))?;
        text(area, (LEFT - 8, at), &tick.to_string(), 11, HPos::Right)?;
    }
    let x = |bar: usize| LEFT + (RIGHT - LEFT) * bar as i32 / BARS as i32;
    for (bar, count) in (0..).zip(bars) {
        let (from, to) = ((x(bar) + GAP / 2, y(count)), (x(bar + 1) - GAP / 2, BOTTOM));
        if count > 0 {
            area.draw(&Rectangle::new([from, to], BAR.filled()))?;
            let outline: ShapeStyle = INK.stroke_width(1);
            area.draw(&Rectangle::new([from, to], outline))?;
            let middle = ((from.0 + to.0) / 2, from.1 - 9);
            text(area, middle, &count.to_string(), 11, HPos::Center)?;
        }
    }
    area.draw(&PathElement::new([(LEFT, BOTTOM), (RIGHT, BOTTOM)], INK))?;
    for bar in 0..=BARS {
        let label = (bar * 100 / BARS).to_string();
        text(area, (x(bar), BOTTOM + 14), &label, 11, HPos::Center)?;
    }
    let label = "points earned (% of the possible ones)";
    text(
        area,
        ((LEFT + RIGHT) / 2, BOTTOM + 34),
        label,
        12,
        HPos::Center,
    )
}

fn text(area: &Area<'_>, at: (i32, i32), text: &str, size: i32, from: HPos) -> Drawn {
    let style = ("sans-serif", f64::from(size) * FONT_SCALE)
        .into_font()
        .color(&INK)
        .pos(Pos::new(from, VPos::Center));
    area.draw(&Text::new(text.to_owned(), at, style))
}

/// The distance of ticks: 1, 2 or 5 with zeros, about five of them.
fn step(most: u64) -> u64 {
    let powers = (0..18).map(|power| 10_u64.pow(power));
    let mut steps = powers.flat_map(|power| [power, 2 * power, 5 * power]);
    steps.find(|step| step * 5 >= most).unwrap_or(1)
}

/// plotters knows no names of pictures.
fn named(svg: &str, id: &str, title: &str, unit: &str, scores: &Scores) -> String {
    let labels = html! {
        title id={ (id) "-title" } { (title) }
        desc id={ (id) "-desc" } { (describe(unit, scores)) }
    };
    let opening = format!("<svg role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" ");
    let svg = svg.replacen("<svg ", &opening, 1);
    svg.replacen('>', &format!(">{}", labels.into_string()), 1)
}

fn describe(unit: &str, scores: &Scores) -> String {
    let bars = (0..).zip(scores.bars()).filter(|(_, count)| *count > 0);
    let bars: Vec<String> = bars
        .map(|(bar, count)| format!("{} to {}%: {count}", bar * 10, (bar + 1) * 10))
        .collect();
    format!("{}. {}.", counted(scores.count(), unit), bars.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_few_and_round() {
        let check = |most, expected| assert_eq!(step(most), expected, "{most}");
        check(0, 1);
        check(5, 1);
        check(6, 2);
        check(11, 5);
        check(26, 10);
        check(10_000, 2_000);
    }

    #[test]
    fn a_picture_has_a_name_and_its_numbers() {
        let mut scores = Scores::default();
        for points in [1.0, 9.5, 10.0] {
            scores.add(points, 10.0);
        }
        let figure = histogram("f0", "01 & <b>", "student", &scores).into_string();
        let opening =
            "<figure><svg role=\"img\" aria-labelledby=\"f0-title f0-desc\" width=\"846\"";
        assert!(figure.starts_with(opening), "{figure}");
        assert!(figure.contains(
            "<title id=\"f0-title\">01 &amp; &lt;b&gt;</title>\
             <desc id=\"f0-desc\">3 students. 10 to 20%: 1, 90 to 100%: 2.</desc>"
        ));
        assert!(!figure.contains("<b>"), "{figure}");
        assert!(figure.contains("students (number)"));
    }
}
