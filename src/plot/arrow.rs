//! Bent arrows, for figures that are written as SVG.

/// An arrow along a quadratic curve from `start` over `bend` to `tip`, whose
/// head is `head` pixels long, drawn in `color`; `stroke` is its width and
/// whatever else the line needs, such as dashes.
pub(super) fn arrow(
    [start, bend, tip]: [(f64, f64); 3],
    head: f64,
    color: &str,
    stroke: &str,
) -> String {
    let (dx, dy) = (tip.0 - bend.0, tip.1 - bend.1);
    let length = dx.hypot(dy).max(1.0);
    let (dx, dy) = (dx / length * head, dy / length * head);
    format!(
        "<path d=\"M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}\" fill=\"none\" stroke=\"{color}\" {stroke}/>\
         <path d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z\" fill=\"{color}\"/>",
        start.0,
        start.1,
        bend.0,
        bend.1,
        tip.0,
        tip.1,
        tip.0,
        tip.1,
        tip.0 - dx - dy * 0.5,
        tip.1 - dy + dx * 0.5,
        tip.0 - dx + dy * 0.5,
        tip.1 - dy - dx * 0.5,
    )
}
