r"""LaTeX in titles, abstracts and names → readable Unicode, and the maths that a page renders.

`to_text` is for plain places (<title>, calendar, e-mail, CSV, feeds); `segments` keeps the maths apart, so
that HTML can render it. Only what is surely LaTeX changes: `Costs $5 and $10`, a lone `&`, an unclosed
`\frac{1` and every unknown command come back as they were written. No input raises, and the time is linear
in its length: one pass cuts the source into lexemes, brackets are matched before anything is read, nesting
has a limit.

pylatexenc is the dictionary (which character is `\ell`, `\"{o}`, `\mathbb{R}`). Its own converter is not
used: it drops `$` from prices, turns `&` into blanks and prints `%s/%s1` for an unclosed fraction.
"""

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

MAX_MATHS_LENGTH = 2_000
"""Characters between two delimiters; anything longer is not one formula of an abstract."""

MAX_DEPTH = 20
"""Groups inside groups that are read; what lies deeper stays source, far from Python's recursion limit."""


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of ordinary text, already Unicode."""

    text: str


@dataclass(frozen=True, slots=True)
class Maths:
    """A formula: its TeX without delimiters, whether it stands on a line of its own, and its Unicode."""

    source: str
    display: bool
    text: str


def to_text(source: str) -> str:
    """The source as readable Unicode, on no more lines than it had: `$\\ell_2$` → `ℓ₂`, `\\&` → `&`.

    HTML characters are left as they are: escaping is the template's work.
    """
    if not may_hold_latex(source):
        return source
    return "".join(piece.text for piece in segments(source))


def may_hold_latex(source: str) -> bool:
    """Whether there is anything to read. Asked of every text: an expression would take ten times as long."""
    return "\\" in source or "$" in source or "`" in source or "{" in source or "--" in source


def segments(source: str) -> list[Text | Maths]:
    """The source in order, as text that is already Unicode and formulas that a page may render."""
    if not may_hold_latex(source):
        return [Text(source)] if source else []
    pieces: list[Text | Maths] = []
    run: list[str] = []
    for piece in [*_Reader(source).read(), None]:
        if isinstance(piece, str):
            run.append(piece)
            continue
        if text := "".join(run):
            pieces.append(Text(text))
        run.clear()
        if piece is not None:
            pieces.append(piece)
    return pieces


def unclosed(source: str) -> str:
    r"""The first brace, delimiter or environment without its partner, as it stands in the source; empty if none.

    A dollar belongs to a formula before a letter, a command or a bracket, and behind a small letter or bracket; else
    it is a price, or a name's (`US$`, `$HOME`).
    """
    if not ("\\" in source or "$" in source or "{" in source or "}" in source) or _SURELY_CLOSED.fullmatch(source):
        return ""
    return _first_unclosed(source)


def _first_unclosed(source: str) -> str:
    reader = _Reader(source)
    closers = {closer for opener, closer in reader.pairs.items() if reader.lexemes[opener] == "{"}
    behind = 0
    for position, lexeme in enumerate(reader.lexemes):
        if position < behind or lexeme[0] not in "${}\\":
            continue
        if lexeme == "{" or lexeme == "}":
            if position not in reader.pairs and position not in closers:
                return lexeme
        elif lexeme in _DELIMITERS:
            if formula := reader.formula(position, len(reader.lexemes)):
                behind = formula[1]
            elif lexeme != "$" or _DOLLAR_OF_FORMULA.match(source, reader.starts[position]):
                return lexeme
    return _unclosed_environment(source)


def _unclosed_environment(source: str) -> str:
    opened: list[str] = []
    for match in _ENVIRONMENT.finditer(source):
        if match["end"] is None:
            opened.append(match[0])
        elif opened and opened[-1].endswith(f"{{{match['name']}}}"):
            opened.pop()
        else:
            return match[0]
    return opened[0] if opened else ""


# -- words of LaTeX ------------------------------------------------------------------------------------------


def _names(words: str) -> frozenset[str]:
    """Names of commands, written as one line of words."""
    return frozenset(words.split())


_UNWRAPPED = _names(
    "emph textbf textit texttt textsc textsl textrm textsf textup textmd textnormal text mbox hbox underline"
    " uline mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak mathnormal boldsymbol bm pmb"
    " operatorname mathop mathbin mathrel boxed"
)
"""Commands whose argument is shown as it is. Bold or script letters are no gain in a calendar."""

_DECLARATIONS = _names(
    "em it bf tt sc sf sl rm cal itshape bfseries ttfamily scshape sffamily slshape rmfamily upshape"
    " normalfont tiny small footnotesize large Large"
)
"""Commands that change the style up to the end of their group."""

_INVISIBLE_IN_MATHS = _DECLARATIONS | _names(
    "! displaystyle textstyle scriptstyle limits nolimits left right middle big Big bigg Bigg bigl bigr Bigl"
    " Bigr biggl biggr Biggl Biggr"
)
_SIZED_DELIMITERS = frozenset({"left", "right", "middle"})

_OPERATORS = _names(
    "arccos arcsin arctan arg argmax argmin cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim ln"
    " log max min poly polylog Pr sec sin sinh softmax sup tan tanh Re Im"
)
"""Upright words of formulas: a blank keeps them from the letters beside them."""

_SYMBOLS = {
    "LaTeX": "LaTeX", "TeX": "TeX", "BibTeX": "BibTeX", "S": "§", "P": "¶", "copyright": "©", "degree": "°",
    "bot": "⊥", "neg": "¬", "land": "∧", "lor": "∨", "ne": "≠", "gets": "←", "iff": "⟺", "implies": "⟹",
    "lbrack": "[", "rbrack": "]", "colon": ":", "coloneqq": "≔", "square": "□", "checkmark": "✓",
    "prime": "′", "hbar": "ħ", "bmod": "mod", "lVert": "‖", "rVert": "‖", "|": "‖", "cdotp": "·",
    "textless": "<", "textgreater": ">", "textbar": "|", "textunderscore": "_", "textquotedbl": '"',
    "textasciicircum": "^", "textasciitilde": "~", "textperiodcentered": "·", "diamond": "⋄",
    "limsup": "lim sup", "liminf": "lim inf",
}  # fmt: skip
"""What pylatexenc does not know, or knows twice."""

_ABBREVIATIONS = {
    "eg": "e.g.", "ie": "i.e.", "Eg": "E.g.", "Ie": "I.e.", "etal": "et al.", "etc": "etc.", "cf": "cf.",
    "wrt": "w.r.t.",
}  # fmt: skip
"""The macros of the computer vision conferences' templates, which authors leave in their abstracts."""

_NOT_SYMBOLS = _names("today maketitle input include original image nolinebreak")
"""Names in pylatexenc's dictionary that mean something else, or nothing, here."""

_TEXT_ACCENTS = frozenset("\"'`^~=.cvuHkrdbt")
_MATHS_ACCENTS = {
    "hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar",
    "vec": "vec", "overrightarrow": "vec", "dot": "dot", "ddot": "ddot", "check": "check", "breve": "breve",
    "acute": "acute", "grave": "grave", "mathring": "mathring",
}  # fmt: skip
_AFTER_GREEK = "\u0400"
"""Letters from here on take no accents: it keeps what is looked up, and remembered, small."""
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "textfrac"})
_DOUBLE_STRUCK = frozenset({"mathbb", "mathds", "Bbb"})

_SUPERSCRIPTS = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθϕφχ⊤",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵠᵡᵀ",
        strict=True,
    )
)
_SUBSCRIPTS = dict(zip("0123456789+-=()aehijklmnoprstuvxβγρϕφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵩᵪ", strict=True))
_SCRIPTS = frozenset(_SUPERSCRIPTS.values()) | frozenset(_SUBSCRIPTS.values())
_RAISED_ALREADY = {"∘": "°", "*": "*", "∗": "*", "⋆": "⋆", "†": "†", "‡": "‡", "′": "′", "+": "⁺"}


@lru_cache(maxsize=1)
def _symbols() -> dict[str, str]:
    """Commands without arguments and their characters, for text and formulas alike.

    pylatexenc is imported here, and not above: it takes 60 ms, and most processes never meet LaTeX.
    """
    from pylatexenc import latex2text

    symbols: dict[str, str] = {}
    for spec in latex2text.get_default_latex_context_db().iter_macro_specs():
        text, name = spec.simplify_repl, spec.macroname
        if isinstance(text, str) and name.isalpha() and name not in _NOT_SYMBOLS and not re.search("[%<\n]", text):
            symbols.setdefault(name, text.strip() or " ")
    return symbols | {name: name for name in _OPERATORS} | _SYMBOLS


@lru_cache(maxsize=2_048)
def _looked_up(command: str, argument: str) -> str:
    r"""pylatexenc's reading of one small piece, `\v{s}` or `\mathbb{R}`; the caller keeps it small."""
    from pylatexenc import latex2text  # imported late for the reason given in _symbols

    text: str = latex2text.LatexNodes2Text().latex_to_text(f"\\{command}{{{argument}}}")
    return unicodedata.normalize("NFC", text)


# -- brackets ------------------------------------------------------------------------------------------------


def _brace_pairs(lexemes: list[str]) -> dict[int, int]:
    """Each closed `{` and its `}`, by position; those without a partner are missing."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for position, lexeme in enumerate(lexemes):
        if lexeme == "{":
            opened.append(position)
        elif lexeme == "}" and opened:
            pairs[opened.pop()] = position
    return pairs


def _delimiter_pairs(lexemes: list[str]) -> dict[int, int]:
    """Each maths delimiter that may open and the next one that may close it, by position."""
    pairs: dict[int, int] = {}
    upcoming: dict[str, int] = {}
    for position in range(len(lexemes) - 1, -1, -1):
        lexeme = lexemes[position]
        if lexeme[0] == "$":
            closer = upcoming.get("$")
            if closer is not None and lexemes[closer] == lexeme and len(lexeme) <= 2:
                pairs[position] = closer
            upcoming["$"] = position
        elif lexeme in (r"\)", r"\]"):
            upcoming[lexeme] = position
        elif lexeme in (r"\(", r"\["):
            closer = upcoming.pop(r"\)" if lexeme == r"\(" else r"\]", None)
            if closer is not None:
                pairs[position] = closer
    return pairs


# -- formulas ------------------------------------------------------------------------------------------------

_MATHS_LEXEME = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_RELATIONS = "[=<>≤≥⩽⩾≠≈≃≡∼∝∈∉∋⊂⊆⊃⊇→←⟶⟵↦⇒⟹⟺≜≔≪≫×·±∪∩∧∨⊕⊗∘]"
_SPACED_RELATION = re.compile(rf"(?<=[^\s(\[{{,;]) ?({_RELATIONS}) ?(?=\S)")
_WIDE_RELATION = re.compile(rf" ?({_RELATIONS}) ?")
_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n")
_PROSE = re.compile(r"[A-Za-z]{2,}[,.;:]? +[A-Za-z]{2,}")
_TEX_IN_MATHS = re.compile(r"\\[A-Za-z]|[\^_]")
_DELIMITERS = frozenset({"$", "$$", r"\(", r"\)", r"\[", r"\]"})
_SURE = r"[^\\${}]|\\[A-Za-z]+|\\[^A-Za-z()\[\]]"
_SURE_GROUP = rf"\{{(?:{_SURE}|\{{(?:{_SURE})*+\}})*+\}}"
_SURE_START = r"(?=[^\s$][^$\n]{1,999}(?<!\s)\$(?!\$))(?=[^$]*(?:\\[A-Za-z]|[\^_]))"
_SURE_FORMULA = rf"\${_SURE_START}(?:{_SURE}|{_SURE_GROUP})++\$|\$[A-Za-z]\$(?![\d$])"
_SURELY_CLOSED = re.compile(rf"(?!.*\\(?:begin|end)\{{)(?:{_SURE}|{_SURE_GROUP}|{_SURE_FORMULA})*+", re.DOTALL)
"""Nearly every text of real ones: no doubt what belongs together, so that nobody has to read it piece by piece."""
_DOLLAR_OF_FORMULA = re.compile(r"\$(?![A-Z]{2})[A-Za-z\\{(\[|]|(?<=[a-z})\]|])\$(?!\w)")
_ENVIRONMENT = re.compile(r"\\(?:begin|(?P<end>end))\{(?P<name>[A-Za-z]{1,30}\*?)\}")
_ONLY_RELATIONS = re.compile(r"[\s<>=≤≥≈~+±×-]*")


class _Formula:
    """One formula as Unicode. Each lexeme is read once; `read` gives what stands between two positions."""

    def __init__(self, source: str) -> None:
        self.lexemes: list[str] = _MATHS_LEXEME.findall(source)
        self.pairs = _brace_pairs(self.lexemes)
        self.read_commands: dict[int, tuple[str, int]] = {}
        """By position. What a failed command took is read again: 2ⁿ times at depth n without this."""

    def is_balanced(self) -> bool:
        """Whether every brace has its partner."""
        return self.lexemes.count("{") == self.lexemes.count("}") == len(self.pairs)

    def text(self) -> str:
        """The whole formula, on one line."""
        return self.read(0, len(self.lexemes), 0)

    def read(self, position: int, end: int, depth: int) -> str:
        """The lexemes from `position` up to `end`, with blanks and relations set evenly."""
        if depth > MAX_DEPTH:
            return "".join(self.lexemes[position:end])
        pieces: list[str] = []
        while position < end:
            lexeme = self.lexemes[position]
            if lexeme in ("^", "_") and (argument := self.argument(position + 1, end, depth)):
                piece, position = _script(lexeme, argument[0]), argument[1]
            elif lexeme == "{":
                closer = self.pairs[position]
                piece, position = self.read(position + 1, closer, depth + 1), closer + 1
            elif lexeme[0] == "\\" and len(lexeme) > 1:
                piece, position = self.command(position, end, depth)
            else:
                piece, position = _MATHS_CHARACTERS.get(lexeme, lexeme), position + 1
            if not piece:
                continue
            if pieces and (
                (piece in _OPERATORS and (pieces[-1][-1].isalnum() or pieces[-1][-1] in ")]}"))
                or (pieces[-1] in _OPERATORS and (piece[0].isalnum() or piece[0] == "√") and piece[0] not in _SCRIPTS)
            ):
                pieces.append(" ")
            pieces.append(piece)
        text = " ".join("".join(pieces).split())
        return _SPACED_RELATION.sub(lambda found: found[0] if len(found[0]) == 1 else f" {found[1]} ", text).strip()

    def argument(self, position: int, end: int, depth: int) -> tuple[str, int] | None:
        """What a command or script takes: a group, a command or one character; None where there is none."""
        while position < end and self.lexemes[position].isspace():
            position += 1
        if position >= end:
            return None
        lexeme = self.lexemes[position]
        if lexeme == "{":
            closer = self.pairs[position]
            return self.read(position + 1, closer, depth + 1), closer + 1
        if lexeme[0] == "\\" and len(lexeme) > 1:
            if depth > MAX_DEPTH:
                return None
            return self.command(position, end, depth + 1)
        return None if lexeme in "^_&" else (_MATHS_CHARACTERS.get(lexeme, lexeme), position + 1)

    def command(self, position: int, end: int, depth: int) -> tuple[str, int]:
        """The command at `position` with its arguments, and where reading goes on."""
        if position not in self.read_commands:
            self.read_commands[position] = self.read_command(position, end, depth)
        return self.read_commands[position]

    def read_command(self, position: int, end: int, depth: int) -> tuple[str, int]:
        """What `command` remembers."""
        name, after = self.lexemes[position][1:], position + 1
        if name in _ESCAPED_CHARACTERS:
            return name, after
        if name in _BLANKS or name == "\\":
            return " ", after
        if name in _INVISIBLE_IN_MATHS:
            if name in _SIZED_DELIMITERS and after < end and self.lexemes[after] == ".":
                after += 1
            return "", after
        if name == "sqrt":
            return self.root(position, end, depth)
        known_with_argument = name in _UNWRAPPED or name in _DOUBLE_STRUCK or name in _MATHS_ACCENTS or name == "not"
        if known_with_argument and (argument := self.argument(after, end, depth)):
            text, after = argument
            if name in _DOUBLE_STRUCK and text.isascii() and text.isalnum():
                return "".join(_looked_up("mathbb", character) for character in text), after
            if name in _MATHS_ACCENTS and len(text) == 1 and text.isalpha() and text < _AFTER_GREEK:
                return _looked_up(_MATHS_ACCENTS[name], text), after
            return (unicodedata.normalize("NFC", text + "\u0338") if name == "not" and text else text), after
        if (name in _FRACTIONS or name == "binom") and (first := self.argument(after, end, depth)):
            if second := self.argument(first[1], end, depth):
                if name == "binom":
                    return f"({first[0]} choose {second[0]})", second[1]
                return f"{_bracketed(first[0])}/{_bracketed(second[0])}", second[1]
        elif name in _symbols():
            return _symbols()[name], after
        return self.source_of_command(position, end)

    def root(self, position: int, end: int, depth: int) -> tuple[str, int]:
        r"""`\sqrt{x}` → √x, `\sqrt[3]{x}` → ³√x."""
        after, degree = position + 1, ""
        if after < end and self.lexemes[after] == "[" and "]" in (near := self.lexemes[after : min(after + 8, end)]):
            closer = after + near.index("]")
            if not {"{", "}"} & set(self.lexemes[after:closer]):
                degree, after = (
                    _script("^", self.read(after + 1, closer, depth + 1)).removeprefix("^"),
                    closer + 1,
                )
        if argument := self.argument(after, end, depth):
            return f"{degree}√{_bracketed(argument[0])}", argument[1]
        return self.source_of_command(position, end)

    def source_of_command(self, position: int, end: int) -> tuple[str, int]:
        """A command that cannot be read, with the groups right behind it, as it was written."""
        after = position + 1
        while after < end and self.lexemes[after] == "{":
            after = self.pairs[after] + 1
        return "".join(self.lexemes[position:after]), after


_MATHS_CHARACTERS = {"~": " ", "&": " ", "'": "′", "\\": "\\"}
_ESCAPED_CHARACTERS = frozenset("&%$#_{}")
_BLANKS = frozenset({" ", ",", ";", ":", ">", "\n", "\t"})


def _script(mark: str, text: str) -> str:
    """A superscript or subscript: in raised or lowered characters where all of them exist, else x_(max)."""
    if not text:
        return ""
    if mark == "^" and text in _RAISED_ALREADY:
        return _RAISED_ALREADY[text]
    table = _SUPERSCRIPTS if mark == "^" else _SUBSCRIPTS
    characters = [table.get(character) for character in text if character != " "]
    if all(characters):
        return "".join(character for character in characters if character)
    text = _WIDE_RELATION.sub(r"\1", text)
    is_one_letter = sum(not unicodedata.combining(character) for character in text) == 1
    return mark + (text if is_one_letter else f"({text})")


def _bracketed(text: str) -> str:
    """The text in parentheses, unless it reads as one number or name without them."""
    return text if all(character.isalnum() or character in ".′" for character in text) else f"({text})"


# -- text ----------------------------------------------------------------------------------------------------

_LEXEME = re.compile(
    r"""\\[A-Za-z]+ | \\.               # a command, an escaped character, an accent
      | \$+ | [{}] | `+ | '+ | -{2,} | ["~]
      | ://[^\s{}\\$`"]*                # the rest of a web address: its dashes and tildes are no LaTeX
      | \s+
      | [^\\${}`'"~:\s-]+(?:\ [^\\${}`'"~:\s-]+)*  # words as they are, with one blank between two
      | .""",
    re.VERBOSE | re.DOTALL,
)
_ACCENT = re.compile(r"\\[\"'`^~=.cvuHkrdbt]")
_CITATION = re.compile(r"\\[Cc]ite[a-z]*\*?(?:\[[^\[\]{}]{0,200}\]){0,2}\{([^{}]{1,500})\}")
_ESCAPED_QUOTE = re.compile(r'\\"(?=[\s.,;:!?)\]]|\Z)')
_ESCAPED_APOSTROPHE = re.compile(r"(?:s|re|ll|ve|m|t|d)(?![A-Za-z])")
_ESCAPED_IN_URL = re.compile(r"\\([%#&_~{}])(?:\{\})?")
_KNOWN_WITH_ARGUMENT = _names(
    "url path href footnote textcolor texorpdfstring ensuremath textsuperscript textsubscript"
)


class _Reader:
    """One source as pieces: strings of Unicode, and formulas. Positions count lexemes."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lexemes: list[str] = _LEXEME.findall(source)
        self.starts: list[int] = []
        start = 0
        for lexeme in self.lexemes:
            self.starts.append(start)
            start += len(lexeme)
        self.pairs = _brace_pairs(self.lexemes) | _delimiter_pairs(self.lexemes)
        self.has_escaped_quotes = _ESCAPED_QUOTE.search(source) is not None
        self.pieces: list[str | Maths] = []
        self.opened: dict[str, int] = {}
        """Opening quotation marks without a partner yet: the mark that closes them → place in `pieces`."""

    def read(self) -> list[str | Maths]:
        """All pieces, in order."""
        self.read_range(0, len(self.lexemes), 0)
        self.close('"', "“")
        return self.pieces

    def before(self, position: int) -> str:
        """The character before a lexeme, a blank at the start."""
        return self.source[self.starts[position] - 1] if position else " "

    def after(self, position: int) -> str:
        """The character after a lexeme, a blank at the end."""
        return self.source[self.starts[position + 1]] if position + 1 < len(self.lexemes) else " "

    def read_range(self, position: int, end: int, depth: int) -> None:
        """Append what stands from `position` up to `end`."""
        if depth > MAX_DEPTH:
            self.pieces += self.lexemes[position:end]
            return
        was_latex = False
        while position < end:
            lexeme = self.lexemes[position]
            if lexeme == " " or lexeme[0].isalnum():
                # Most lexemes are words and blanks: no question to ask of them.
                self.pieces.append(lexeme)
                was_latex, position = False, position + 1
                continue
            is_latex, following = False, position
            if formula := self.formula(position, end):
                self.pieces.append(formula[0])
                following = formula[1]
            elif lexeme[0] == "\\":
                following = self.command(position, end, depth)
            elif lexeme == "{":
                following = self.group(position, end, depth)
            if following > position:
                is_latex = True
            else:
                following = position + 1
                self.pieces.append(self.plain(position, end, depth, was_latex))
            was_latex, position = is_latex, following

    # Formulas

    def formula(self, position: int, end: int) -> tuple[Maths, int] | None:
        """The formula that opens here and the position behind it; None where this is no opening delimiter."""
        lexeme = self.lexemes[position]
        closer = self.pairs.get(position, end)
        if closer >= end or lexeme not in ("$", "$$", r"\(", r"\["):
            return None
        source = self.source[self.starts[position] + len(lexeme) : self.starts[closer]]
        if len(source) > MAX_MATHS_LENGTH or not source.strip() or _PARAGRAPH_BREAK.search(source):
            return None
        if lexeme == "$" and not self.is_inline_maths(source, self.after(closer)):
            return None
        return self.maths(source, display=lexeme in ("$$", r"\["), following=closer + 1)

    def maths(self, source: str, *, display: bool, following: int) -> tuple[Maths, int] | None:
        """A formula, unless its braces do not match."""
        formula = _Formula(source)
        if not formula.is_balanced():
            return None
        return Maths(source=source.strip(), display=display, text=formula.text()), following

    @staticmethod
    def is_inline_maths(source: str, following: str) -> bool:
        """Whether what stands between two single dollars is a formula, and not text between two prices.

        Blanks inside the delimiters and a digit behind them speak for prices, commands and scripts for maths.
        """
        has_tex = _TEX_IN_MATHS.search(source) is not None
        is_tight = not source[0].isspace() and not source[-1].isspace()
        if has_tex:
            return is_tight or (not following.isdigit() and _PROSE.search(source) is None)
        if following.isdigit():
            return _ONLY_RELATIONS.fullmatch(source) is not None
        if not is_tight or _PROSE.search(source):
            return False
        return not (source[0].isdigit() and re.search(r"\s\(?[A-Za-z]{2}", source))

    # Commands: each gives the position behind what it read, or its own where it is no LaTeX we know

    def group(self, position: int, end: int, depth: int) -> int:
        r"""`{\em so}`, `{\"o}`, `{Schr{\"o}dinger}`, and any group in an argument: without braces.

        Other braces are text.
        """
        closer = self.pairs.get(position, end)
        if closer >= end:
            return position
        inner = position + 1
        if not depth and closer == inner + 1 and self.is_case_protection(position, closer):
            return self.put(self.lexemes[inner], closer + 1)
        word = self.lexemes[inner:closer] if closer - inner <= 12 else []
        is_accented_word = not re.search(r"\s", "".join(word)) and any(map(_ACCENT.fullmatch, word))
        while self.lexemes[inner][0] == "\\" and self.lexemes[inner][1:] in _DECLARATIONS:
            inner += 1
            if self.lexemes[inner].isspace():
                inner += 1
        is_latex = inner > position + 1 or depth or is_accented_word or self.is_known_command(inner)
        if not is_latex:
            return position
        self.read_range(inner, closer, depth + 1)
        return closer + 1

    def is_case_protection(self, position: int, closer: int) -> bool:
        """Whether a group is BibTeX's `{BERT}` or `{G}en`, and no set `{X}` or placeholder `<{NAME}>`."""
        word, before, after = self.lexemes[position + 1], self.before(position), self.after(closer)
        if not (word.isalnum() and word != word.lower() and len(word) <= 40):
            return False
        if len(word) == 1:
            return before.isalpha() or after.isalpha()
        return (before.isalnum() or before in " \n(-/}") and (after.isalnum() or after in " \n).,;:-/{'")

    def is_known_command(self, position: int) -> bool:
        """Whether a command that this module reads stands here."""
        lexeme = self.lexemes[position]
        name = lexeme[1:]
        return lexeme[0] == "\\" and (
            name in _TEXT_ACCENTS
            or name in _UNWRAPPED
            or name in _KNOWN_WITH_ARGUMENT
            or name in _ABBREVIATIONS
            or name.lower().startswith("cite")
            or name in _symbols()
        )

    def argument(self, position: int, end: int) -> tuple[int, int] | None:
        """The braces of the argument that begins here, a blank before it allowed."""
        if position < end and self.lexemes[position] == " ":
            position += 1
        closer = self.pairs.get(position, end)
        return (position, closer) if closer < end and self.lexemes[position] == "{" else None

    def source_between(self, braces: tuple[int, int]) -> str:
        """What stands between two braces, as it was written."""
        return self.source[self.starts[braces[0]] + 1 : self.starts[braces[1]]]

    def command(self, position: int, end: int, depth: int) -> int:
        """Append the command at `position` with its arguments."""
        name = self.lexemes[position][1:]
        if name in _TEXT_ACCENTS and (following := self.accent(position, end)) > position:
            return following
        if not name.isalpha():
            return self.escape(position)
        if name.lower().startswith("cite") and (found := _CITATION.match(self.source, self.starts[position])):
            keys = ", ".join(key.strip() for key in found[1].split(","))
            return self.put(f"[{keys}]", bisect_left(self.starts, found.end()))
        if braces := self.argument(position + 1, end):
            if name in _UNWRAPPED:
                self.read_range(braces[0] + 1, braces[1], depth + 1)
                return braces[1] + 1
            if name in _KNOWN_WITH_ARGUMENT:
                return self.command_with_argument(position, braces, end, depth)
        if name in _ABBREVIATIONS:
            text = _ABBREVIATIONS[name]
            return self.put(text.removesuffix(".") if self.after(position) == "." else text, position + 1)
        if name not in _KNOWN_WITH_ARGUMENT and name not in _UNWRAPPED and name in _symbols():
            return self.symbol(position, end)
        following = position + 1
        while following < end and self.lexemes[following] == "{" and self.pairs.get(following, end) < end:
            following = self.pairs[following] + 1
        return self.put("".join(self.lexemes[position:following]), following)

    def shown_since(self, first: int) -> str:
        """The text of the pieces from `first` on."""
        return "".join(piece if isinstance(piece, str) else piece.text for piece in self.pieces[first:])

    def put(self, text: str, following: int) -> int:
        """Append text, and pass on where reading goes on."""
        self.pieces.append(text)
        return following

    def command_with_argument(self, position: int, braces: tuple[int, int], end: int, depth: int) -> int:
        """Append a command that shows its arguments in a way of its own."""
        name, following = self.lexemes[position][1:], braces[1] + 1
        second = self.argument(following, end)
        if name in ("url", "path") or (name == "href" and second is None):
            self.pieces.append(_ESCAPED_IN_URL.sub(r"\1", self.source_between(braces).strip()))
        elif name == "href" and second:
            url = _ESCAPED_IN_URL.sub(r"\1", self.source_between(braces).strip())
            first = len(self.pieces)
            self.read_range(second[0] + 1, second[1], depth + 1)
            shown = self.shown_since(first)
            if url != shown:
                self.pieces.append(f" ({url})" if shown else url)
            following = second[1] + 1
        elif name == "footnote":
            before = self.before(position)
            self.pieces.append("(" if before.isspace() or before == "~" else " (")
            first = len(self.pieces)
            self.read_range(braces[0] + 1, braces[1], depth + 1)
            if self.shown_since(first):
                self.pieces.append(")")
            else:
                del self.pieces[first - 1 :]
        elif name in ("textcolor", "texorpdfstring") and second:
            self.read_range(second[0] + 1, second[1], depth + 1)
            following = second[1] + 1
        elif name in ("textsuperscript", "textsubscript") and (script := self.maths_in(braces)):
            self.pieces.append(_script("^" if name == "textsuperscript" else "_", script.text))
        elif name == "ensuremath" and (formula := self.maths_in(braces)):
            self.pieces.append(formula)
        else:
            self.pieces.append(self.source[self.starts[position] : self.starts[braces[1]] + 1])
        return following

    def maths_in(self, braces: tuple[int, int]) -> Maths | None:
        """The argument as a formula."""
        source = self.source_between(braces)
        found = self.maths(source, display=False, following=0) if len(source) <= MAX_MATHS_LENGTH else None
        return found[0] if found else None

    def symbol(self, position: int, end: int) -> int:
        r"""Append a character without what only ends its name: `{}` in `\ss{}`, the blank in `Stra\ss e`."""
        text, following = _symbols()[self.lexemes[position][1:]], position + 1
        if self.lexemes[following : following + 2] == ["{", "}"] and following + 1 < end:
            following += 2
        elif (
            following + 1 < end
            and self.lexemes[following] == " "
            and self.lexemes[following + 1][0].islower()
            and len(text) == 1
            and (text in "–—" or (text != "Å" and unicodedata.name(text, "").startswith("LATIN")))
        ):
            following += 1
        return self.put(text, following)

    def accent(self, position: int, end: int) -> int:
        r"""Append an accented letter: `\"o`, `\"{o}`, `\'{\i}`, `\'\i`, `\c c`."""
        mark, following = self.lexemes[position][1:], position + 1
        if following >= end or self.is_escaped_quotation(position):
            return position
        rest = ""
        if self.lexemes[following] == "{" and self.lexemes[following + 2 : following + 3] == ["}"]:
            letter, following = self.lexemes[following + 1], following + 3
        elif mark.isalpha() and self.lexemes[following] == " " and following + 1 < end:
            word, following = self.lexemes[following + 1], following + 2
            letter, rest = word[0], word[1:]
        elif self.lexemes[following] in (r"\i", r"\j"):
            letter, following = self.lexemes[following], following + 1
        else:
            letter, rest, following = self.lexemes[following][0], self.lexemes[following][1:], following + 1
        if following > end or not (
            letter in (r"\i", r"\j") or (len(letter) == 1 and letter.isascii() and letter.isalpha())
        ):
            return position
        accented = _looked_up(mark, letter)
        if len(accented) != 1 or accented == letter:
            return position
        return self.put(accented + rest, following)

    def is_escaped_quotation(self, position: int) -> bool:
        r"""Whether `\'` or `\"` comes from a badly decoded file: `the model\'s`, `the \"right\" way`."""
        lexeme, follows = self.lexemes[position], self.starts[position] + 2
        if lexeme == r"\'":
            return self.before(position).isalpha() and bool(_ESCAPED_APOSTROPHE.match(self.source, follows))
        return lexeme == r"\"" and self.has_escaped_quotes and not self.before(position).isalnum()

    def escape(self, position: int) -> int:
        r"""Append `\&` and its like, without the backslash where that is LaTeX."""
        lexeme, before, after = self.lexemes[position], self.before(position), self.after(position)
        name, following = lexeme[1:], position + 1
        if name in _ESCAPED_CHARACTERS:
            return self.put(name, following)
        if name in _BLANKS and not before.isspace():
            return self.put("" if after.isspace() else " ", following)
        if name == "\\" and (after.isspace() or after == "["):
            if before.isspace() and after == " ":
                following += 1
            return self.put("" if after.isspace() or before.isspace() else " ", following)
        if name == "@":
            return self.put("", following)
        if name in ("-", "/") and before.isalpha() and after.isalpha():
            return self.put("", following)
        return self.put(lexeme, following)

    # Everything else

    def plain(self, position: int, end: int, depth: int, was_latex: bool) -> str:
        """A lexeme that is no command: itself, or the dash, tie or quotation mark it stands for."""
        lexeme = self.lexemes[position]
        if lexeme[0] == "-" and len(lexeme) in (2, 3):
            return self.dash(position)
        if lexeme == "~":
            return " " if self.is_tie(position, end, depth, was_latex) else lexeme
        if lexeme[0] in "`'\"":
            return self.quotation_mark(position)
        if lexeme.isspace() and lexeme.count("\n") > 1:
            self.close('"', "“")
            self.opened.clear()
        return lexeme

    def dash(self, position: int) -> str:
        """En and em dashes where they join words or stand free between them; `--flag` and `<!--` stay."""
        lexeme, before, after = self.lexemes[position], self.before(position), self.after(position)
        is_free = before.isspace() and after.isspace() and 0 < position < len(self.lexemes) - 1
        joins_left = before.isalnum() or before in ")]}.,;?%$\"'”’"
        joins_right = after.isalnum() or after in "([{\\$\"'`“‘"
        if is_free or (joins_left and joins_right) or (len(lexeme) == 3 and joins_left):
            return "–" if len(lexeme) == 2 else "—"
        return lexeme

    def is_tie(self, position: int, end: int, depth: int, was_latex: bool) -> bool:
        """Whether `~` is LaTeX's blank: beside LaTeX or in an argument, and not `~$5$` for about five."""
        before, after = self.before(position), self.after(position)
        if not (before.isalnum() or before in ".,;:)]}%$'\"”’") or after.isspace() or position + 1 >= end:
            return False
        following = self.lexemes[position + 1]
        if depth or was_latex or following == "``" or (following[0] == "\\" and following[1:].isalpha()):
            return True
        return self.formula(position + 1, end) is not None

    def quotation_mark(self, position: int) -> str:
        """A mark as it was written; once its partner comes, both become quotation marks."""
        lexeme, before, after = self.lexemes[position], self.before(position), self.after(position)
        if lexeme[0] == "`":
            closing = '"' if len(lexeme) == 2 else "'"
            opens = len(lexeme) <= 2 and not after.isspace() and (before.isspace() or before in '([{-–—/"“‘`~')
            if opens and closing == '"':
                self.close('"', "“")
            self.opened.pop(closing, None)
            if opens:
                self.opened[closing] = len(self.pieces)
            return lexeme
        if before.isspace():
            if lexeme == '"':
                self.opened.pop('"', None)
            return lexeme
        if lexeme == '"' and self.pieces and self.opened.get('"') == len(self.pieces) - 1:
            return ""  # ``"so'': one mark too many
        if lexeme in ("''", '"', "'''") and not after.isalnum() and self.close('"', "“"):
            return "’”" if lexeme == "'''" else "”"
        if lexeme == "'" and not after.isalnum() and self.close("'", "‘"):
            return "’"
        return lexeme

    def close(self, closing: str, opening_text: str) -> bool:
        """Turn the waiting opening mark into a real one, if there is one.

        Two backquotes before a word are nothing else, so they become one even where nothing closes them.
        """
        opened = self.opened.pop(closing, None)
        if opened is not None:
            self.pieces[opened] = opening_text
        return opened is not None
