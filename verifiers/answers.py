"""Where the final answer stands in a model's whole response.

    final_answer("<think>7?</think> So \\boxed{5}.")    ->  Answer(("5",), "box")
    final_answer("2 + 3 = 5. The answer is 5 cents.")  ->  Answer(("5 cents", "5"), "phrase")
    final_answer("The day is **Tuesday**.")                     ->  Answer(("Tuesday",), "bold")
    final_answer("<think>it must be \\boxed{5}")                ->  None

Only what a reader is shown counts: text inside <think> never does, closed or not. Every step takes
time linear in the response, whatever a model repeats.
"""

import re
from dataclasses import dataclass
from typing import Literal

TAIL = 4_000
"""Characters of a response in which an unmarked answer is looked for."""

_THOUGHT = r"(?:think|thinking|thought|thoughts|reasoning|scratchpad|reflection)"
THINKING = re.compile(rf"<{_THOUGHT}>.*?(?:</{_THOUGHT}>|\Z)", re.DOTALL | re.IGNORECASE)
THOUGHT_OUT = re.compile(rf"</{_THOUGHT}>", re.IGNORECASE)
EATEN = re.compile(
    r"\x08(?=oxed|egin|inom|ar|eta)|\x0c(?=rac|box)|\t(?=ext\{|imes|heta|frac|an\b)|\r(?=ight)"
)
_ESCAPES = {"\x08": "\\b", "\x0c": "\\f", "\t": "\\t", "\r": "\\r"}
"""Commands whose backslash a string literal has swallowed: \\boxed, \\frac, \\text, \\right."""
CALCULATOR = re.compile(r"<<[^<>\n]{0,80}>>")  # as GSM8K's solutions have them: 3*4=<<3*4=12>>12
MARKUP = re.compile(r"</?(?:b|i|em|strong|p|u|br ?/?|span|code|mark)>", re.IGNORECASE)
OPENING, CLOSING = (
    re.compile(rf"<{slash}(?:final_?)?answer>", re.IGNORECASE) for slash in ("", "/")
)
BOX = re.compile(r"\\(?:boxed|fbox)\b")
BRACE = re.compile(r"(?P<box>\\{1,2}(?:boxed|fbox)\s{0,20}\{)|\\.|[{}]", re.DOTALL)
BARE_BOX = re.compile(r"\\(?:boxed|fbox)\s{0,5}(?P<value>-?\d[\d.,]*(?<=\d)|\\?[a-zA-Z]+)")
OPEN_BOX = re.compile(
    r"\\(?:boxed|fbox)\s{0,5}\{(?P<value>[^\n]{1,300}?)(?P<end>\$|\\\)|\\\]|\.\s|\.?\n)"
)
UNCLOSED = re.compile(r"\\(?:boxed|fbox)\s{0,5}\{(?P<value>[^\n$]{1,300})\Z")
MINUS = re.compile(r"(?:\A|[=$\s(])[-−]\s?(?:\\(?:boxed|fbox)\s{0,20}\{)\Z")
JOINED = re.compile(
    r"[\s$.,;&*()\\]{0,12}(?:\\text\{\s*)?(?P<word>or|and|,|;)(?:\s*\})?[\s$&*()\\]{0,12}"
    r"(?:[a-z](?:_\{?\d\}?)?\s?=\s?)?\Z",
    re.I,
)
TOGETHER = re.compile(r"\\(?:boxed|fbox)\s{0,20}\{")

CUE = re.compile(
    r"\b(?:answer|solution|result|choice|option|conclusion)s?(?:\s+(?:here|to the (?:problem"
    r"|question)|choice"
    r"|option|should|would|must|will))?[\s*_]{0,5}(?:is\b|are\b|be\b|:|=)[\s*_:]{0,20}",
    re.IGNORECASE,
)
NEXT_LINE = re.compile(
    r"[\s*]{0,10}\n\s{0,10}(?:\$\$[^$]{1,500}\$\$|\\\[.{1,500}?\\\]|[^\n]{1,300})", re.DOTALL
)
SENTENCE = re.compile(
    r"\$\$[^$]{1,500}\$\$|\\\[[\s\S]{1,500}?\\\]|.{0,500}?(?=(?<!\\)[.!?;*]+(?:\s|$)|\n|\Z)"
)
HEDGE = re.compile(
    r"(?:(?:approximately|about|roughly|exactly|therefore|thus|then|hence|simply|just|equal to"
    r"|given by"
    r"|option|choice|clearly|indeed)[\s:,]{1,3}){0,3}",
    re.IGNORECASE,
)
MATHEMATICAL = re.compile(
    r"[-−+±$\\(\[{|~√π]*\s*(?:[\d½⅓⅔¼¾⅕⅙⅛∞∅]|\.\d|\\?[a-z](?![a-z])(?!\s+[a-z]{2})|\\)", re.I
)
REST = re.compile(
    r",?\s\(?(?!(?:and|or|times|plus|minus|over|divided|squared|cubed|factorial|to|percent|per"
    r"|dozen|hundred|thousand|million|billion)\b)(?:an?\s)?[a-z]{2,}\b.*",
    re.IGNORECASE | re.DOTALL,
)
MARKER = re.compile(r"####\s{0,5}(?P<value>[^\n]{1,300})")
BOLD = re.compile(r"(?:(?<![\w)\]}])\*\*|(?<!\w)__)(?P<value>[^*\n]{1,300}?)(?:\*\*|__)(?!\w)")
FORMULA = re.compile(
    r"\$\$(?P<a>[^$]{1,500})\$\$|\$(?P<b>[^$\n]{1,300})\$|\\\[(?P<c>.{1,500}?)\\\]|\\\((?P<d>.{1,300}?)\\\)",
    re.DOTALL,
)
PLAIN = re.compile(
    r"(?P<value>(?<![\w.^_{}\\])[-−+]?\s?[$€£]?\s?\d(?:[\d,]*\d)?(?:\.\d+)?(?:\s?/\s?\d+)?(?:\s?%)?)(?![\w{])"
)
SENTENCES = re.compile(r"\n+|(?<=[^\d\s][.!?])\s+(?=[A-Z$\\*\d])|(?<=\d[.!?])\s+(?=[A-Z*])")
DISPLAY = re.compile(r"(?:\$\$|\\\[)(?P<formula>[^$]{1,500}?)(?:\$\$|\\\])[\s.]*\Z")
REASON = re.compile(
    r"\s*\((?:since|because|as|where|for|by)\b[^()]{0,200}\)\s*\.?\Z", re.IGNORECASE
)
VERB = re.compile(
    r"(?:\b(?:is|are|be|was|were|equals|becomes|gives?|get|obtain|falls on|on|at|must be|remains"
    r"|costs?|has|have"
    r"|needs?|wins?|it's|totals?(?: of)?|leaves|yields?|following|means|by)|(?<![\d\s]):|→|⟹|⇒"
    r"|\\Rightarrow|\\implies)(?=[\s*$])",
    re.IGNORECASE,
)
_NAMES = (
    r"(?:sin|cos|tan|cot|sec|csc|log|ln|exp|sqrt|arc\w+|pi|inf|infinity|frac|binom|det|max|min|gcd|lcm"
    r"|abs)"
)
PROSE = re.compile(
    rf"(?:(?:[*_#>\s]|(?!{_NAMES}\b)[A-Za-z][A-Za-z'’]+[,:;.]?|[IaA](?=\s[a-z])|[,:;])(?:\s+|(?=\$|\\)))+",
    re.IGNORECASE,
)
WORKED = re.compile(
    r"(?<![\\A-Za-z])[A-Za-z]{3,}.*[=≈]\s*[-−$€£\\]*\d"
    r"|\d\s*[-+*/×x÷]\s*\$?\d[\d\s.,+\-*/×x÷$()%]*[=≈]\s*[-$€£]*\d"
)
NUMBERED = re.compile(
    r"\b(?:step|case|part|section|problem|question|figure|table|equation|line)\s+\d+\b", re.I
)
NAMED_CHOICE = re.compile(
    r"\b(?:option|choice|statement)\s*(\(?[A-J]\)?)(?![a-zA-Z])", re.IGNORECASE
)
YES_NO = re.compile(r"(yes|no|true|false)[,.;]", re.IGNORECASE)
MONEY = re.compile(
    r"\$\s?\d[^$]*[a-z]{3,} [a-z]+[^$]*\$\Z"
)  # from one price to the next is no formula
CONNECTED = re.compile(
    r"\b(?:so|then|thus|hence|which|giving|gives|making|by|with|of|is|are|at|in|than|but)\s+\$?-?\d",
    re.I,
)
NONE_EXISTS = re.compile(
    r"\bno (?:real |integer |such )?(?:solutions?|roots?|values?)\b", re.IGNORECASE
)
ITEM = re.compile(r"\s*(?:[-*•]|\d+\.)\s*\*\*[^*]*\*\*\s*[:—–-]\s*\S")
HEADING = re.compile(
    r".*:$|(?:final )?(?:answer|solution|result|conclusion)s?$|(?:step|case|part|note|solution"
    r"|given|problem|method|approach|verification|check)\b|\d+\.\s",
    re.IGNORECASE,
)
EQUALS = re.compile(r"[=≈]\s*(?P<value>[^=≈\n.;?!]{1,80}(?:\.\d+[^=≈\n.;?!]{0,40})?)")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer's readings, fullest first, and where it was found; "words" opens with no"
    " formula."""

    readings: tuple[str, ...]
    place: Literal["box", "tag", "marker", "phrase", "words", "bold", "last"]


def visible(response: str) -> str:
    """The response without its thinking; what precedes a lone closing tag was thinking too."""
    if EATEN.search(response):
        response = EATEN.sub(lambda match: _ESCAPES[match[0]], response)
    if "<" not in response:
        return response
    shown = THINKING.sub(" ", MARKUP.sub("", CALCULATOR.sub("", response)))
    return THOUGHT_OUT.split(shown)[-1]


def final_answer(response: str) -> Answer | None:
    """The last box, else <answer>, else ####, else "the answer is", else bold; None without a"
    " mark."""
    text = visible(response)
    if BOX.search(text):
        boxed = _boxed(text)
        return None if boxed is None else Answer((boxed,), "box")
    if (tagged := _last_tag(text)) is not None:
        inner = _marked(tagged) if len(tagged.split()) > 3 else None
        more = inner.readings if inner else stated(tagged) if len(tagged.split()) > 3 else ()
        return Answer(tuple(dict.fromkeys((tagged, *more))), "tag")
    return _marked(text)


def last_expression(response: str) -> Answer | None:
    """What the last sentence states, where nothing is marked."""
    text = visible(response)
    if BOX.search(text):
        return None  # a box that was opened and never closed: the answer was cut off
    tail = _undenied(text)[-TAIL:].rstrip()
    sentences = [part for part in SENTENCES.split(tail) if part.strip(" .*_#-$\\[]()")]
    if not sentences:
        return None
    last = sentences[-1]
    if display := DISPLAY.search(tail):
        last = display["formula"]  # a displayed formula ends the response
    readings = stated(last)
    return Answer(readings, "last") if readings else None


def stated(sentence: str) -> tuple[str, ...]:
    """Readings of a sentence, most of it first: what follows the verb, the formula, the last"
    " number."""
    whole = REASON.sub("", NUMBERED.sub(" ", sentence.strip())).strip().strip("*_`").strip()
    whole = re.sub(r"(?<!\.)[.!]\Z", "", whole).strip()
    found = [whole] if len(whole) < 120 else []
    worked = EQUALS.findall(whole) if WORKED.search(whole) else []
    verbs = list(VERB.finditer(whole))
    if worked and verbs and verbs[-1].start() > max(whole.rfind("="), whole.rfind("≈")):
        worked = []  # the working is done, and its result is said
    if worked:
        found = [*_shorter(worked[-1].strip()), *_numbers(worked[-1])]
    elif verbs and (rest := whole[verbs[-1].end() :].strip(" *_:")):
        found = [*(_shorter(rest) if MATHEMATICAL.match(rest) else (rest,)), *found]
    prefix = PROSE.match(whole)
    formula = whole[prefix.end() :].strip() if prefix else whole
    if formula and not worked and not CONNECTED.search(formula):
        # Where more numbers follow in prose, the first is not what the sentence comes to.
        found += [text for text in _shorter(formula) if not re.search(r"\d", formula[len(text) :])]
    if not worked:
        found += _rightmost(whole)
    if named := NAMED_CHOICE.findall(whole):
        found.append(named[-1])
    if said := YES_NO.match(whole):
        found.insert(0, said[1])
    if NONE_EXISTS.search(whole):
        found.insert(0, "no solution")
    return tuple(dict.fromkeys(text for text in found if text))


def _rightmost(sentence: str) -> list[str]:
    """What is written as a formula, after an equality sign or as a number, the last first."""
    found = []
    for kind in (EQUALS, FORMULA, PLAIN):
        matches = [match for match in kind.finditer(sentence) if not MONEY.match(match[0])]
        if matches:
            value = next(part for part in matches[-1].groups() if part)
            found.append((matches[-1].end(), value.strip().strip("*").strip()))
    last = max((end for end, _ in found), default=0)
    return [text for end, value in found if end >= last - 2 for text in _shorter(value)]


def _numbers(text: str) -> list[str]:
    first = PLAIN.match(text.strip())
    return [first["value"].strip()] if first else []


def _marked(text: str) -> Answer | None:
    markers = list(MARKER.finditer(text))
    if markers:
        return Answer((markers[-1]["value"].strip(),), "marker")
    announced = [text[start:end] for start, end, denied in _phrases(text) if not denied]
    if announced and announced[-1].strip(" *$"):
        return _announced(announced[-1])
    if bold := _bold(text[-TAIL:]):
        return Answer((*_shorter(bold), *stated(bold)), "bold")
    return _announced(announced[-1]) if announced else None


def _bold(text: str) -> str | None:
    """What the last two lines have in bold, unless it heads something; joined pieces together."""
    lines = [line for line in text.split("\n") if line.strip()][-2:]
    ending = "\n".join(line for line in lines if not ITEM.match(line))
    found = [match for match in BOLD.finditer(ending) if not HEADING.match(match["value"].strip())]
    if not found:
        return None
    parts = [found[-1]["value"].strip()]
    for before, after in zip(reversed(found[:-1]), reversed(found), strict=False):
        if not re.fullmatch(
            r"[\s,;]*(?:and|or)[\s,;]*|[\s]*[,;]\s*", ending[before.end() : after.start()]
        ):
            break
        parts.insert(0, before["value"].strip())
    return ", ".join(parts)


def _boxed(text: str) -> str | None:
    """The last closed box, with those that it is joined to; else one whose braces are"
    " recoverable."""
    boxes = _closed_boxes(text)
    if not boxes:
        if (bare := list(BARE_BOX.finditer(text))) and not OPEN_BOX.search(text):
            return bare[-1]["value"]
        if (rest := UNCLOSED.search(text)) and rest["value"].count("{") == rest["value"].count("}"):
            return rest["value"].strip()
        opened = list(OPEN_BOX.finditer(text))
        return _balanced(opened[-1]["value"]) if opened else None
    if (bare := list(BARE_BOX.finditer(text))) and bare[-1].start() > boxes[-1][1]:
        return bare[-1]["value"]
    last = boxes[-1]
    parts = [text[last[0] : last[1]].strip()]
    for box in reversed(boxes[:-1]):
        between = text[box[1] + 1 : last[0]]
        if box[1] >= last[0] or not TOGETHER.search(between[-30:]):
            break  # nested, or not a box after the other
        joint = TOGETHER.split(between)[0]
        word = JOINED.match(joint)
        if len(between) > 60 or not (word or not joint.strip(" $\\,;&")):
            break
        parts.insert(0, text[box[0] : box[1]].strip())
        last = box
    if len(parts) == 1 and MINUS.search(text[max(0, last[0] - 40) : last[0]]):
        return f"-({parts[0]})"  # the sign stands before the box
    return parts[0] if len(parts) == 1 else " , ".join(parts)


def _balanced(text: str) -> str:
    """Without a closing brace too many at its end."""
    text = text.strip()
    while text.endswith("}") and text.count("}") > text.count("{"):
        text = text[:-1].rstrip()
    return text


def _closed_boxes(text: str) -> list[tuple[int, int]]:
    """Where the contents of closed boxes start and end, by where they open, in one pass."""
    opened: list[int | None] = []
    found: list[tuple[int, int]] = []
    for token in BRACE.finditer(text):
        if token["box"]:
            opened.append(token.end())
        elif token[0] == "{":
            opened.append(None)
        elif token[0] == "}" and opened:
            start = opened.pop()
            if start is not None:
                found.append((start, token.start()))
    return sorted(found)


def _last_tag(text: str) -> str | None:
    ends = list(CLOSING.finditer(text))
    starts = list(OPENING.finditer(text))
    if not ends:
        # The model stopped at the tag that would close it.
        return (
            text[starts[-1].end() :].strip()
            if starts and len(text) - starts[-1].end() < 300
            else None
        )
    before = [match for match in starts if match.end() <= ends[-1].start()]
    return text[before[-1].end() : ends[-1].start()].strip() if before else None


def _undenied(text: str) -> str:
    """The text without what it asks or denies after a cue."""
    kept, position = [], 0
    for start, end, denied in _phrases(text):
        if denied:
            kept.append(text[position:start])
            position = end
    return "".join(kept) + text[position:]


def _phrases(text: str) -> list[tuple[int, int, bool]]:
    """Start and end of what follows each cue, and whether it is only asked or denied."""
    phrases = []
    for cue in CUE.finditer(text):
        sentence = SENTENCE.match(text, cue.end())
        end = sentence.end() if sentence else cue.end()
        words = text[cue.end() : end]
        denied = text[end : end + 1] == "?" or re.match(r"not\b|never\b", words, re.IGNORECASE)
        if not words.strip(" *") and (line := NEXT_LINE.match(text, end)):
            end = line.end()
        phrases.append((cue.end(), end, bool(denied)))
    return phrases


def _announced(phrase: str) -> Answer:
    phrase = HEDGE.sub("", phrase.strip(), count=1).strip().strip("*").strip()
    if not MATHEMATICAL.match(phrase):
        return Answer((phrase,), "words")
    return Answer(_shorter(phrase), "phrase")


def _shorter(phrase: str) -> tuple[str, ...]:
    """The phrase, and its formula without the prose after it."""
    formula = REST.sub("", phrase, count=1)
    if formula.count("{") != formula.count("}") or (formula.count("$") % 2 and "$" in phrase[1:]):
        formula = phrase
    if inner := FORMULA.match(phrase):
        formula = next(part for part in inner.groups() if part)
        if re.fullmatch(r"\s*\([^()]*\)\s*\.?", phrase[inner.end() :]):
            return (formula.strip(),)  # the same in other words, in brackets
    return tuple(dict.fromkeys((phrase, formula.strip().rstrip(".,").strip())))
