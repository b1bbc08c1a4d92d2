//! The diagram as HTML that marks the past and the future of an event.
//!
//! The script stands in the attributes of the diagram itself and finds
//! everything from where it stands: no ids, any number of diagrams on one
//! page, no kernel. Without scripts the plain diagram stands.

use super::layout::{Dot, Layout};
use super::svg;
use crate::html::escape;
use crate::model::Execution;
use crate::plot::figure::Figure;

const CARD: &str = "background:#fff;color:#1a1a1a;border:1px solid #bbb;border-radius:6px;padding:4px;color-scheme:light";

const HINT: &str = "Point at an event, or tab to one and use the arrow keys: what happens before it, after it, and concurrently with it is marked.";

const KEY: &str =
    "\u{2190} solid ring: before · \u{2192} dashed ring: after · \u{2225} dotted ring: concurrent";

/// Runs when the pointer comes to an element, or an event into focus
/// (`event.target`). One event happens before another exactly when the other
/// one's clock counts up to it, so clocks are all that the script needs.
const MARK: &str = "\
var r=this,g=event.target.closest('[data-n]');if(!g)return;\
var d=g.dataset,all=[].slice.call(r.querySelectorAll('[data-n]')),\
v=function(e){return e.dataset.v.split(',').map(Number)},mine=v(g);\
all.forEach(function(e){\
var k=e===g?0:mine[+e.dataset.p]>=+e.dataset.n?1:v(e)[+d.p]>=+d.n?2:3,h=e.querySelector('.h'),t=e.querySelector('.r');\
e.dataset.r=['this','before','after','concurrent'][k];\
h.setAttribute('stroke',['#1a1a1a','#0072b2','#d55e00','#777'][k]);\
h.setAttribute('stroke-width',[4,2.5,2.5,1.5][k]);\
h.setAttribute('stroke-dasharray',['','','7 4','1.5 3'][k]);\
t.textContent=['','\u{2190}','\u{2192}','\u{2225}'][k]});\
r.querySelectorAll('[data-f]').forEach(function(m){\
var f=all[+m.dataset.f].dataset.r,t=m.dataset.t?all[+m.dataset.t].dataset.r:'',\
on=f==='this'||f==='after'||t==='this'||t==='before';\
m.setAttribute('opacity',on?1:0.25)});\
r.querySelector('output').textContent=g.getAttribute('aria-label')";

/// Runs on every key: left and right along the process, up and down to the
/// nearest event of another.
const MOVE: &str = "\
var g=event.target.closest('[data-n]'),k=event.key,b=null,best=1/0;if(!g||k.slice(0,5)!=='Arrow')return;\
var d=g.dataset,s=k==='ArrowRight'||k==='ArrowDown'?1:-1,along=k==='ArrowRight'||k==='ArrowLeft';\
this.querySelectorAll('[data-n]').forEach(function(e){\
var p=(e.dataset.p-d.p)*s,n=(e.dataset.n-d.n)*s,\
far=along?(p===0&&n>0?n:1/0):(p>0?p*1e6+Math.abs(e.dataset.x-d.x):1/0);\
if(far<best){best=far;b=e}});\
event.preventDefault();event.stopPropagation();\
if(b){g.setAttribute('tabindex',-1);b.setAttribute('tabindex',0);b.focus()}";

pub(super) fn html(layout: &Layout<'_>, figure: &Figure, with_clocks: bool) -> String {
    let attributes: Vec<String> = layout
        .dots
        .iter()
        .enumerate()
        .map(|(index, dot)| attributes(layout, dot, index == 0, with_clocks))
        .collect();
    let picture = svg::picture(layout, figure.description(), "group", &attributes);
    // Each event gets its ring and its sign, which the script turns on.
    let picture = picture.replace(
        MARKED,
        "><circle class=\"h\" r=\"12\" fill=\"none\"/>\
         <text class=\"r\" x=\"13\" y=\"-5\" font-size=\"13\" font-weight=\"bold\"></text>",
    );
    let (hint, key) = match layout.dots.is_empty() {
        true => ("", ""),
        false => (HINT, KEY),
    };
    // The attribute keeps JupyterLab from taking the arrow keys for itself.
    format!(
        "<div class=\"twoaxes-spacetime\" data-lm-suppress-shortcuts=\"true\" style=\"{CARD}\" \
         onmouseover=\"{}\" onkeydown=\"{}\">\
         <figure style=\"margin:0;overflow-x:auto\">{picture}</figure>\
         <output aria-live=\"polite\" style=\"display:block;padding:4px 12px;min-height:1.4em\">{hint}</output>\
         <div aria-hidden=\"true\" style=\"padding:0 12px;font-size:85%\">{key}</div>\
         <details style=\"padding:4px 12px\"><summary>All events as a table</summary>\
         <pre style=\"overflow-x:auto;color:inherit;background:none\">{}</pre></details></div>",
        escape(MARK),
        escape(MOVE),
        escape(figure.text()),
    )
}

/// Ends the attributes of an event, so that what follows can be put in. No
/// text of the picture can hold it: there, `>` is written in another way.
const MARKED: &str = " data-e=\"\">";

fn attributes(layout: &Layout<'_>, dot: &Dot, first: bool, with_clocks: bool) -> String {
    let clock = layout.run.vector_clock(dot.id);
    let drawn = layout.lines.len();
    let clock: Vec<String> = clock.components()[..drawn]
        .iter()
        .map(u32::to_string)
        .collect();
    format!(
        " role=\"img\" tabindex=\"{}\" aria-label=\"{}\" data-p=\"{}\" data-n=\"{}\" \
         data-x=\"{}\" data-v=\"{}\" onfocus=\"this.closest('.twoaxes-spacetime').onmouseover({{target:this}})\" data-e=\"\"",
        if first { 0 } else { -1 },
        escape(&sentence(layout.run, dot, with_clocks)),
        dot.process,
        dot.position,
        dot.x,
        clock.join(","),
    )
}

/// `e3 on P, send, Lamport clock 3, vector clock [2, 1]: 4 events before, 2
/// after, 5 concurrent`. The numbers are those of the whole execution.
fn sentence(run: &Execution, dot: &Dot, with_clocks: bool) -> String {
    let Some(event) = run.event(dot.id) else {
        return String::new();
    };
    let around = run.around(dot.id);
    let clocks = match with_clocks {
        true => format!(
            ", Lamport clock {}, vector clock {}",
            run.lamport_clock(dot.id),
            super::one_line(&run.vector_clock(dot.id).to_string(), 80)
        ),
        false => String::new(),
    };
    format!(
        "{} on {}, {}{clocks}: {around}",
        super::one_line(event.name, 40),
        super::one_line(&run.processes()[dot.process], 18),
        event.kind,
    )
}
