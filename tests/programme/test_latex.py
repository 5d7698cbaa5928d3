"""LaTeX in titles, abstracts and names, as readable Unicode and as safe HTML."""

import unicodedata

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe
from hypothesis import example, given
from hypothesis import strategies as st

from posters.latex import _SURELY_CLOSED, MAX_MATHS_LENGTH, Maths, Text, _first_unclosed, segments, to_text
from posters.templatetags.texts import maths, paragraphs, plain

LEXEMES = [
    *"\\${}`'\"-~^_()[]&%#<>=.,;:/ \n\t",
    *"aBé3ℓ字\u0301\x00",
    "word ", "5 and ", r"\alpha", r"\hat",
    "$$", "``", "''", "--", "---", r"\(", r"\)", r"\[", r"\]", r"\\", r"\frac", r"\frac{1}",
    r"\emph{", r"{\em ", r"\"", r"\'{", r"\c ", r"\sqrt[", r"\left.", r"\not", r"\mathbb{R}",
    r"\unknown", r"\url{", r"\href{a}{", r"\footnote{", r"\cite[", r"\citep{", r"\textsubscript{", "https://a--b",
]  # fmt: skip
HOSTILE = [
    *"$`'-\\{",
    "$$",
    r"\(",
    r"\[",
    r"\frac",
    r"\frac{",
    r"\emph{",
    r"\"{",
    r"\cite[",
    r"\url{",
    r"\sqrt[",
]
sources = st.one_of(st.text(), st.lists(st.sampled_from(LEXEMES), max_size=60).map("".join))
ordinary_texts = st.text(st.characters(exclude_characters="\\$`{-~"))
backslash_free = st.lists(
    st.sampled_from([lexeme for lexeme in LEXEMES if "\\" not in lexeme] + list("abcxyzQ019 ")), max_size=60
).map("".join)


def letters(text: str) -> str:
    """The letters and digits of a text in order, raised and lowered ones as ordinary ones."""
    return "".join(character for character in unicodedata.normalize("NFKD", text) if character.isalnum())


# Reading


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"Long Range Dependencies in $N$D", "Long Range Dependencies in ND"),
        (r"$\ell_\infty$-bounded", "ℓ_∞-bounded"),
        ("$x^2$, $10^{-3}$, $L_1$, $w_{ij}$", "x², 10⁻³, L₁, wᵢⱼ"),
        (r"$x_{\max}$ and $p_{data}$ and $\mathbb{R}^{k \times n}$", "xₘₐₓ and p_(data) and ℝ^(k×n)"),
        (r"$\mathcal{O}(\frac{1}{T})$, $\frac{SA}{\epsilon^2(1-\gamma)}$", "O(1/T), SA/(ϵ²(1-γ))"),
        (
            r"$O(M\log(MK))$, $O(d\log \log d)$, $O(\sqrt{\log T/T})$",
            "O(M log(MK)), O(d log log d), O(√(log T/T))",
        ),
        (r"$\left(\sqrt[3]{x}\right)$, $\|x\|_2$, $f'(x)$", "(³√x), ‖x‖₂, f′(x)"),
        (r"$\tilde{O}(n)$, $\hat\theta$, $\widetilde{\Theta}$, $x\not\in X$", "Õ(n), θ̂, Θ̃, x ∉ X"),
        (r"$x\in \mathbb{R}^d$, $n\geq m$, $A^\top$, $90^\circ$, $a^*$", "x ∈ ℝᵈ, n ≥ m, Aᵀ, 90°, a*"),
        (r"$1{\rm D}$, $10{\times}{-}25{\times}$", "1D, 10×-25×"),
        (r"\(x\) and \[y\] and $$z$$", "x and y and z"),
        (r"85$\times$10, $\sim$5, $<$600M, $ \alpha $", "85×10, ∼5, <600M, α"),
    ],
)
def test_formulas_read_as_unicode(source, text):
    assert to_text(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"Schr\"{o}dinger, Schr\"odinger, {Schr{\"o}dinger}", "Schrödinger, Schrödinger, Schrödinger"),
        (r"{\"O}zg{\"u}r, Garc\'{\i}a, Ho\v rava, Fran\c{c}ois", "Özgür, García, Hořava, François"),
        (
            r"\L{}ukasz, {\L}ukasz, Polyak-\L ojasiewicz, Stra\ss e, S\o{}ren",
            "Łukasz, Łukasz, Polyak-Łojasiewicz, Straße, Søren",
        ),
        (r"Q\&A, 90\%, \$5, \#1, a\_b, \{x\}", "Q&A, 90%, $5, #1, a_b, {x}"),
        (
            r"\emph{a} \textbf{P}opulation \texttt{c} \textsc{d} {\it e} \emph{f \textbf{g}}",
            "a Population c d e f g",
        ),
        ("``one'', ``two\", ``\"three'', `four', ``five", "“one”, “two”, “three”, ‘four’, “five"),
        ("1--2, so---that, so -- that, source--target", "1–2, so—that, so – that, source–target"),
        (
            r"\url{https://a.org/~b\_c}, \href{https://a.org}{here}, \href{a.org}{a.org}",
            "https://a.org/~b_c, here (https://a.org), a.org",
        ),
        (
            r"BERT~\citep{a,b}, Figure~$n$, Trees~\emph{x}, e.g.\ so",
            "BERT [a, b], Figure n, Trees x, e.g. so",
        ),
        (r"Ours\footnote{With $x^2$.} wins\footnote{\url{}}", "Ours (With x².) wins"),
        (
            r"CO\textsubscript{2}, \LaTeX{}, \alpha-divergence, text\textemdash and",
            "CO₂, LaTeX, α-divergence, text—and",
        ),
        (r"(\eg, cats, \etc) and Li \etal.", "(e.g., cats, etc.) and Li et al."),
        ("{G}en{NLI} and {BERT}", "GenNLI and BERT"),
        (r"10\,000 one \\ two", "10 000 one two"),
    ],
)
def test_text_reads_as_unicode(source, text):
    assert to_text(source) == text


@pytest.mark.parametrize(
    "source",
    [
        "",
        "Costs $5 and $10",
        "from $5 to $10-$20, or US$ 10 and US$ 20",
        "$5 apples in A$ or $$$",
        "#Turki$hTweets: $hort and $weet",
        "Q & A",
        "R&D <b>bold</b> > 100% #1 a_b x^2",
        r"\frac{1",
        r"\frac{1}",
        r"$\frac{1$",
        "$one\n\ntwo$",
        "$" + "x+" * MAX_MATHS_LENGTH + "x$",
        r"\unknown{x} and \unknown{\"o} and \gnetw alone",
        r"\emph{never closed",
        "closed} but never opened {",
        "sets {a, b} and {X}, f{x}",
        "about ~5 ms, 2~3 times, example.org/~user",
        "https://a.org/b--c~d?e=1",
        "run --flag, <!-- comment -->, i--; ---- or --",
        "`code` and ``code`` and 5'' and don't",
        r"C:\temp\new and \\server\share",
        r"the model\'s \"right\" way",
        "trailing \\",
        "two\nlines\n\nand a paragraph",
    ],
)
def test_what_is_not_surely_latex_comes_back_as_it_was(source):
    assert to_text(source) == source


def test_a_price_does_not_swallow_the_formula_behind_it():
    assert segments(r"$5 for $x^2$") == [Text("$5 for "), Maths(source="x^2", display=False, text="x²")]


def test_segments_keep_formulas_apart_and_join_the_text_between_them():
    assert segments(r"\emph{Near $\ell_2$} \& so \[ x = 1 \]") == [
        Text("Near "),
        Maths(source=r"\ell_2", display=False, text="ℓ₂"),
        Text(" & so "),
        Maths(source="x = 1", display=True, text="x = 1"),
    ]


# Laws


@given(sources)
def test_nothing_raises_and_segments_say_the_same(source):
    assert "".join(piece.text for piece in segments(source)) == to_text(source)


@given(ordinary_texts)
def test_text_without_latex_is_unchanged(source):
    assert to_text(source) == source


@given(backslash_free)
def test_no_letter_of_the_text_is_lost(source):
    assert letters(to_text(source)) == letters(source)


@given(sources)
def test_formulas_stand_on_one_line(source):
    formulas = [piece.text for piece in segments(source) if isinstance(piece, Maths)]
    assert [text for text in formulas if len(text.splitlines()) > 1] == []


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["://", "\n ", "$a ", "``a ", "--a", "~$x$", r"{\em ", *HOSTILE])
def test_hostile_input_of_100_000_characters_is_read(piece):
    half = piece * (50_000 // len(piece))
    for source in (half + half, half + "}" * 50_000, f"${half}${half}"):
        assert len(to_text(source)) <= len(source) * 2


@pytest.mark.parametrize("piece", [r"\frac", r"\frac\frac{", r"\sqrt", r"\hat", r"\binom\frac{1}{", "^", "x_{"])
def test_a_formula_of_nested_commands_is_read_once(piece):
    nested = piece * (900 // len(piece))
    source = "$" + nested + "x" + "}" * (nested.count("{") - nested.count("}")) + "$"
    assert [piece.source for piece in segments(source) if isinstance(piece, Maths)] == [source[1:-1]]


# Templates


def test_plain_is_escaped_by_the_template():
    template = Template("{% load texts %}<title>{{ title|plain }}</title>{{ nothing|plain }}")
    html = template.render(Context({"title": mark_safe(r"<b>\"o</b> \& $x^2$"), "nothing": None}))
    assert html == "<title>&lt;b&gt;ö&lt;/b&gt; &amp; x²</title>"


def test_maths_marks_formulas_for_the_script_and_reads_without_it():
    assert maths(r"Near $\ell_2$ & $$a<b$$") == (
        r'Near <span class="maths" data-tex="\ell_2">ℓ₂</span> &amp; '
        '<span class="maths" data-tex="a&lt;b" data-display>a&lt;b</span>'
    )


@pytest.mark.parametrize("html_filter", [maths, paragraphs])
@pytest.mark.parametrize("source", ["<script>alert(1)</script>", '$"><script>alert(1)</script>$'])
@pytest.mark.parametrize("marked", [str, mark_safe])
def test_html_in_a_source_is_escaped_even_where_it_is_marked_as_safe(html_filter, source, marked):
    html = html_filter(marked(source))
    assert "<script" not in html
    assert '">' not in html.replace('">&quot;&gt;&lt;script', "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_paragraphs_are_cut_at_blank_lines_and_groups_are_not():
    assert paragraphs("One\nline with $x$.\r\n \r\n\n\\emph{Two\n\nthree}\n\n") == (
        '<p>One\nline with <span class="maths" data-tex="x">x</span>.</p>\n<p>Two</p>\n<p>three</p>'
    )


def test_filters_of_nothing_give_nothing():
    assert [plain(None), maths(None), paragraphs(None), paragraphs(" \n\n ")] == ["", "", "", ""]


PIECES = ["$", "$$", r"\$", "{", "}", r"\{", r"\(", r"\)", r"\[", r"\]", r"\begin{x}", r"\end{x}", r"\alpha", "\\"]
PIECES += [r"\frac{a}{b}", r"\left(", "x", "x_1", "^", "5", "B", "US", " ", "\n", "\n\n", "two words", ".", "`", "''"]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example(r"A bound of $O(\sqrt{d / n})$ for Schr\"{o}dinger’s $\mathrm{KL}(\pi \,\|\, \pi_0)$ and a constant $C$.")
@example(r"\\begin{x}")
@example("costs $5 for $x_1$")
def test_what_is_closed_at_a_glance_is_closed(text):
    if _SURELY_CLOSED.fullmatch(text):
        assert _first_unclosed(text) == ""
