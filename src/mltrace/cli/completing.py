"""Completes names in the shell; where the store cannot be asked there is nothing to offer."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mltrace.errors import MltraceError

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from mltrace.workspace import Workspace

_NUM_RUNS = 200


def component_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the components whose names begin with what was typed."""
    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            return [one.name for one in workspace.components() if one.name.startswith(typed)]
    return []


def checked_components(ctx: click.Context, param: click.Parameter, typed: str) -> list[str]:
    """List the components of the file of checks, and others, that begin with what was typed."""
    from mltrace.checks.check_file import load_check_file

    names: list[str] = []
    with suppress(MltraceError, OSError):
        names += [one.component for one in load_check_file().checks]
    found = [name for name in names if name.startswith(typed)]
    return list(dict.fromkeys([*found, *component_names(ctx, param, typed)]))


def files_and_artifacts(
    ctx: click.Context, param: click.Parameter, typed: str
) -> list[CompletionItem]:
    """List the files and the artifacts of the latest runs whose names begin with what was typed."""
    from click.shell_completion import CompletionItem

    names = artifact_names(ctx, param, typed)
    return [CompletionItem(typed, type="file"), *map(CompletionItem, names)]


def tag_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the tags that begin with what was typed."""
    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            return [tag.name for tag in workspace.tags() if tag.name.startswith(typed)]
    return []


def run_ids(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the ids of the latest runs that begin with what was typed."""
    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            return [run.id for run in workspace.recent(limit=_NUM_RUNS) if run.id.startswith(typed)]
    return []


def task_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the tasks that begin with what was typed."""
    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            return [name for name in workspace.task_names() if name.startswith(typed)]
    return []


def metric_names(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the metrics that begin with what was typed."""
    from mltrace.tasks.metrics import metrics

    return [key for key in metrics.keys() if key.startswith(typed)]  # noqa: SIM118 (a registry)


def alert_ids(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """List the incidents that begin with what was typed, each with what it is."""
    from click.shell_completion import CompletionItem

    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            found = workspace.incidents(limit=_NUM_RUNS)
            return [
                CompletionItem(one.id, help=one.title) for one in found if one.id.startswith(typed)
            ]
    return []


def artifact_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the artifacts of the latest runs whose names begin with what was typed."""
    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            runs = workspace.recent(limit=_NUM_RUNS)
            names = dict.fromkeys(ref.name for run in runs for ref in (*run.outputs, *run.inputs))
            return [name for name in names if name.startswith(typed)]
    return []


def flagged_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the flagged outputs that begin with what was typed."""
    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            return [flag.output for flag in workspace.flagged() if flag.output.startswith(typed)]
    return []


def pinned_runs(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the ids of pinned runs that begin with what was typed."""
    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            return [pin.run_id for pin in workspace.pinned() if pin.run_id.startswith(typed)]
    return []


def retracted_labels(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the retracted labels that begin with what was typed."""
    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            return [one.label for one in workspace.retracted() if one.label.startswith(typed)]
    return []


def monitor_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the declared monitors whose names begin with what was typed."""
    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            names = [one.name for one in workspace.list_monitors()]
            return [name for name in names if name.startswith(typed)]
    return []


def notifier_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the declared notifiers whose names begin with what was typed."""
    with suppress(MltraceError, OSError):
        workspace = _workspace(ctx)
        if workspace is not None:
            names = [str(table["name"]) for _, table in workspace.settings.notifiers]
            return [name for name in names if name.startswith(typed)]
    return []


def suspicion_methods(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """List the methods of a review that begin with what was typed."""
    from mltrace.lineage.suspects.suspicion import methods

    return [key for key in methods.keys() if key.startswith(typed)]  # noqa: SIM118 (a registry)


def _workspace(ctx: click.Context) -> Workspace | None:
    """Open the store if it exists: a key press must not create one."""
    from mltrace.workspace import Workspace

    uri, outer = ctx.params.get("store"), ctx.parent
    while uri is None and outer is not None:
        uri, outer = outer.params.get("store"), outer.parent
    workspace = Workspace(uri)
    return workspace if workspace.store.is_there else None
