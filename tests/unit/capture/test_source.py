"""The source text is that of the code that runs, wherever it came from."""

import functools
import importlib
import importlib.util
import linecache
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mltrace.capture import source
from mltrace.capture.source import (
    code_digest,
    code_of,
    digest_text,
    source_of,
    source_of_frame,
)

SOURCE_ROOT = str(Path(source.__file__).parents[2])


def load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_old(path: Path) -> None:
    os.utime(path, (1e9, 1e9))


def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*args: Any) -> Any:
        return function(*args)

    return wrapped


def plain(x: int) -> int:
    return x + 1  # plain


class Scaler:
    """A class."""

    def scale(self, x: int) -> int:
        return x * 2  # scale

    @classmethod
    def build(cls) -> "Scaler":
        return cls()  # build

    @staticmethod
    def half(x: int) -> float:
        return x / 2  # half

    def __call__(self) -> str:
        return "called"  # call


@decorate
@functools.lru_cache
def layered(x: int) -> int:
    return x  # layered


def generate(n: int) -> Any:
    yield n  # generate


async def wait(n: int) -> int:
    return n  # wait


double = lambda x: x * 2  # noqa: E731 (it is what is tested)


@pytest.mark.parametrize(
    ("function", "first", "last"),
    [
        (plain, "def plain(x: int) -> int:", "return x + 1  # plain"),
        (Scaler().scale, "    def scale(self, x: int) -> int:", "return x * 2  # scale"),
        (Scaler.build, "    @classmethod", "return cls()  # build"),
        (vars(Scaler)["build"], "    @classmethod", "return cls()  # build"),
        (Scaler.half, "    @staticmethod", "return x / 2  # half"),
        (Scaler(), "    def __call__(self) -> str:", 'return "called"  # call'),
        (Scaler, "class Scaler:", 'return "called"  # call'),
        (layered, "@decorate", "return x  # layered"),
        (functools.partial(functools.partial(plain), 1), "def plain(x: int) -> int:", "# plain"),
        (generate, "def generate(n: int) -> Any:", "yield n  # generate"),
        (wait, "async def wait(n: int) -> int:", "return n  # wait"),
        (double, "double = lambda x: x * 2", "(it is what is tested)"),
    ],
)
def test_everything_with_a_definition_has_its_text(
    function: Callable[..., Any], first: str, last: str
) -> None:
    text = source_of(function)
    assert text is not None
    assert text.startswith(first)
    assert text.rstrip().endswith(last)
    assert code_digest(function) == digest_text(text)


class Hostile:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


class Endless:
    def __getattr__(self, name: str) -> Any:
        return Endless()


def test_what_has_no_text_has_none_and_never_raises() -> None:
    for thing in (len, int, 5, None, "text", Hostile(), Endless(), dict.get, sys):
        assert source_of(thing) is None  # type: ignore[arg-type]
        assert code_digest(thing) is None  # type: ignore[arg-type]


def test_local_classes_and_classes_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "twins.py"
    path.write_text(
        "def one():\n"
        "    class Twin:\n        def f(self): return 1\n"
        "    return Twin\n"
        "class Twin:\n    def f(self): return 2\n"
        "class Twin:\n    def f(self): return 3\n"
        "class Data:\n    x: int = 0\n"
    )
    make_old(path)
    module = load(path, "twins")
    sys.modules["twins"] = module
    try:
        assert "return 1" in (source_of(module.one()) or "")
        assert "return 3" in (source_of(module.Twin) or "")
        assert source_of(module.Data) == "class Data:\n    x: int = 0\n"
    finally:
        del sys.modules["twins"]


@pytest.mark.parametrize(
    ("encoding", "word"), [("latin-1", "Größe"), ("utf-8", "größe 变量 🌊"), ("cp1251", "размер")]
)
def test_any_encoding(tmp_path: Path, encoding: str, word: str) -> None:
    path = tmp_path / f"coded_{encoding.replace('-', '_')}.py"
    text = f"# -*- coding: {encoding} -*-\r\ndef f():\r\n    return '{word}'\r\n"
    path.write_bytes(text.encode(encoding))
    module = load(path, path.stem)
    assert source_of(module.f) == f"def f():\n    return '{word}'\n"
    assert module.f() == word


def test_form_feeds_and_odd_line_marks_do_not_shift_the_text(tmp_path: Path) -> None:
    path = tmp_path / "feeds.py"
    path.write_text("a = '\x0b\x1c\u2028'\n\x0c\ndef f():\n    return 'right'\n", "utf-8")
    assert source_of(load(path, "feeds").f) == "def f():\n    return 'right'\n"


def test_any_length(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    body = "".join(f"    x = {number}\n" for number in range(50_000))
    path.write_text(f"def f():\n{body}    return x\n")
    assert source_of(load(path, "long").f) == path.read_text()


def test_a_file_edited_after_loading_gives_no_wrong_text(tmp_path: Path) -> None:
    path = tmp_path / "edited.py"
    path.write_text("def f():\n    return 1\ndef g():\n    return 1\n")
    module = load(path, "edited")
    early = source_of(module.f)
    path.write_text("def f():\n    return 22\ndef g():\n    return 22\n")
    assert early == source_of(module.f) == "def f():\n    return 1\n"
    assert source_of(module.g) is None
    assert code_digest(module.g) is not None
    assert source_of(load(path, "edited").g) == "def g():\n    return 22\n"


def test_a_comment_edit_far_below_does_not_hide_the_text(tmp_path: Path) -> None:
    path = tmp_path / "below.py"
    path.write_text("def f():\n    return 1\n")
    module = load(path, "below")
    path.write_text("def f():\n    return 1\n# and more\n")
    assert source_of(module.f) == "def f():\n    return 1\n"


def test_the_lines_that_linecache_holds_count_if_they_are_right(tmp_path: Path) -> None:
    path = tmp_path / "held.py"
    path.write_text("def f():\n    return 1\n")
    module = load(path, "held")
    linecache.getlines(str(path))
    path.write_text("def f():\n    return 2 + 2\n")
    assert source_of(module.f) == "def f():\n    return 1\n"


def test_a_deleted_file_has_no_text(tmp_path: Path) -> None:
    path = tmp_path / "deleted.py"
    path.write_text("def f():\n    return 1\n")
    module = load(path, "deleted")
    path.unlink()
    assert source_of(module.f) is None
    assert code_digest(module.f) is not None


def test_a_module_in_a_zip_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("zipped_pipeline.py", "def f():\n    return 'zipped'\n")
    monkeypatch.syspath_prepend(str(tmp_path / "packed.zip"))
    module = importlib.import_module("zipped_pipeline")
    assert source_of(module.f) == "def f():\n    return 'zipped'\n"


def test_a_notebook_cell() -> None:
    name = "/tmp/ipykernel_1/2.py"
    text = "%time\ndef f():\n    return 'cell'\n"
    variables: dict[str, Any] = {}
    exec(compile(text.replace("%time", "time"), name, "exec"), {"time": 1}, variables)
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    try:
        assert source_of(variables["f"]) == "def f():\n    return 'cell'\n"
    finally:
        del linecache.cache[name]


def test_executed_text_has_no_text_but_a_digest_of_its_own() -> None:
    digests = []
    for body in ("x + 1", "x + 2", "x + 2.0", "x in {1, 2}", "(lambda: x + 3)()", "-x"):
        variables: dict[str, Any] = {}
        exec(f"def f(x): return {body}", variables)
        assert source_of(variables["f"]) is None
        digests.append(code_digest(variables["f"]))
    assert None not in digests
    assert len(set(digests)) == len(digests)


def test_equal_code_in_two_files_keeps_its_own_comments(tmp_path: Path) -> None:
    texts = []
    for word in ("one", "two"):
        path = tmp_path / f"same_{word}.py"
        path.write_text(f"def f():\n    return 1  # {word}\n")
        texts.append(source_of(load(path, path.stem).f))
    assert texts == [f"def f():\n    return 1  # {word}\n" for word in ("one", "two")]


def test_a_lambda_amid_an_expression(tmp_path: Path) -> None:
    path = tmp_path / "amid.py"
    path.write_text(
        "table = {\n    'a': (lambda x:\n        x + 1),\n    'b': 2,\n}\nf = table['a']\n"
    )
    assert "lambda x:" in (source_of(load(path, "amid").f) or "")


def test_the_frame_of_a_function_and_of_a_module(tmp_path: Path) -> None:
    path = tmp_path / "framed.py"
    path.write_text(
        "import sys\n"
        "frame = sys._getframe()\n"
        "def f():\n    return sys._getframe()\n"
        "class C:\n    frame = sys._getframe()\n"
    )
    module = load(path, "framed")
    assert source_of_frame(module.frame) == path.read_text()
    assert source_of_frame(module.f()) == "def f():\n    return sys._getframe()\n"
    assert source_of_frame(module.C.frame) == "class C:\n    frame = sys._getframe()\n"


PROGRAM = """\
import mltrace.capture.source as s
def f(x):
    # größe
    return x + 1

"""
REPORT = "print(ascii((s.source_of(f), s.code_digest(f))))\n"


def run_python(*arguments: str, text: str | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        input=text,
        env={**os.environ, "PYTHONPATH": SOURCE_ROOT, "PYTHONUTF8": "1"},
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    return done.stdout


def answer(output: str) -> tuple[str | None, str | None]:
    line = next(line for line in output.splitlines() if "(" in line)
    found: tuple[str | None, str | None] = eval(line[line.index("(") :])
    return found


def test_typed_at_the_prompt() -> None:
    text, digest = answer(run_python("-i", "-q", text=PROGRAM + REPORT))
    other = answer(run_python("-i", "-q", text=PROGRAM.replace("x + 1", "x + 2") + REPORT))
    if sys.version_info >= (3, 13):
        assert text == "def f(x):\n    # größe\n    return x + 1\n"
    else:
        assert text is None
    assert digest is not None
    assert digest != other[1]


def test_given_on_the_command_line() -> None:
    text, _ = answer(run_python("-c", PROGRAM + REPORT))
    assert text == "def f(x):\n    # größe\n    return x + 1\n"
    program = f"import mltrace.capture.source as s\nexec('def f(x): return 9')\n{REPORT}"
    assert answer(run_python("-c", program))[0] is None


def test_read_from_standard_input() -> None:
    text, digest = answer(run_python("-", text=PROGRAM + REPORT))
    assert text is None
    assert digest is not None


def test_a_script_that_leaves_its_folder(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        PROGRAM + "import os\nos.chdir('/')\n" + REPORT, encoding="utf-8"
    )
    text, _ = answer(run_python("script.py", cwd=tmp_path))
    assert text == "def f(x):\n    # größe\n    return x + 1\n"


def test_a_script_that_rewrites_itself(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        PROGRAM
        + "text = open(__file__, encoding='utf-8').read()\n"
        + "text = text.replace('return x + 1', 'return x - 1')\n"
        + "open(__file__, 'w', encoding='utf-8').write(text)\n"
        + REPORT,
        encoding="utf-8",
    )
    text, digest = answer(run_python("script.py", cwd=tmp_path))
    assert text is None
    assert digest is not None


def test_code_of_what_is_not_python_is_none() -> None:
    assert code_of(len) is None
    assert code_of(Scaler) is None
    assert code_of(plain) is plain.__code__
