"""Each scenario with all of its trials, and each mutant until it is caught, on one proving ground."""

from __future__ import annotations

from faults import report
from faults.ground import Ground
from faults.mutants import Mutant
from faults.report import Caught, Totals
from faults.scenarios import ALL, Scenario
from faults.trials import Trials


class Proof:
    """What `where` says is the options by which any of it is had again."""

    def __init__(self, ground: Ground, where: str, *, seed: int, short: bool) -> None:
        self.totals = Totals()
        self.caught: list[Caught] = []
        self._ground = ground
        self._seed = seed
        self._where = where
        stride, pairs, of_mutants = (21, 1, 2) if short else (1, 25, 1)
        self._trials = Trials(ground, seed, stride, pairs)
        self._trials_of_mutants = Trials(ground, seed, of_mutants, 0)

    def try_scenario(self, scenario: Scenario) -> None:
        trials = kills = 0
        bad = []
        for trial in self._trials(scenario):
            trials, kills = trials + 1, kills + trial.killed
            if trial.count:
                bad.append(trial)
            report.progress(f"{scenario.name}: {trials} trials, {trial.where}")
        if not trials:
            return  # nothing of it can go wrong in this way here
        report.row(scenario.name, trials, kills, [trial.count for trial in bad])
        for trial in bad[:3]:
            report.say(f"  {trial.where}: {trial.count}")
        if bad:
            report.say(f'  again: python3 dev.py faults {self._where} --scenario "{scenario.name}" --seed {self._seed}')
        self.totals += Totals(
            trials,
            kills,
            lost=sum(len(trial.count.lost) for trial in bad),
            orphans=sum(len(trial.count.orphans) for trial in bad),
            wrong=len(bad),
        )

    def try_mutant(self, mutant: Mutant) -> None:
        if mutant.needs_locks and not self._ground.database.locks_rows:
            self.totals += Totals(skipped=not mutant.is_harmless)
            report.say(f"  {mutant.name:36}only PostgreSQL can show it")
            return
        caught = self._caught(mutant)
        if mutant.is_harmless:
            self.totals.wrong += caught is not None
            report.say(f"  {mutant.name:36}{caught or 'harmless, as it should be'}")
            return
        self.totals += Totals(mutants=1, caught=caught is not None)
        report.say(f"  {mutant.name:36}{caught or 'NOT CAUGHT'}")
        if caught is not None:
            self.caught.append(caught)

    def _caught(self, mutant: Mutant) -> Caught | None:
        """By what; None if nothing has noticed it."""
        trials, self._ground.mutate = 0, mutant.change
        try:
            for scenario in (scenario for name in mutant.shown_by for scenario in ALL if scenario.name == name):
                for trial in self._trials_of_mutants(scenario):
                    trials += 1
                    report.progress(f"{mutant.name}: {scenario.name}, {trial.where}")
                    if trial.count.lost or trial.count.orphans:
                        lost, orphans = len(trial.count.lost), len(trial.count.orphans)
                        return Caught(mutant.name, scenario.name, trials, trial.where, lost, orphans)
        finally:
            self._ground.mutate = None
        return None
