"""Whether settings make sense together; each value's own type and range is `settings_yaml.py`'s business."""

from __future__ import annotations

from types import ModuleType

from vinedge import registry
from vinedge.errors import VinEdgeError

from . import losses, students, teachers
from .loss_signature import asks_for_teacher
from .settings import Settings


def check(settings: Settings) -> Settings:
    """Return `settings` if its parts fit together, else raise `VinEdgeError` naming the first that does not."""
    _check_known("Student.name", settings.Student.name, students)
    for name in settings.Loss:
        _check_known(f"Loss.{name}", name, losses)
    if not any(settings.Loss.values()):
        raise VinEdgeError("Loss gives no loss a weight above 0; give at least ctc one, for example Loss: {ctc: 1.0}")
    _check_distillation(settings)
    _check_length(settings)
    _check_data(settings)
    return settings


def _check_known(where: str, name: str, package: ModuleType) -> None:
    known = registry.names(package)
    if name not in known:
        hint = registry.nearest(name, known)
        raise VinEdgeError(f"{where}: there is no '{name}'{hint} (known: {', '.join(known)})")


def _check_distillation(settings: Settings) -> None:
    chosen = settings.Distillation
    learning = [name for name, weight in settings.Loss.items() if weight and asks_for_teacher(name)]
    if learning and chosen.teacher is None:
        raise VinEdgeError(
            f"Loss.{learning[0]} learns from a teacher's outputs on every line, and there is no teacher; name one with "
            f"Distillation.teacher (the folder of a checkpoint, such as runs/vin_small/best), or leave the loss out"
        )
    if chosen.teacher in registry.names(teachers):
        raise VinEdgeError(
            f"Distillation.teacher: {chosen.teacher} reads whole pictures, and losses compare outputs on lines "
            f"fitted to the student's input; give the folder of a checkpoint here, and let {chosen.teacher} label "
            f"pictures instead (Teacher.name)"
        )
    if chosen.teacher is not None and not learning:
        raise VinEdgeError(
            "Distillation.teacher is given, but no loss learns from it; give one a weight above 0, for example "
            "-o Loss.aligned_kl=1, or leave the teacher out"
        )
    if chosen.teacher is None and (chosen.gate_correct or chosen.require_gap):
        raise VinEdgeError("Distillation.gate_correct and require_gap need a Distillation.teacher; give one")
    for name in chosen.options:
        _check_known(f"Distillation.options.{name}", name, losses)
        if name not in settings.Loss:
            raise VinEdgeError(f"Distillation.options.{name} is given, but Loss.{name} is not; give it a weight")


def _check_length(settings: Settings) -> None:
    run, rate = settings.Global, settings.Optimizer.lr
    if (run.steps is None) == (run.epoch_num is None):
        raise VinEdgeError("give exactly one of Global.steps and Global.epoch_num: how long to train")
    if rate.warmup_epoch is not None and rate.warmup_steps is not None:
        raise VinEdgeError("Optimizer.lr has both warmup_steps and warmup_epoch; keep one")
    if not settings.Train.dataset.label_file_list and (run.epoch_num or rate.warmup_epoch):
        raise VinEdgeError(
            "Global.epoch_num and Optimizer.lr.warmup_epoch count passes over Train.dataset.label_file_list, "
            "which is empty; give Global.steps and Optimizer.lr.warmup_steps instead"
        )


def _check_data(settings: Settings) -> None:
    data = settings.Train.dataset
    if data.ratio_list and len(data.ratio_list) != len(data.label_file_list):
        raise VinEdgeError(
            f"Train.dataset.ratio_list has {len(data.ratio_list)} numbers for the "
            f"{len(data.label_file_list)} lists of label_file_list; give one for each"
        )
    if bool(data.unlabelled) != (settings.Teacher.name is not None):
        raise VinEdgeError(
            "Teacher.name and Train.dataset.unlabelled belong together: a teacher needs unlabelled pictures "
            "to label, and they need a teacher; give both or neither"
        )
    if settings.Teacher.name is not None:
        _check_known("Teacher.name", settings.Teacher.name, teachers)
    shares = data.shares
    given = (shares.synthetic, shares.labelled * bool(data.label_file_list), shares.pseudo * bool(data.unlabelled))
    if not any(given):
        raise VinEdgeError("Train.dataset.shares leaves nothing to train on; give synthetic a share above 0")
    if settings.Global.epoch_num and not shares.labelled:
        raise VinEdgeError("Global.epoch_num counts passes over labelled pictures, but shares.labelled is 0")
    for low, high, where in (
        (*data.synthetic.difficulty, "Train.dataset.synthetic.difficulty"),
        (*settings.Eval.dataset.synthetic.difficulty, "Eval.dataset.synthetic.difficulty"),
    ):
        if low > high:
            raise VinEdgeError(f"{where} is [{low}, {high}]; the first number must not be above the second")
    if not settings.Eval.dataset.synthetic.lines and not settings.Eval.dataset.label_file_list:
        raise VinEdgeError(
            "Eval.dataset has no validation set; give label_file_list or synthetic.lines above 0, "
            "for the best checkpoint is chosen by it"
        )
