"""Operations on tasks and cases in words: buttons, choices, lines of the history."""
