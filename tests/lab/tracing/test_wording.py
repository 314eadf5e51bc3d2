"""Everything that can be in a picture has words, and every scenario does what its words say."""

import pytest

from coliseum.i18n import LANGUAGES, english, translator
from coliseum.lab.tracing import wording
from coliseum.lab.tracing.rows import ROLES, Row
from coliseum.lab.tracing.scenarios import CATALOGUE, Prove, Speak, Talk
from coliseum.lab.tracing.spans import KINDS, Phase


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_words(language: str) -> None:
    translate = translator(language)
    assert list(wording.kinds(translate)) == list(KINDS)
    assert wording.scenarios(translate).keys() == CATALOGUE.keys()
    for role in ROLES:
        assert wording.row(translate, Row(role, "ana", "effect_0", []))
    for scenario in CATALOGUE.values():
        for act in scenario.acts:
            assert wording.act(translate, Phase(type(act).__name__, 0, 1, ["ana"]))


def test_many_people_are_counted() -> None:
    assert wording.act(english, Phase("Leave", 0, 1, ["a", "b", "c", "d"])) == "4 people: leave"


@pytest.mark.parametrize("scenario", CATALOGUE.values(), ids=CATALOGUE)
def test_a_scenario_has_one_act_that_it_is_about(scenario: object) -> None:
    assert scenario in CATALOGUE.values()
    acts = CATALOGUE[scenario.name].acts  # type: ignore[attr-defined]
    assert sum(isinstance(act, Speak | Talk | Prove) for act in acts) == 1
