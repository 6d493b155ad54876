"""A prepared run, trained to its summary in one process (of several, perhaps). `prepare.py` comes before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vinedge.errors import VinEdgeError
from vinedge.metrics import Proportion

from .checkpoint import load_checkpoint, recover
from .cost import cost
from .curves import draw_curves
from .evaluate import validation_sets
from .feed import Feed, Lists
from .parallel import Group
from .prepare import labelled_samples, pseudo_samples, saved_settings, validation_samples
from .progress import duration, reporter
from .run_folder import RunFolder
from .schedule import plan_from
from .trainer import Ending, Trainer


@dataclass(frozen=True)
class Summary:
    """How a run ended and what it left; `validation` is that of the best checkpoint."""

    ending: Ending
    step: int
    steps: int
    minutes: float
    folder: RunFolder
    validation: dict[str, Any]

    def __str__(self) -> str:
        words = {
            "finished": f"trained {self.steps} steps in {duration(60 * self.minutes)}",
            "time": f"stopped by Global.max_minutes after step {self.step} of {self.steps}",
            "interrupted": f"interrupted after step {self.step} of {self.steps}; everything up to there is saved",
        }
        lines = [words[self.ending]]
        for name, score in self.validation.items():
            lines.append(f"best exact match on {name}: {Proportion(score['hits'], score['n'])}")
        lines.append(f"  {self.folder.path}: best/ last/ settings.yml metrics.jsonl curves.png log")
        if self.ending != "finished":
            more = " -o Global.max_minutes=null" if self.ending == "time" else ""
            lines.append(f"go on:  vin-distill --out {self.folder.path} --resume{more}")
        if self.folder.best.exists():
            lines.append(f"next:   vin-export {self.folder.best} -o bundles/{self.folder.path.name}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return what `vin-distill --json` prints."""
        best = str(self.folder.best) if self.folder.best.exists() else None
        return {
            "ending": self.ending,
            "step": self.step,
            "steps": self.steps,
            "minutes": round(self.minutes, 2),
            "best": best,
            "last": str(self.folder.last),
            "validation": self.validation,
        }


def train(folder: RunFolder, group: Group) -> Summary:
    """Train in this process what `prepare` prepared, from the last checkpoint if there is one."""
    settings = saved_settings(folder, [])
    if settings.Global.processes != group.size:
        raise VinEdgeError(
            f"Global.processes is {settings.Global.processes}, but {group.size} were started; make the two equal"
        )
    lists = Lists(tuple(labelled_samples(settings)), tuple(pseudo_samples(settings, folder)))
    plan = plan_from(settings, len(lists.labelled))
    report = reporter(group.rank)
    trainer = Trainer(settings, plan, group, folder, report)
    recover(folder.last)
    if folder.last.exists():
        trainer.restore(load_checkpoint(folder.last))
    if group.rank == 0:
        folder.forget_after(trainer.done)
        size = cost(trainer.ema.layer, settings.Student.height, settings.Student.width)
        begun = f", from step {trainer.done}" if trainer.done else ""
        opening = (
            f"{settings.Student.name}: {size}; {plan.steps} steps of {plan.lines_per_step} lines "
            f"in {group.size} process{'es' * (group.size > 1)}{begun}"
        )
        report.say(opening)
        folder.log(opening)
    sets = list(validation_sets(settings, validation_samples(settings)))
    outcome = trainer.run(Feed(settings, lists, group.rank, group.size), sets)
    if group.rank == 0:
        draw_curves(folder.read_metrics(), folder.curves)
    best = load_checkpoint(folder.best).metrics.get("validation", {}) if folder.best.exists() else {}
    return Summary(outcome.ending, outcome.step, plan.steps, outcome.elapsed_s / 60, folder, best)
