//! How much rustc optimises a cell.
//!
//! A cell is optimised as evcxr does it (level 2), because it may compute. Only
//! a cell that does nothing but draw is not: plotters is generic, so a figure
//! compiles much of it anew, which takes four times as long with optimisation
//! and saves a millisecond of drawing. The rule errs on the side of computing:
//! whatever could run for long, be timed, or be called later from a cell that
//! is timed makes the cell one that computes. `:opt` overrides the rule.

use syn::visit::Visit;
use syn::{Expr, RangeLimits};

use super::parts::{Item, Parts};
use super::prune::Needed;

/// How a cell is to be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// As rustc knows it, for example `2` or `s`.
    pub level: String,
    /// Whether it pays to compile it in several parts side by side.
    pub parallel: bool,
    /// Whether other libraries are to be linked.
    pub links: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            level: COMPUTE.to_owned(),
            parallel: false,
            links: false,
        }
    }
}

const COMPUTE: &str = "2";
const DRAW: &str = "0";

/// One of these says that a cell draws with plotters.
const DRAWING: [&str; 3] = ["into_drawing_area", "draw_series", "ChartBuilder"];

/// One of these says that it may do more than that.
const COMPUTING: [&str; 25] = [
    "Duration",
    "Fn",
    "FnMut",
    "FnOnce",
    "Instant",
    "SystemTime",
    "await",
    "black_box",
    "dyn",
    "elapsed",
    "impl",
    "into_par_iter",
    "loop",
    "measure",
    "par_bridge",
    "par_chunks",
    "par_iter",
    "par_iter_mut",
    "rayon",
    "scope",
    "spawn",
    "thread",
    "timeit",
    "tokio",
    "while",
];

/// Calls whose arguments become marks in a figure: what they iterate over is
/// bounded by what a picture can hold.
const MARKS: [&str; 5] = [
    "draw",
    "draw_series",
    "legend",
    "x_label_formatter",
    "y_label_formatter",
];

/// Calls that go through what they are called on.
const ITERATING: [&str; 9] = [
    "collect", "count", "for_each", "last", "map", "max", "min", "product", "sum",
];

/// Calls that take no time worth mentioning: on plotters' charts and styles, on
/// numbers, on the generated variable store. Whatever else is called computes.
const QUICK: [&str; 64] = [
    "abs",
    "axis_desc_style",
    "background_style",
    "bold_line_style",
    "border_style",
    "build_cartesian_2d",
    "caption",
    "ceil",
    "check_variable",
    "color",
    "configure_mesh",
    "configure_series_labels",
    "cos",
    "disable_mesh",
    "disable_x_mesh",
    "disable_y_mesh",
    "enumerate",
    "evcxr_display",
    "exp",
    "expect",
    "fill",
    "filled",
    "floor",
    "into_drawing_area",
    "into_font",
    "into_iter",
    "into_text_style",
    "is_err",
    "is_null",
    "iter",
    "label",
    "label_style",
    "len",
    "light_line_style",
    "ln",
    "margin",
    "mix",
    "point_size",
    "position",
    "powf",
    "powi",
    "present",
    "put_variable",
    "rev",
    "round",
    "set_all_label_area_size",
    "set_label_area_size",
    "sin",
    "sqrt",
    "step_by",
    "stroke_width",
    "take_variable",
    "tan",
    "titled",
    "to_string",
    "unwrap",
    "version",
    "x_desc",
    "x_label_area_size",
    "x_labels",
    "y_desc",
    "y_label_area_size",
    "y_labels",
    "zip",
];

/// Functions that only make a value of their arguments, whatever the type. So
/// does what begins with a capital letter.
const MAKING: [&str; 9] = [
    "catch",
    "create_variable_store",
    "from",
    "new",
    "on",
    "panicked",
    "question_mark",
    "show_text",
    "with_string",
];

/// A literal range up to this length is short, whatever is done for each step.
const SHORT: u64 = 10_000;

/// The plan for a cell of `parts`; `chosen` is what `:opt` says.
/// `others` that crates of `:dep` are there, whose operators may compute.
pub fn plan(parts: &Parts<'_>, needed: &Needed, chosen: Option<&str>, others: bool) -> Plan {
    let words = parts.statement_words();
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let code = parts
        .items
        .iter()
        .zip(&needed.items)
        .filter(|(item, needed)| **needed && !matches!(item.syntax, syn::Item::Use(_)))
        .map(|(item, _)| item);
    let draws = has(&DRAWING);
    let only_draws =
        || !others && !has(&COMPUTING) && code.clone().all(is_plain) && is_short(&parts.body);
    let level = match chosen {
        Some(level) => level,
        None if draws && only_draws() => DRAW,
        None => COMPUTE,
    };
    Plan {
        parallel: draws && level != DRAW,
        links: parts.links(),
        level: level.to_owned(),
    }
}

/// Whether an item cannot compute: a type without methods, a constant.
fn is_plain(item: &Item<'_>) -> bool {
    matches!(
        item.syntax,
        syn::Item::Struct(_) | syn::Item::Enum(_) | syn::Item::Const(_) | syn::Item::Type(_)
    )
}

fn is_short(function: &syn::ItemFn) -> bool {
    let mut judge = Judge {
        short: true,
        steps: 1,
        marks: false,
        closures: 0,
    };
    judge.visit_block(&function.block);
    // One is the student's statements, which the generated code wraps.
    judge.short && judge.closures <= 1
}

/// Looks for iteration that is not short.
struct Judge {
    short: bool,
    /// How often what is looked at runs at most.
    steps: u64,
    /// Within the arguments of one of [`MARKS`].
    marks: bool,
    /// Closures that are no argument of an iteration known to be short.
    closures: usize,
}

impl<'ast> Visit<'ast> for Judge {
    fn visit_expr_for_loop(&mut self, expression: &'ast syn::ExprForLoop) {
        self.visit_expr(&expression.expr);
        self.repeat(length(&expression.expr), |judge| {
            judge.visit_block(&expression.body);
        });
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let named = |list: &[&str]| list.iter().any(|name| call.method == name);
        let (marks, iterates) = (named(&MARKS), named(&ITERATING));
        self.short &= marks || iterates || named(&QUICK);
        let steps = if iterates && !self.marks {
            length(&call.receiver)
        } else {
            Some(1)
        };
        let before = self.marks;
        self.marks |= marks;
        self.repeat(steps, |judge| {
            for argument in &call.args {
                match closure(argument).filter(|_| marks || iterates) {
                    Some(closure) => judge.visit_expr(&closure.body),
                    None => judge.visit_expr(argument),
                }
            }
        });
        self.marks = before;
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let last = match &*call.func {
            Expr::Path(path) => path.path.segments.last(),
            _ => None,
        };
        self.short &= last.is_some_and(|segment| {
            let name = segment.ident.to_string();
            MAKING.contains(&name.as_str()) || name.starts_with(char::is_uppercase)
        });
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.closures += 1;
        self.visit_expr(&closure.body);
    }

    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        // Its arguments are tokens. Those of the usual macros are expressions.
        let parsed = found
            .parse_body_with(syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated);
        match parsed {
            Ok(arguments) => arguments
                .iter()
                .for_each(|argument| self.visit_expr(argument)),
            Err(_) => self.short = false,
        }
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        // A function within the cell may be called any number of times.
        self.short &= matches!(item, syn::Item::Use(_));
    }
}

impl Judge {
    fn repeat(&mut self, steps: Option<u64>, look: impl FnOnce(&mut Self)) {
        let before = self.steps;
        self.steps = steps.map_or(u64::MAX, |steps| before.saturating_mul(steps.max(1)));
        self.short &= self.steps <= SHORT;
        look(self);
        self.steps = before;
    }
}

fn closure(argument: &Expr) -> Option<&syn::ExprClosure> {
    match argument {
        Expr::Closure(closure) => Some(closure),
        Expr::Reference(reference) => closure(&reference.expr),
        _ => None,
    }
}

/// What a chain of method calls starts from.
fn root(expression: &Expr) -> &Expr {
    match expression {
        Expr::MethodCall(call) => root(&call.receiver),
        Expr::Paren(inner) => root(&inner.expr),
        Expr::Reference(inner) => root(&inner.expr),
        other => other,
    }
}

/// How many steps a literal range or array has; `None` for anything else.
fn length(expression: &Expr) -> Option<u64> {
    match root(expression) {
        Expr::Range(range) => {
            let start = number(range.start.as_deref()?)?;
            let end = number(range.end.as_deref()?)?;
            let last = u64::from(matches!(range.limits, RangeLimits::Closed(_)));
            Some(end.saturating_sub(start).saturating_add(last))
        }
        Expr::Array(array) => u64::try_from(array.elems.len()).ok(),
        _ => None,
    }
}

fn number(expression: &Expr) -> Option<u64> {
    match expression {
        Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Int(number),
            ..
        }) => number.base10_parse().ok(),
        _ => None,
    }
}
