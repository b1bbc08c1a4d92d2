//! Drawing shapes into an SVG string with plotters, in whole pixels.
//!
//! Drawing into a string does not fail in practice; if it ever does, the
//! first error is kept and [`Canvas::finish`] returns a picture that says so.

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, IntoDrawingArea, IntoFont, PathElement, Rectangle, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, RGBColor, ShapeStyle};

use super::palette::{INK, PAPER};
use crate::html::{escape, fingerprint};

const FONT: &str = "sans-serif";

/// Width of a character at font size 12, for deciding what fits. Fonts
/// differ, so this is on the wide side.
const CHARACTER: f64 = 7.2;

/// plotters writes font sizes divided by this.
const PLOTTERS_FONT_SCALE: f64 = 1.24;

/// How a line is broken up, so that lines differ by more than their colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dash {
    Solid,
    Long,
    Short,
    Mixed,
    Wide,
}

impl Dash {
    /// plotters has no dashes. A line that shall have some is drawn with this
    /// opacity, which nothing else has, and gets them in [`compact`]. One
    /// element for a whole line also keeps figures small.
    const fn opacity(self) -> f64 {
        match self {
            Self::Solid => 1.0,
            Self::Long => 0.99,
            Self::Short => 0.98,
            Self::Mixed => 0.97,
            Self::Wide => 0.96,
        }
    }

    /// Pixels drawn and left out, in turn.
    const fn pattern(self) -> &'static str {
        match self {
            Self::Solid => "",
            Self::Long => "7 5",
            Self::Short => "2 4",
            Self::Mixed => "9 3 2 3",
            Self::Wide => "14 4",
        }
    }
}

/// Where a text's position is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    failure: Option<String>,
}

/// Draws a picture of `size` and returns it as SVG, named `title` and
/// described by `description` for screen readers.
pub(super) fn draw(
    size: (u32, u32),
    title: &str,
    description: &str,
    paint: impl FnOnce(&mut Canvas<'_>),
) -> String {
    let mut svg = String::new();
    let failure = {
        let mut canvas = Canvas {
            area: SVGBackend::with_string(&mut svg, size).into_drawing_area(),
            failure: None,
        };
        canvas.fill((0, 0), (to_i32(size.0), to_i32(size.1)), PAPER);
        paint(&mut canvas);
        canvas.finish()
    };
    if let Some(failure) = failure {
        svg = format!(
            "<svg width=\"{}\" height=\"40\" xmlns=\"http://www.w3.org/2000/svg\">\n<text x=\"8\" y=\"24\">This figure could not be drawn: {}</text>\n</svg>\n",
            size.0,
            escape(&failure)
        );
    }
    describe(&compact(&svg), title, description)
}

impl Canvas<'_> {
    pub(super) fn fill(&mut self, from: (i32, i32), to: (i32, i32), color: RGBColor) {
        let result = self.area.draw(&Rectangle::new([from, to], color.filled()));
        self.keep(result);
    }

    pub(super) fn outline(&mut self, from: (i32, i32), to: (i32, i32), color: RGBColor) {
        let style: ShapeStyle = color.stroke_width(1);
        let result = self.area.draw(&Rectangle::new([from, to], style));
        self.keep(result);
    }

    pub(super) fn line(&mut self, points: Vec<(i32, i32)>, color: RGBColor, width: u32) {
        let result = self
            .area
            .draw(&PathElement::new(points, color.stroke_width(width)));
        self.keep(result);
    }

    pub(super) fn dashed(
        &mut self,
        points: Vec<(i32, i32)>,
        color: RGBColor,
        width: u32,
        dash: Dash,
    ) {
        let style = color.mix(dash.opacity()).stroke_width(width);
        let result = self.area.draw(&PathElement::new(points, style));
        self.keep(result);
    }

    pub(super) fn disc(&mut self, center: (i32, i32), radius: i32, color: RGBColor) {
        let result = self.area.draw(&Circle::new(center, radius, color.filled()));
        self.keep(result);
    }

    pub(super) fn ring(&mut self, center: (i32, i32), radius: i32, color: RGBColor) {
        let style: ShapeStyle = color.stroke_width(2);
        let result = self.area.draw(&Circle::new(center, radius, style));
        self.keep(result);
    }

    pub(super) fn text(&mut self, at: (i32, i32), text: &str, size: i32, align: Align) {
        self.styled(at, text, size, align, INK, FontStyle::Normal);
    }

    pub(super) fn bold(&mut self, at: (i32, i32), text: &str, size: i32, align: Align) {
        self.styled(at, text, size, align, INK, FontStyle::Bold);
    }

    pub(super) fn ink(
        &mut self,
        at: (i32, i32),
        text: &str,
        size: i32,
        align: Align,
        color: RGBColor,
    ) {
        self.styled(at, text, size, align, color, FontStyle::Normal);
    }

    /// Text whose vertical centre is at `at`.
    fn styled(
        &mut self,
        at: (i32, i32),
        text: &str,
        size: i32,
        align: Align,
        color: RGBColor,
        font: FontStyle,
    ) {
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = (FONT, f64::from(size) * PLOTTERS_FONT_SCALE)
            .into_font()
            .style(font)
            .color(&color)
            .pos(Pos::new(horizontal, VPos::Center));
        let result = self.area.draw(&Text::new(text.to_owned(), at, style));
        self.keep(result);
    }

    fn keep<E: std::fmt::Display>(&mut self, result: Result<(), E>) {
        if let (Err(error), None) = (result, &self.failure) {
            self.failure = Some(error.to_string());
        }
    }

    fn finish(mut self) -> Option<String> {
        let result = self.area.present();
        self.keep(result);
        self.failure
    }
}

/// How wide `text` is about, in pixels.
pub(super) fn text_width(text: &str, size: i32) -> i32 {
    let pixels = text.chars().count() as f64 * CHARACTER * f64::from(size) / 12.0;
    pixels.min(f64::from(i32::MAX / 4)) as i32
}

/// `text` on one line, cut to at most `most` characters, with an ellipsis
/// where it is cut.
pub(super) fn shorten(text: &str, most: usize) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    if text.chars().count() <= most {
        return text.chars().map(visible).collect();
    }
    let kept = text.chars().take(most.saturating_sub(1)).map(visible);
    kept.chain(['…']).collect()
}

/// `text` in lines of at most `width` characters, broken at spaces.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

pub(super) fn to_i32(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// Leaves out what says nothing, and says the rest in fewer characters.
/// plotters escapes quotes in text, so these patterns match attributes only.
fn compact(svg: &str) -> String {
    let mut svg = svg
        .replace(" opacity=\"1\"", "")
        .replace(" stroke=\"none\"", "")
        .replace(" stroke-width=\"1\"", "")
        .replace(&format!(" font-family=\"{FONT}\""), "")
        .replace(" text-anchor=\"start\"", "")
        .replace(" font-size=\"12\" fill=\"#1A1A1A\"", "")
        .replace("\"#FFFFFF\"", "\"#FFF\"")
        .replace("\"#DDDDDD\"", "\"#DDD\"")
        .replace(">\n", ">")
        .replace("\n</text>", "</text>")
        .replace(" \"/>", "\"/>");
    for dash in [Dash::Long, Dash::Short, Dash::Mixed, Dash::Wide] {
        let tag = format!(" opacity=\"{}\"", dash.opacity());
        let pattern = format!(" stroke-dasharray=\"{}\"", dash.pattern());
        svg = svg.replace(&tag, &pattern);
    }
    join_outlines(&svg)
}

/// A box that is filled and then outlined becomes one element.
fn join_outlines(svg: &str) -> String {
    const BOX: &str = "<rect ";
    const OUTLINE: &str = " fill=\"none\"";
    let mut parts = svg.split(BOX);
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut filled: Option<&str> = None;
    for part in parts {
        let place = |part: &str| part.split_once(" fill=").map(|(place, _)| place.to_owned());
        let outline = part.split_once(OUTLINE);
        if let (Some(before), Some((_, stroke))) = (filled, outline)
            && place(before) == place(part)
            && before.ends_with("/>")
        {
            out.truncate(out.len() - "/>".len());
            out.push_str(stroke);
            filled = None;
            continue;
        }
        out.push_str(BOX);
        out.push_str(part);
        filled = outline.is_none().then_some(part);
    }
    out
}

/// Makes the picture scale with the page and gives it its name.
pub(super) fn describe(svg: &str, title: &str, description: &str) -> String {
    let id = fingerprint(&format!("{title}\n{description}\n{svg}"));
    let opening = format!(
        "<svg role=\"img\" aria-labelledby=\"{id}-t {id}-d\" font-family=\"{FONT}\" font-size=\"12\" fill=\"#1A1A1A\" style=\"max-width:100%;height:auto\" "
    );
    let labels = format!(
        "<title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        escape(title),
        escape(description)
    );
    let svg = svg.replacen("<svg ", &opening, 1);
    svg.replacen('>', &format!(">{labels}"), 1)
}
