"""Parameters for notebooks in Rust, for papermill.

The cell with the tag `parameters` declares each parameter with its type and its
default:

    let mut slice: u32 = 5;
    let mut name: String = "Ada".into();

papermill puts a cell behind it, `slice = 10; name = "Grace".into();`. So a
number has the type that the notebook works with, whatever the command line knows
of it, and a parameter that nobody declared is a compile error that names it.
"""

import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

# `let mut name: Type = value; // what it is for`, on a line of its own.
DECLARATION = re.compile(
    r"^[ \t]*let\s+mut\s+(?P<name>\w+)\s*(?::\s*(?P<type>[^=;]+?))?\s*=\s*(?P<value>[^;]*);[ \t]*(?://[ \t]*(?P<help>.*))?$",
    re.MULTILINE,
)

SPECIAL = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


class RustTranslator(Translator):
    @classmethod
    def translate_none(cls, val):
        return "None"

    @classmethod
    def translate_str(cls, val):
        def sign(one: str) -> str:
            # What nobody can see is written as a number: it may turn the line's direction.
            return SPECIAL.get(one) or (one if one.isprintable() else f"\\u{{{ord(one):x}}}")

        return f'"{"".join(map(sign, val))}".into()'

    @classmethod
    def translate_escaped_str(cls, str_val):
        """For dates and the like, which come from files in YAML."""
        return cls.translate_str(str(str_val))

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "f64::NAN"
        if math.isinf(val):
            return "f64::INFINITY" if val > 0 else "f64::NEG_INFINITY"
        return repr(float(val))

    @classmethod
    def translate_list(cls, val):
        return f"vec![{', '.join(map(cls.translate, val))}]"

    @classmethod
    def translate_dict(cls, val):
        """For a map of the standard library, by key and value."""
        pairs = (f"({cls.translate(key)}, {cls.translate(value)})" for key, value in val.items())
        return f"[{', '.join(pairs)}].into()"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        if not re.fullmatch(r"[^\W\d]\w*", name):
            raise ValueError(f"{name!r} is no name of a variable; a parameter is one in Rust")
        return f"{name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        """For `papermill --help-notebook`."""
        return [
            Parameter(name=found["name"], inferred_type_name=(found["type"] or "None").strip(),
                      default=found["value"].strip(), help=(found["help"] or "").strip())
            for found in DECLARATION.finditer(parameters_cell["source"])
        ]


class RustEngine(NBClientEngine):
    """papermill's own engine: under this name it finds this module."""


papermill_translators.register("rust", RustTranslator)
