"""What the three purposes of a file are, in the words of each task."""

from webapp.datasets.models import Purpose
from webapp.projects.models import Task

Words = dict[Purpose, tuple[str, str, str]]

_TEXTS: Words = {
    Purpose.EXAMPLES: (
        "Examples",
        "What people ask, and the item they should find: one pair in each row. A few hundred rows are enough; "
        "one hundred is a start.",
        "",
    ),
    Purpose.QUESTIONS: (
        "My own test questions",
        "Questions with known answers that you want the models judged by. Tailor never learns from them. "
        "Without this file it sets a part of your examples aside for judging.",
        "to judge by questions that you chose",
    ),
    Purpose.CATALOGUE: (
        "My whole catalogue",
        "Everything that search can find, also items that no example mentions. It makes the test as hard as real life, "
        "and the live search complete.",
        "everything that search can find",
    ),
}
_FROM_WORDS: Words = {
    Purpose.EXAMPLES: (
        "Examples",
        "Words that people search with, and the picture that they should find: a ZIP with a table and the pictures "
        "that it names. A few hundred rows are enough; one hundred is a start.",
        "",
    ),
    Purpose.QUESTIONS: (
        "My own test questions",
        "A ZIP like that of the examples, with searches that you want the models judged by. Tailor never learns from "
        "them. Without this file it sets a part of your examples aside for judging.",
        "to judge by searches that you chose",
    ),
    Purpose.CATALOGUE: (
        "My whole catalogue",
        "All pictures that search can find, also those that no example names. It makes the test as hard as real life, "
        "and the live search complete.",
        "all pictures that search can find",
    ),
}
_SIMILAR: Words = {
    Purpose.EXAMPLES: (
        "Examples",
        "Pictures and what they show: a folder for each label, or a ZIP with a table of pictures and labels. Pictures "
        "of one label are similar. A few hundred are enough; one hundred is a start.",
        "",
    ),
    Purpose.QUESTIONS: (
        "My own test pictures",
        "Labelled pictures, like the examples, that you want the models judged by. Tailor never learns from them. "
        "Without this file it sets a part of your examples aside for judging.",
        "to judge by pictures that you chose",
    ),
    Purpose.CATALOGUE: (
        "My whole catalogue",
        "All pictures that search can find, with their labels, also those that are no examples. It makes the test as "
        "hard as real life, and the live search complete.",
        "all pictures that search can find",
    ),
}
_OF_TASK = {Task.TEXT_TEXT: _TEXTS, Task.TEXT_IMAGE: _FROM_WORDS, Task.IMAGE_IMAGE: _SIMILAR}


def purpose_words(task: str) -> Words:
    """{purpose: (its title, what to upload, a hint of a few words)}."""
    return _OF_TASK[Task(task)]
