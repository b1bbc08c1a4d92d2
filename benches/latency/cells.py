"""What is asked: the rows of the table, their bars, and the cells of each kernel."""

import textwrap
from dataclasses import dataclass

OURS = "twoaxes"
PEER = "evcxr_jupyter"
PEER_WITH_CRATES = "evcxr_jupyter with crates"

CRATES = (':dep rayon = "1"', ':dep tokio = { version = "1", features = ["full"] }',
          ':dep plotters = { version = "0.3", default-features = false, features = ["svg_backend", "all_series"] }')

# Functions in scope, and half as many variables, when the growth is measured.
GROWTH = (0, 25, 50, 100)
READING_S = 5


@dataclass(frozen=True)
class Row:
    key: str
    label: str
    # The largest ratio of ours to evcxr_jupyter with crates.
    bar: float | None = None
    # The largest value of ours, where there is no peer.
    limit: float | None = None
    unit: str = "s"


ROWS = [
    Row("info", "kernel_info answered, after launch", 0.035),
    Row("first", "first cell, asked at launch", 0.6),
    Row("first_let", "first variable, right after the first cell", 0.07),
    Row("reading", f"first variable, after {READING_S} s of reading", 0.07),
    Row("dependencies", "rayon, tokio and plotters usable", 0.0),
    Row("sum", "`1 + n`", 0.28),
    Row("let", "`let x = vec![..]`", 0.4),
    Row("fn", "`fn`", 0.5),
    Row("print", "`println!` of a stored variable", 0.48),
    Row("rayon", "rayon sum, optimised", 0.45),
    Row("figure", "plotters figure", 0.35),
    Row("error", "compile error", 0.36),
    Row("again", "the very same cell again, in the session"),
    Row("seen", "a cell seen before on this machine (twoaxes: in another session)", 0.11),
    *(Row(f"grown {n}", f"`1 + n` after {n} functions and {n // 2} variables", 0.21 if n == GROWTH[-1] else None)
      for n in GROWTH),
    Row("loop", "run time of a student's own compute loop", 1.1),
    Row("memory", "memory of all processes at rest, MB", 0.45, unit="MB"),
    Row("notebook cold", "`01-barista` run whole, nothing cached", limit=8),
    Row("notebook again", "`01-barista` run whole, again", limit=3),
]

RUST_FIGURE = textwrap.dedent("""\
    {
        use plotters::prelude::*;
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (400, 300)).into_drawing_area();
            root.fill(&WHITE).unwrap();
            let mut chart = ChartBuilder::on(&root).margin(10).x_label_area_size(30).y_label_area_size(30)
                .build_cartesian_2d(0f64..10f64, 0f64..NUMBERf64).unwrap();
            chart.configure_mesh().draw().unwrap();
            let points = (0..=100).map(|i| f64::from(i) / 10.0).map(|x| (x, NUMBER.0 * x / 10.0));
            chart.draw_series(LineSeries::new(points, &BLUE)).unwrap();
            root.present().unwrap();
        }
        svg.len()
    }""")

# The lengths of all Collatz sequences up to a limit, with a student's own loops.
RUST_LOOP = textwrap.dedent("""\
    {
        let begin = std::time::Instant::now();
        let mut longest = (0u64, 0u32);
        for start in 1..1_000_000u64 {
            let (mut value, mut steps) = (start, 0);
            while value != 1 {
                value = if value % 2 == 0 { value / 2 } else { 3 * value + 1 };
                steps += 1;
            }
            if steps > longest.1 {
                longest = (start, steps);
            }
        }
        println!("{longest:?} NUMBER took {} s", begin.elapsed().as_secs_f64());
    }""")


@dataclass(frozen=True)
class Contestant:
    name: str
    argv: list[str]
    language: str
    version: str
    dependencies: tuple[str, ...] = ()

    @property
    def has_crates(self) -> bool:
        return self.name in (OURS, PEER_WITH_CRATES)

    @property
    def preparation(self) -> str | None:
        """What is in scope before the cells, where there are crates."""
        return "use rayon::prelude::*;" if self.has_crates else None

    def first_let(self, n: int) -> str:
        return f"data = [1, 2, {n}]" if self.language == "python" else f"let data = vec![1, 2, {n}];"

    def cells(self, n: int) -> dict[str, str]:
        """One cell for each row that is repeated; `n` makes it another cell."""
        if self.language == "python":
            return {"sum": f"1 + {n}", "let": f"x{n} = [1, 2, {n}]", "fn": f"def f{n}(x):\n    return x + {n}",
                    "print": f"print(data, {n})", "error": f"let {n} =", "again": "6 * 7"}
        cells = {"sum": f"1 + {n}", "let": f"let x{n} = vec![1, 2, {n}];", "fn": f"fn f{n}(x: i32) -> i32 {{ x + {n} }}",
                 "print": f'println!("{{data:?}} {n}");', "error": f'let e{n}: i32 = "{n}";', "again": "6 * 7",
                 "loop": RUST_LOOP.replace("NUMBER", str(n))}
        if self.has_crates:
            cells["rayon"] = f"(0..1_000_000u64).into_par_iter().map(|i| i ^ (i >> 3) ^ {n}).sum::<u64>()"
            cells["figure"] = RUST_FIGURE.replace("NUMBER", str(n))
        return cells

    def growth(self, start: int, end: int, n: int) -> list[str]:
        """Cells that define the functions from `start` to `end` and half as many variables, five a cell."""
        function = "def g{i}(x):\n    return x + {n}" if self.language == "python" else "fn g{i}(x: i32) -> i32 {{ x + {n} }}"
        variable = "y{i} = [{i}, {n}]" if self.language == "python" else "let y{i} = vec![{i}, {n}];"
        cells = []
        for template, begin, stop in ((function, start, end), (variable, start // 2, end // 2)):
            lines = [template.format(i=i, n=n) for i in range(begin, stop)]
            cells += ["\n".join(lines[at:at + 5]) for at in range(0, len(lines), 5)]
        return cells
