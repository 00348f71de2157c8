"""What an attacker would write into a FEEL expression: the tests see it refused, the benchmark how soon."""

from __future__ import annotations

DOUBLED = ", ".join(f"a{i}: a{i - 1} + a{i - 1}" for i in range(1, 61))
CONCATENATED = ", ".join(f"a{i}: concatenate(a{i - 1}, a{i - 1})" for i in range(1, 61))
SHARED = "{a0: [1], " + ", ".join(f"a{i}: [a{i - 1}, a{i - 1}]" for i in range(1, 61)) + "%s}"

HOSTILE = {
    "a loop of a million millions": "for i in 1..10**12 return i",
    "loops inside loops": "for x in 1..1000, y in 1..1000, z in 1..1000 return 1",
    "a search without end": "some x in 1..10**15 satisfies x < 0",
    "100,000 brackets": "(" * 50_000 + "1" + ")" * 50_000,
    "brackets up to the longest text": "[" * 30_000,
    "minus signs": "-" * 30_000 + "1",
    "a path of 10,000 steps": "a" + ".b" * 10_000,
    "filters on filters": "a" + "[1]" * 10_000,
    "nested conditions": "if true then 1 else " * 1_500 + "1",
    "a text doubled 60 times": '{a0: "x", ' + DOUBLED + "}.a60",
    "a list doubled 60 times": "{a0: [1], " + CONCATENATED + "}.a60",
    "a list that shares itself": SHARED % "",
    "a shared list as text": "string(" + SHARED % "" + ".a60)",
    "a shared list compared": SHARED % ", r: a60 = a60",
    "recursion through an argument": "{f: function(g, x) g(g, x + 1), r: f(f, 1)}.r",
    "branching recursion": "{f: function(g, n) g(g, n) + g(g, n), r: f(f, 1)}.r",
    "every partial list kept": "for i in 1..100000 return partial",
    "a growing partial list": "for i in 1..60 return [partial, partial]",
    "copies of a long text": '{t: "' + "x" * 20_000 + '", r: for i in 1..50000 return substring(t, 2)}.r',
    "a long text joined": '{t: "' + "x" * 20_000 + '", r: string join(for i in 1..5000 return t)}.r',
    "replacements that grow": '{t: "' + "a" * 15_000 + '", r: replace(t, "a", t)}.r',
    "numbers with thousands of digits as text": "for i in 1..50000 return string(1E6144)",
    "sorting": "sort(for i in 1..30000 return modulo(i * 7919, 10007), function(a, b) a < b)",
    "insertion after insertion": "{l: for i in 1..20000 return i, r: for j in l return insert before(l, 1, 0)}.r",
    "membership in a list made anew": "(for i in 1..3000 return i)[item in (for j in 1..3000 return j)]",
    "ranges parsed in a loop": 'for i in 1..50000 return range("[1..2]")',
    "an exploding pattern": 'matches("' + "a" * 40 + '", "(a|a|a|a)*\\\\1b")',
    "a pattern of millions": 'matches("a", "((a{1000}){1000}){1000}")',
}

# Numbers that would take for ever if they were worked out digit by digit.
ENDLESS_NUMBERS = [
    "9**9**9",
    "9**(9**9)",
    "1.0000000001**(10**33)",
    "exp(10**30)",
    "1E6144 * 10",
    "decimal(1, 6177)",
    "modulo(1E6144, 1E-6143)",
]

# Texts and patterns on which a matcher that goes back and tries again needs longer than the world has.
EXPLODING = [
    ("a" * 60, "(a+)+b"),
    ("a" * 3000, "(a|aa)+b"),
    ("a" * 3000, "(a*)*(a*)*b"),
    ("x" * 5000, "(x+x+)+y"),
    ("a" * 40, r"(a|a|a)*\1b"),
    ("a" * 2000, "(a?){200}a{200}b"),
    ("a" * 100, "((a{500}){500}){500}"),
    ("a" * 1000, "(.*)*(.*)*(.*)*(.*)*x"),
]
