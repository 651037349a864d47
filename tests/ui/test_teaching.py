"""What teaches: the first minute, predictions, lessons, words, lens, switch-moment table, drawing."""

import csv
import io
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.figures import pictures
from dcviz.lessons.catalog import LESSONS
from dcviz.lessons.glossary import GLOSSARY
from dcviz.runs import RunStore
from dcviz.ui import actions, predictions
from dcviz.ui.links import PAGES

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 60


@pytest.fixture
def gallery(empty_store: RunStore, monkeypatch) -> RunStore:
    from dcviz.runs import store

    monkeypatch.setattr(store, "GALLERY", ROOT / "gallery")
    return store.default_store()


def page(name: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=TIMEOUT)
    app.query_params.update(query)
    return app


def words(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in [*app.markdown, *app.caption, *app.subheader, *app.code])


def calm(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].value
    assert not app.error, app.error[0].value
    return app


# ---- the first minute ---------------------------------------------------------------------------------


def test_twist_tells_predicted_from_observed(tiny_store) -> None:
    app = page("twist").run()
    assert "turned over" not in words(app)
    app.segmented_control(key="prediction").select("kept").run()
    calm(app)
    assert "turned over" not in words(app)  # it plays on first
    app.button(key="tell").click().run()
    calm(app)
    assert "You predicted “they keep their shape”" in words(app)
    assert "Under **DEC** the bands folded and crossed" in words(app)
    assert "Under **R-DC** the bands kept their shape: 0.0%" in words(app)


def test_the_shipped_runs_of_one_pretraining_open_the_first_page(gallery) -> None:
    app = page("twist").run()
    calm(app)
    headings = [each.value for each in app.markdown if each.value.startswith("#### ")]
    assert headings[:3] == ["#### DEC", "#### IDEC", "#### R-DC"]
    app.segmented_control(key="prediction").select("folded").run()
    app.button(key="tell").click().run()
    calm(app)
    assert "As you predicted" in words(app)
    assert "Under **DEC** the bands folded and crossed: 42.0%" in words(app)
    assert "Under **R-DC** the bands kept their shape: 0.0%" in words(app)
    app.run()
    assert "As you predicted" in words(app)  # it stays
    assert "**IDEC** moved by 0.11 and turned over 0.0%" in words(app)


def test_nothing_is_given_away_before_the_prediction(gallery) -> None:
    app = calm(page("twist").run().run())
    assert not app.get("plotly_chart")
    assert "turned over" not in words(app)
    assert not [each for each in app.get("button") if each.key == "door_draw_go"]


def test_after_the_observation_come_sliders_doors_and_closer_looks(gallery) -> None:
    app = page("twist").run()
    app.segmented_control(key="prediction").select("kept").run()
    assert "Now watch" in words(app)
    app.button(key="tell").click().run()
    calm(app)
    said = words(app)
    assert "You predicted “they keep their shape”" in said
    for part in ("Now drag this", "Three doors", "Draw your own curves", "1,797 real digits"):
        assert part in said
    assert app.segmented_control(key="closer").value == "numbers"


def test_it_can_be_skipped_and_asked_for_again(gallery) -> None:
    app = page("twist").run()
    app.button(key="skip").click().run()
    calm(app)
    assert "What will the switch do" not in words(app)
    app.button(key="again").click().run()
    assert "What will the switch do" in words(app)
    assert app.segmented_control(key="prediction").value is None


def test_a_door_opens_the_sheet(gallery, monkeypatch) -> None:
    monkeypatch.setattr(actions, "warm_up", lambda: None)
    app = page("twist")
    app.session_state["minute.skipped"] = True
    app.run()
    app.button(key="door_draw_go").click().run()
    calm(app)
    assert app.segmented_control(key="closer").value == "draw"
    assert "Use these curves" in words(app)


def test_a_link_to_a_closer_look_leads_there_and_not_into_the_first_minute(gallery, monkeypatch) -> None:
    monkeypatch.setattr(actions, "warm_up", lambda: None)
    app = calm(page("twist", closer="draw").run())
    assert "What will the switch do" not in words(app)
    assert "Use these curves" in words(app)
    assert not app.toast
    app.segmented_control(key="closer").select("numbers").run()  # which takes it out of the address
    assert "What will the switch do" not in words(calm(app))


@pytest.mark.parametrize("part", ["lens", "switch", "train", "draw"])
def test_every_closer_look_opens(gallery, monkeypatch, part: str) -> None:
    monkeypatch.setattr(actions, "warm_up", lambda: None)
    app = page("twist")
    app.session_state["minute.skipped"] = True
    app.run()
    app.segmented_control(key="closer").select(part).run()
    calm(app)


def test_read_only_trains_nothing_here(gallery, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "read-only")
    for part, key in (("train", "live_start"), ("switch", "switch_lab_start")):
        app = page("twist")
        app.session_state["minute.skipped"] = True
        app.run()
        app.segmented_control(key="closer").select(part).run()
        calm(app)
        assert app.button(key=key).disabled


@pytest.mark.parametrize(
    ("said", "shown"), [("class", ["class"]), ("read-only", ["read-only"]), ("solo", [])]
)
def test_the_header_shows_the_mode_on_every_page(gallery, monkeypatch, said: str, shown: list[str]) -> None:
    monkeypatch.setenv("DCVIZ_MODE", said)
    monkeypatch.setattr(actions, "warm_up", lambda: None)
    for name in PAGES:
        app = page(name).run()
        assert not app.exception, name
        badges = [each.value for each in app.markdown if "visibility" in str(each.value)]
        assert badges == [f":gray-badge[:material/visibility: {each}]" for each in shown], name
        told = [each.value for each in app.caption if "changed or deleted" in each.value]
        assert len(told) == len(shown), name


# ---- lessons ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_shows_its_observation_only_after_a_prediction(gallery, name: str) -> None:
    lesson = LESSONS[name]
    app = calm(page("learn", lesson=name).run())
    assert lesson.goal in words(app)
    assert "**Observed:**" not in words(app)
    wrong = next(each for each in lesson.prediction.options if each not in lesson.prediction.right)
    app.segmented_control(key=f"lesson_{name}_said").select(wrong).run()
    calm(app)
    assert f"“{lesson.prediction.options[wrong].lower()}”" in words(app)
    assert "not measured" not in words(app)
    assert app.segmented_control(key=f"lesson_{name}_said").disabled


def test_each_step_and_each_case_can_be_opened(gallery) -> None:
    for name, lesson in LESSONS.items():
        app = calm(page("learn", lesson=name).run())
        for number, step in enumerate(lesson.steps, start=1):
            app.segmented_control(key=f"step_{name}").select(f"{number}. {step.title}").run()
            calm(app)
        app.segmented_control(key=f"case_{name}").select(lesson.negatives[-1].title).run()
        calm(app)


def test_every_picture_of_a_lesson_has_its_formula_with_present_numbers(gallery) -> None:
    for name, lesson in LESSONS.items():
        app = calm(page("learn", lesson=name).run())
        for number, step in enumerate(lesson.steps, start=1):
            app.segmented_control(key=f"step_{name}").select(f"{number}. {step.title}").run()
            formula = app.latex[0].value
            assert any(figure.isdigit() for figure in formula.split("=")[-1]), (name, number, formula)
            assert "Not shown:" in words(app)


def test_the_formula_holds_the_stored_number(gallery) -> None:
    app = calm(page("learn", lesson="chance").run())
    app.segmented_control(key="step_chance").select("2. Across the switch").run()
    stored = gallery.by_id("arcs-dec").epoch(400).scores["flip"]
    assert f"= {stored:.3f}" in app.latex[0].value


def test_a_lesson_link_hides_what_a_class_does_not_need(gallery) -> None:
    app = calm(page("learn", lesson="twist", pinned="1").run())
    said = words(app)
    assert LESSONS["twist"].goal in said
    assert "Question" not in said
    assert not app.selectbox
    assert "teacher_twist" not in str([each.label for each in app.expander])


def test_cards_open_their_lesson(gallery) -> None:
    app = calm(page("learn").run())
    app.button(key="open_chance").click().run()
    calm(app)
    assert LESSONS["chance"].goal in words(app)
    assert app.query_params["lesson"] == "chance"


def test_without_the_gallery_a_lesson_says_so(empty_store) -> None:
    app = page("learn", lesson="twist").run()
    assert not app.exception
    assert "A picture is missing" in app.warning[0].value


def test_predictions_are_a_table_that_no_spreadsheet_runs() -> None:
    said = [predictions.Said("L", "=1+1", "a", "b", False, 1.0)]
    row = next(csv.DictReader(io.StringIO(predictions.as_csv(said))))
    assert row["question"] == "'=1+1"
    assert row["agree"] == "False"


# ---- words --------------------------------------------------------------------------------------------


def test_every_word_has_picture_formula_unit_source_and_page(gallery) -> None:
    assert set(pictures.names()) == set(GLOSSARY)
    for name, term in GLOSSARY.items():
        assert pictures.picture(name).startswith("<svg")
        assert all((term.plain, term.formula, term.symbols, term.unit, term.source, term.alt))
        assert term.page in PAGES
    app = calm(page("learn", part="words", word="flipped").run())
    assert "turned over, like a page" in words(app)
