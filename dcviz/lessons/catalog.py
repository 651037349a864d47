"""LESSONS: the six lessons in order."""

from __future__ import annotations

from dcviz.lessons.lesson import Lesson
from dcviz.lessons.texts.chance import CHANCE
from dcviz.lessons.texts.core_border import CORE_BORDER
from dcviz.lessons.texts.dimension import DIMENSION
from dcviz.lessons.texts.help import HELP
from dcviz.lessons.texts.keeps import KEEPS
from dcviz.lessons.texts.twist import TWIST

LESSONS: dict[str, Lesson] = {
    lesson.id: lesson for lesson in (KEEPS, CORE_BORDER, DIMENSION, TWIST, CHANCE, HELP)
}
