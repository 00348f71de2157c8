"""Words of incidents that were others once: rows and histories keep the text under which a failure was stored."""

NOW: dict[str, str] = {
    "None of the ways onward fits this case.": "No path from here fits this case.",
    "No condition of the gateway holds, and it has no default flow.": "No path from here fits this case.",
    "Not every flow into this gateway can bring a token any more.": (
        "Part of what it waits for here can no longer be finished."
    ),
    "Nothing catches the error %(error_code)s.": (
        "It reported the error %(error_code)s, and the process does not say what happens then."
    ),
    "Nothing catches the error %(error_code)s on its way up: %(path)s.": (
        "It reported the error %(error_code)s, and none of the processes says what happens then (%(path)s)."
    ),
    "No one catches the error %(code)s on its way up (%(path)s): %(message)s": (
        "The work reported the error %(code)s, and none of the processes says what happens then (%(path)s): %(message)s"
    ),
    "No one catches the error %(code)s: %(message)s": (
        "The work reported the error %(code)s, and the process does not say what happens then: %(message)s"
    ),
    "The condition %(expression)s gives %(value)s, not true or false.": (
        "Yes or no is to be decided here, and “%(expression)s” gives %(value)s."
    ),
    "The expression %(expression)s gives %(value)s, not a list.": (
        "A list is needed here, and “%(expression)s” gives %(value)s."
    ),
    "The expression %(expression)s gives %(value)s, not a text.": (
        "A text is needed here, and “%(expression)s” gives %(value)s."
    ),
    "The expression %(expression)s gives %(value)s, not a whole number.": (
        "A whole number is needed here, and “%(expression)s” gives %(value)s."
    ),
    "The collection has more than %(limit)s items.": (
        "The list has more than %(limit)s entries; they cannot be done one by one."
    ),
    "The ad-hoc subprocess has no element %(id)s.": "There is no step “%(id)s” to be done here.",
}
