"""Logs a command as a run: what it was, which files it read and wrote, how it ended.

A fault of ours never keeps the command from running, nor does it change its exit status.
"""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mltrace.capture import folders
from mltrace.capture.boundary import Crossing, Found, describe
from mltrace.capture.command import child, commandline
from mltrace.capture.command.endings import Ending, failure, reason
from mltrace.capture.command.patterns import WrittenFiles, expand, file_behind, spelled
from mltrace.capture.command.places import Places
from mltrace.capture.command.relay import Relay
from mltrace.capture.guard import harmless, logger
from mltrace.capture.handles import NO_RUN, RunHandle
from mltrace.capture.plain import plain_param
from mltrace.capture.recorder import Recorder, current_recorder, flush
from mltrace.capture.running import ActiveRun
from mltrace.config import load_settings
from mltrace.errors import MltraceError, RetractedError
from mltrace.escaping import encodable
from mltrace.store.facts import ComponentFact
from mltrace.times import now_ns
from mltrace.values.described import Described
from mltrace.values.digests import digest_of_bytes
from mltrace.values.explicit import ExplicitKind, File
from mltrace.values.identity import absolute_path, file_identity, is_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mltrace.capture.command.accesses import Accesses, Used
    from mltrace.capture.command.strace import Trace

_EXPLICIT: Final = ExplicitKind()
_STDIN, _STDOUT, _STDERR = 0, 1, 2
_LOGS: Final = (".log", ".out")
"""Endings of what schedulers and people call the files that a job's chatter goes to."""
_COARSE_CLOCK: Final = 5
"""Linux's CLOCK_REALTIME_COARSE, by which file systems stamp files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command to run, and what to log of it.

    Attributes
    ----------
    component : str, optional
        Its name; by default that of the script or program.
    reads, writes : sequence of str
        Paths, URIs and glob patterns.
    anonymising : bool or None
        Whether its outputs hold no data of single persons; None if nothing is said of it.
    is_auto : bool
        Whether to find the files that are opened.
    store : str or None
        The store, if not the one in force.
    warn : callable
        Is told in a line what the user should know: a pattern that names nothing, for example.
    """

    command: Sequence[str]
    component: str | None = None
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    params: Mapping[str, object] = field(default_factory=dict)
    tags: Sequence[str] = ()
    owner: str | None = None
    anonymising: bool | None = None
    is_auto: bool = False
    store: str | None = None
    warn: Callable[[str], None] = lambda _line: None


def run_command(request: Request) -> int:
    """Run a command and log it as a run.

    Returns
    -------
    int
        Its exit status, or the negative number of the signal that killed it.

    Raises
    ------
    RetractedError
        If it would read retracted data, and must not; it was not started.
    """
    log = CommandLog(request)
    log.look()
    with child.signals_held() as mask:
        relay = log.relay()
        try:
            log.begin()
        except RetractedError:
            _give_up(relay)
            raise
        ending = _run(log, relay, mask)
        log.stop()
    log.end(ending)
    flush()
    log.send()
    return ending.status


def _run(log: CommandLog, relay: Relay | None, mask: set[int]) -> Ending:
    try:
        pid = child.spawn(
            log.command(),
            environment=log.environment(),
            mask=mask,
            stderr=relay.stderr if relay is not None else None,
        )
    except OSError as error:
        log.request.warn(f"{log.request.command[0]}: {reason(error)}")
        _give_up(relay)
        return Ending(child.status_without(error), problem=error)
    if relay is None:
        return Ending(child.wait(pid, on_resize=lambda: None))
    relay.let_go()
    status = child.wait(pid, on_resize=relay.resize)
    return Ending(status, stderr=relay.finish())


def _give_up(relay: Relay | None) -> None:
    """Close the ways by which we would have heard of a command that was not started."""
    if relay is not None:
        relay.let_go()
        relay.finish(has_ended=False)


class CommandLog:
    """What is logged of one command; after a fault of ours, nothing more is.

    Attributes
    ----------
    request : Request
        The command, and what the user says of it.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self._recorder: Recorder | None = None
        self._run: RunHandle = NO_RUN
        self._accesses: Accesses | None = None
        self._trace: Trace | None = None
        self._reads: list[Crossing] = []
        self._stopped = (0, 0)
        self._begun_at = self._begun_stamp = 0

    @harmless(default=None)
    def look(self) -> None:
        """Look at what there is before the command runs."""
        request = self.request
        recorder = _recorder(request.store)
        if recorder is None:
            return
        self._begun_at = now_ns()
        self._stdin, self._stdout = _data_behind_stdin(), _data_behind_stdout()
        self._scripts = commandline.scripts(request.command, self._stdin)
        paths = [path for pattern in request.reads for path in self._expand("--read", pattern)]
        self._written = WrittenFiles(request.writes, self._stdout)
        self._places = self._known_places(recorder)
        if self._stdin is not None and self._places.is_data(self._stdin):
            paths.append(spelled(self._stdin))
        if request.is_auto:
            self._look_into_opens()
        self._reads = self._described(paths, recorder, at=self._begun_at)
        self._recorder = recorder

    @harmless(default=None)
    def relay(self) -> Relay | None:
        """Lay the ways by which we hear of the command; it must come before any thread of ours."""
        if self._recorder is None or not _is_open(_STDERR):
            return None
        if self._accesses is None or child.startable(self.request.command) is None:
            return Relay()
        from mltrace.capture.command.strace import Trace

        trace = Trace(self._accesses)
        relay = Relay(trace)
        self._trace = trace  # not before somebody reads it, for strace waits for that
        return relay

    @harmless(default=None, passing=(RetractedError,))
    def begin(self) -> None:
        """Log the start of the run.

        Raises
        ------
        RetractedError
            If it would read retracted data, and must not.
        """
        recorder, request = self._recorder, self.request
        if recorder is None:
            return
        component = encodable(request.component or commandline.default_name(request.command))
        params = {name: plain_param(name, value) for name, value in request.params.items()}
        code = commandline.code_text(request.command, self._scripts)
        digest = digest_of_bytes(code.encode())
        try:
            if (request.owner, request.anonymising) != (None, None) or request.tags:
                recorder.say(("declared", component), _declared(component, request))
            recorder.say_source(digest, code)
            run = ActiveRun(recorder, component, is_anonymising=bool(request.anonymising))
            run.begin(
                at=self._begun_at,
                params={"command": plain_param("", commandline.shown(request.command)), **params},
                reads=self._reads,
                code=digest,
                git=recorder.say_git(os.getcwd()),
            )
        except OSError as error:
            logger.warning("this run is not logged: %s", error)
            return
        self._run = run
        if self._accesses is not None:
            self._begun_stamp = time.clock_gettime_ns(_COARSE_CLOCK)

    def command(self) -> Sequence[str]:
        """Return the command to start."""
        command = self.request.command
        if self._trace is None:
            return command
        return self._trace.command(child.startable(command) or command)

    def environment(self) -> dict[str, str]:
        """Return the environment for the command, which tells it what it is part of."""
        return self._run.environment()

    def stop(self) -> None:
        """Take the time."""
        if isinstance(self._run, ActiveRun):
            self._stopped = self._run.stop()

    @harmless(default=None)
    def end(self, ending: Ending) -> None:
        """Log the end of the run."""
        run, recorder = self._run, self._recorder
        if not isinstance(run, ActiveRun) or recorder is None:
            return
        run.metric("exit_status", ending.shell_status)
        for pattern in self._written.unmatched():
            self.request.warn(f"--write {pattern}: there is no such file after the command")
        named = [path for path in self._written.find() if not (is_uri(path) and ending.status)]
        at = now_ns()
        writes = [
            folders.only(crossing, self._written.changed_below(crossing.name))
            for crossing in self._described(named, recorder, at=at)
        ]
        others = [spelled(path) for path in _not_among(self._seen_written(), writes)]
        run.end(
            error=failure(self.request.command, ending),
            reads=self._seen_read(recorder),
            writes=[*writes, *self._described(others, recorder, at=at)],
            stopped=self._stopped,
        )

    def _look_into_opens(self) -> None:
        # Imported only where it is wanted: every millisecond counts.
        from mltrace.capture.command import strace
        from mltrace.capture.command.accesses import Accesses

        obstacle = strace.why_not()
        if obstacle is None:
            self._accesses = Accesses(self._places.is_data)
            return
        self.request.warn(
            f"--auto finds no files: {obstacle}. What --read, --write and redirections name counts."
        )

    def send(self) -> None:
        """Send what was logged to a store on a server: a signal may end this process now."""
        if self._recorder is not None:
            self._recorder.send()

    def _known_places(self, recorder: Recorder) -> Places:
        scripts = [absolute_path(script.path) for script in self._scripts]
        return Places(self.request.command[:1], others=[*scripts, *recorder.paths])

    def _expand(self, option: str, pattern: str) -> list[str]:
        paths = expand(pattern)
        if not paths:
            self.request.warn(f"{option} {pattern}: there is no such file")
        return paths

    def _seen_read(self, recorder: Recorder) -> list[Crossing]:
        """Describe the files that were seen to be read and not named."""
        if self._accesses is None:
            return []
        used = {one.path: one for one in self._accesses.inputs(self._begun_stamp)}
        others = [used[path] for path in _not_among(used, self._reads)]
        known = [spelled(one.path) for one in others if one.reason is None]
        unknown = [_unknown(one, self._begun_at) for one in others if one.reason is not None]
        return [*self._described(known, recorder, at=self._begun_at), *unknown]

    def _seen_written(self) -> list[str]:
        """List the files that were seen to be written, that behind standard output last."""
        paths = []
        if self._accesses is not None:
            paths = [used.path for used in self._accesses.outputs(self._begun_stamp)]
            if num_more := self._accesses.num_left_out:
                self._run.note(f"{num_more:,} more opens of files are not logged.")
        path = self._stdout
        if path is not None and self._places.is_data(path) and os.path.isfile(path):
            paths += [path] if os.path.getsize(path) else []
        return paths

    def _described(self, paths: Iterable[str], recorder: Recorder, *, at: int) -> list[Crossing]:
        """Digest files, each once, however often it is named."""
        by_identity = {
            path if is_uri(path) else absolute_path(path): path for path in reversed([*paths])
        }
        found = [Found(path, File(path), _EXPLICIT) for path in reversed(by_identity.values())]
        return describe(found, at=at, keep_limit_bytes=recorder.values.rule(None).limit_bytes)


def _recorder(store: str | None) -> Recorder | None:
    try:
        return current_recorder() if store is None else Recorder(load_settings(store), ships=True)
    except (MltraceError, OSError) as error:
        logger.warning("this run is not logged: %s", error)
        return None


def _declared(component: str, request: Request) -> ComponentFact:
    return ComponentFact(
        name=component,
        at=now_ns(),
        owner=request.owner,
        tags=tuple(dict.fromkeys(request.tags)),
        anonymising=bool(request.anonymising),
    )


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _data_behind_stdin() -> str | None:
    """Tell the file that standard input reads; of one that is half read others take their part."""
    path = file_behind(_STDIN)
    return None if path is None or os.lseek(_STDIN, 0, os.SEEK_CUR) else path


def _data_behind_stdout() -> str | None:
    """Tell the file that standard output makes; what others write to as well, or a log, is none."""
    path = file_behind(_STDOUT)
    if path is None or path.lower().endswith(_LOGS):
        return None
    status = os.fstat(_STDOUT)
    if status.st_size or fcntl.fcntl(_STDOUT, fcntl.F_GETFL) & os.O_APPEND:
        return None
    is_log = _is_open(_STDERR) and os.path.samestat(status, os.fstat(_STDERR))
    return None if is_log else path


def _not_among(paths: Iterable[str], crossings: Sequence[Crossing]) -> list[str]:
    """Leave out the files that are among artifacts, by themselves or in a folder."""
    known = {crossing.described.identity for crossing in crossings}
    folders = [crossing.described for crossing in crossings if crossing.described.members]
    below = tuple([f"{folder.identity}/" for folder in folders])
    return [
        path
        for path in paths
        if (identity := file_identity(path)) not in known and not identity.startswith(below)
    ]


def _unknown(used: Used, at: int) -> Crossing:
    path = spelled(used.path)
    identity = file_identity(used.path)
    described = Described("file", name=path, identity=identity, reason=used.reason)
    return Crossing(path, File(path), described, at)
