//! Colours: Okabe and Ito, "Color Universal Design" (2008), which people with
//! any common colour blindness can tell apart.

use plotters::style::RGBColor;

pub(super) const INK: RGBColor = RGBColor(0x1a, 0x1a, 0x1a);
pub(super) const FAINT: RGBColor = RGBColor(0x55, 0x55, 0x55);
pub(super) const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
pub(super) const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// One colour per task; black is left for text and lines.
const SERIES: [RGBColor; 7] = [
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xf0, 0xe4, 0x42),
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
];

/// The colour of the task or series at `index`.
pub(super) fn series(index: usize) -> RGBColor {
    SERIES[index % SERIES.len()]
}

/// Black or white, whichever has more contrast on `background` (WCAG 2.2).
pub(super) fn ink_on(background: RGBColor) -> RGBColor {
    let light = luminance(background);
    let on_black = (light + 0.05) / (luminance(INK) + 0.05);
    let on_white = 1.05 / (light + 0.05);
    if on_black >= on_white { INK } else { PAPER }
}

fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_readable_on_every_colour() {
        for index in 0..SERIES.len() {
            let (paper, ink) = (luminance(series(index)), luminance(ink_on(series(index))));
            let (light, dark) = (paper.max(ink), paper.min(ink));
            let contrast = (light + 0.05) / (dark + 0.05);
            assert!(contrast >= 4.5, "colour {index} has contrast {contrast:.2}");
        }
    }
}
