"""The standard library without its network modules: files, processes, waiting, threads, event loops."""

from __future__ import annotations

from flake8_orch47.knowledge.blocking.library import Argument, Blocks, Callee, Library, each, members

__all__ = ["IN_MEMORY", "LIBRARIES", "OPENING"]

BINARY_FILES = "io.BufferedReader io.BufferedRandom io.FileIO gzip.GzipFile bz2.BZ2File lzma.LZMAFile"
FILE_CLASSES = f"{BINARY_FILES} io.BufferedWriter io.TextIOWrapper"
FILE_METHODS = "flush read readline readlines truncate write writelines"

#: `json.load(io.StringIO(...))` reads memory.
IN_MEMORY = ("io.StringIO", "io.BytesIO")


#: What opens a file, or what it is given: of something in memory it makes something in memory.
OPENING = (
    "gzip.open gzip.GzipFile bz2.open bz2.BZ2File lzma.open lzma.LZMAFile zipfile.ZipFile tarfile.open tarfile.TarFile"
)


def _never_with_timeout_zero(position: int) -> tuple[Argument, ...]:
    return (Argument("timeout", position, values=(0,)),)


def _without_waiting(blocking: str, position: int) -> tuple[Argument, ...]:
    """`acquire(False)`, `get(block=False)`, `get(timeout=0)`: the flag, and the timeout that follows it."""
    return (Argument(blocking, position, values=(False,)), Argument("timeout", position + 1, values=(0,)))


FILES = Library(
    source="https://docs.python.org/3/library/io.html",
    calls=(
        Blocks("ORC305", "open io.open_code io.FileIO codecs.open fileinput.input"),
        Blocks(
            "ORC305",
            "gzip.open bz2.open lzma.open gzip.GzipFile bz2.BZ2File lzma.LZMAFile",
            unless=(Argument("filename", 0, types=IN_MEMORY), Argument("fileobj", 3, types=IN_MEMORY)),
        ),
        Blocks("ORC305", FILE_CLASSES, FILE_METHODS),
        Blocks("ORC305", BINARY_FILES, "readinto"),
        Blocks("ORC305", "io.BufferedReader io.BufferedRandom", "peek read1 readinto1"),
        Blocks(
            "ORC305",
            "json pickle marshal plistlib",
            "load",
            unless=(Argument("fp", 0, types=IN_MEMORY),),
        ),
        Blocks("ORC305", "tomllib.load", unless=(Argument("fp", 0, types=IN_MEMORY),)),
        Blocks(
            "ORC305",
            "json pickle marshal plistlib",
            "dump",
            unless=(Argument("fp", 1, types=IN_MEMORY),),
        ),
        Blocks("ORC305", "configparser.RawConfigParser", "read"),
        Blocks("ORC305", "linecache.getline linecache.getlines filecmp.cmp filecmp.cmpfiles"),
        Blocks("ORC305", "shelve.open dbm.open pkgutil.get_data"),
        Blocks("ORC305", "importlib.resources", "open_binary open_text read_binary read_text"),
        Blocks(
            "ORC305",
            "importlib.resources.abc.Traversable",
            "is_dir is_file iterdir open read_bytes read_text",
        ),
        Blocks(
            "ORC305",
            "xml.etree.ElementTree.parse xml.dom.minidom.parse",
            unless=(Argument("source", 0, types=IN_MEMORY),),
        ),
    ),
    iterating=(Blocks("ORC305", FILE_CLASSES),),
    aliases={
        "io.open": "open",
    },
    bases={
        "configparser.ConfigParser": "configparser.RawConfigParser",
        "typing.BinaryIO": "io.BufferedRandom",
        "typing.IO": "io.TextIOWrapper",
        "typing.TextIO": "io.TextIOWrapper",
    },
    returns={
        "open": "io.TextIOWrapper",
        "codecs.open": "io.TextIOWrapper",
        "os.fdopen": "io.TextIOWrapper",
        "io.open_code": "io.BufferedReader",
        "gzip.open": "gzip.GzipFile",
        "bz2.open": "bz2.BZ2File",
        "lzma.open": "lzma.LZMAFile",
        "importlib.resources.files": "importlib.resources.abc.Traversable",
        "importlib.resources.abc.Traversable.joinpath": "importlib.resources.abc.Traversable",
        "importlib.resources.abc.Traversable.__truediv__": "importlib.resources.abc.Traversable",
        "importlib.resources.abc.Traversable.open": "io.TextIOWrapper",
        "importlib.resources.open_binary": "io.BufferedReader",
        "importlib.resources.open_text": "io.TextIOWrapper",
    },
    elements=each(FILE_CLASSES, "", "str"),
)

PATH_TO_PATH = (
    "__rtruediv__ __truediv__ absolute expanduser joinpath readlink "
    "relative_to rename replace resolve with_name with_segments with_stem with_suffix"
)

PATHLIB = Library(
    source="https://docs.python.org/3/library/pathlib.html",
    calls=(
        Blocks(
            "ORC305",
            "pathlib.Path",
            "chmod copy copy_into exists glob group hardlink_to is_block_device is_char_device is_dir "
            "is_fifo is_file is_junction is_mount is_socket is_symlink iterdir lchmod lstat mkdir move "
            "move_into open owner read_bytes read_text readlink rename replace resolve rglob rmdir samefile "
            "stat symlink_to touch unlink walk write_bytes write_text",
        ),
    ),
    bases={"pathlib.PosixPath": "pathlib.Path", "pathlib.WindowsPath": "pathlib.Path"},
    returns={
        "pathlib.Path.open": "io.TextIOWrapper",
        **each("pathlib.Path", f"{PATH_TO_PATH} cwd home", "pathlib.Path"),
        **each("pathlib.Path", "glob iterdir rglob", "iter[pathlib.Path]"),
    },
    attributes={"pathlib.Path.parent": "pathlib.Path", "pathlib.Path.parents": "iter[pathlib.Path]"},
)

OS_FILES = Library(
    source="https://docs.python.org/3/library/os.html#files-and-directories",
    calls=(
        Blocks(
            "ORC305",
            "os",
            "access chdir chmod chown copy_file_range fchmod fchown fdatasync fstat fsync ftruncate lchown "
            "link listdir lstat makedirs mkdir mkfifo open pread pwrite read readlink remove removedirs "
            "rename renames replace rmdir scandir sendfile stat statvfs symlink sync truncate unlink utime "
            "walk fwalk write",
        ),
        Blocks(
            "ORC305",
            "os.path",
            "exists getatime getctime getmtime getsize isdir isfile islink ismount lexists realpath samefile",
        ),
        Blocks("ORC305", "glob.glob glob.iglob"),
    ),
    aliases={"posixpath": "os.path", "ntpath": "os.path"},
    returns={"os.scandir": "iter[os.DirEntry]"},
)

SHUTIL = Library(
    source="https://docs.python.org/3/library/shutil.html",
    calls=(
        Blocks(
            "ORC305",
            "shutil",
            "chown copy copy2 copyfile copyfileobj copymode copystat copytree disk_usage make_archive move "
            "rmtree unpack_archive which",
        ),
    ),
)

TEMPFILE = Library(
    source="https://docs.python.org/3/library/tempfile.html",
    calls=(
        Blocks("ORC305", "tempfile", "NamedTemporaryFile TemporaryDirectory TemporaryFile mkdtemp mkstemp"),
        Blocks("ORC305", "tempfile.TemporaryDirectory", "cleanup"),
    ),
    returns={
        "tempfile.NamedTemporaryFile": "io.BufferedRandom",
        "tempfile.TemporaryFile": "io.BufferedRandom",
        "tempfile.mkdtemp": "str",
    },
    enters={"tempfile.TemporaryDirectory": "str"},
)

ARCHIVES = Library(
    source="https://docs.python.org/3/library/archiving.html",
    calls=(
        Blocks(
            "ORC305",
            "zipfile.ZipFile tarfile.TarFile tarfile.open zipfile.is_zipfile tarfile.is_tarfile",
            unless=(Argument("file", 0, types=IN_MEMORY), Argument("fileobj", 2, types=IN_MEMORY)),
        ),
        Blocks("ORC305", "zipfile.ZipFile", "extract extractall read testzip write writestr"),
        Blocks(
            "ORC305",
            "tarfile.TarFile",
            "add addfile extract extractall getmember getmembers getnames list next",
        ),
    ),
    aliases={"tarfile.TarFile.open": "tarfile.open"},
    returns={"tarfile.open": "tarfile.TarFile"},
)

PROCESSES = Library(
    source="https://docs.python.org/3/library/subprocess.html",
    calls=(
        Blocks("ORC304", "subprocess", "Popen call check_call check_output getoutput getstatusoutput run"),
        Blocks("ORC304", "subprocess.Popen", "communicate"),
        Blocks("ORC304", "subprocess.Popen", "wait", unless=_never_with_timeout_zero(0)),
        Blocks(
            "ORC304",
            "os",
            "popen spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe system wait wait3 wait4 waitid",
        ),
        Blocks("ORC304", "os.waitpid", unless=(Argument("options", 1, names=("os.WNOHANG",)),)),
        Blocks("ORC304", "pty.spawn"),
    ),
    leaving=(Blocks("ORC304", "subprocess.Popen"),),
)

SLEEP = Library(
    source="https://docs.python.org/3/library/time.html#time.sleep",
    calls=(
        Blocks("ORC303", "time.sleep"),
        Blocks("ORC303", "sched.scheduler", "run", unless=(Argument("blocking", 0, values=(False,)),)),
    ),
    returns={"sched.scheduler": "sched.scheduler"},
)

LOCKS = "threading.Lock threading.RLock threading.Semaphore"

THREADING = Library(
    source="https://docs.python.org/3/library/threading.html",
    calls=(
        Blocks("ORC307", f"{LOCKS} threading.Condition", "acquire", "a lock", _without_waiting("blocking", 0)),
        Blocks(
            "ORC307",
            "threading.Condition threading.Event threading.Barrier",
            "wait",
            unless=_never_with_timeout_zero(0),
        ),
        Blocks("ORC307", "threading.Condition", "wait_for", unless=_never_with_timeout_zero(1)),
        Blocks("ORC307", "threading.Thread", "join", "the end of a thread", _never_with_timeout_zero(0)),
    ),
    entering=(Blocks("ORC307", f"{LOCKS} threading.Condition", what="a lock"),),
    bases={"threading.BoundedSemaphore": "threading.Semaphore", "threading.Timer": "threading.Thread"},
    aliases={
        "_thread.RLock": "threading.RLock",
        "_thread.allocate_lock": "threading.Lock",
        "_thread.LockType": "threading.Lock",
    },
    offloading={
        "threading.Thread": Callee(1, "target"),
        "threading.Timer": Callee(1, "function"),
        "_thread.start_new_thread": Callee(0),
    },
)

QUEUE = Library(
    source="https://docs.python.org/3/library/queue.html",
    calls=(
        Blocks("ORC307", "queue.Queue queue.SimpleQueue", "get", "a queue", _without_waiting("block", 0)),
        Blocks("ORC307", "queue.Queue", "put", "a queue", _without_waiting("block", 1)),
        Blocks("ORC307", "queue.Queue", "join", "a queue"),
    ),
    bases={"queue.LifoQueue": "queue.Queue", "queue.PriorityQueue": "queue.Queue"},
)

EXECUTORS = "concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor"

# The end of `with ThreadPoolExecutor() as pool:` waits as well. It is no row: the documentation of asyncio
# itself awaits `loop.run_in_executor(pool, f)` in such a block, and then nothing is left to wait for.
FUTURES = Library(
    source="https://docs.python.org/3/library/concurrent.futures.html",
    calls=(
        Blocks(
            "ORC307",
            "concurrent.futures.Future",
            "exception result",
            "the result of a future",
            _never_with_timeout_zero(0),
        ),
        Blocks("ORC307", "concurrent.futures.wait", what="futures", unless=_never_with_timeout_zero(1)),
        Blocks("ORC307", "concurrent.futures.as_completed", what="futures"),
        Blocks(
            "ORC307",
            "concurrent.futures.Executor",
            "shutdown",
            "the end of an executor",
            (Argument("wait", 0, values=(False,)),),
        ),
    ),
    # `map` starts everything at once; whoever looks at its results waits for them.
    iterating=(Blocks("ORC307", "concurrent.futures.Executor.map[results]", what="the results of an executor"),),
    aliases={
        "concurrent.futures._base": "concurrent.futures",
        "concurrent.futures.process.ProcessPoolExecutor": "concurrent.futures.ProcessPoolExecutor",
        "concurrent.futures.thread.ThreadPoolExecutor": "concurrent.futures.ThreadPoolExecutor",
    },
    bases=each(EXECUTORS, "", "concurrent.futures.Executor"),
    returns={
        "concurrent.futures.Executor.map": "concurrent.futures.Executor.map[results]",
        "concurrent.futures.Executor.submit": "concurrent.futures.Future",
        "concurrent.futures.as_completed": "iter[concurrent.futures.Future]",
        "concurrent.futures.wait": "tuple[iter[concurrent.futures.Future], iter[concurrent.futures.Future]]",
    },
    offloading={
        "concurrent.futures.Executor.map": Callee(0, "fn"),
        "concurrent.futures.Executor.submit": Callee(0, "fn"),
    },
)

PIPE_END = "multiprocessing.connection.Connection"
POOL_RUNS = "apply apply_async imap imap_unordered map map_async starmap starmap_async"

MULTIPROCESSING = Library(
    source="https://docs.python.org/3/library/multiprocessing.html",
    calls=(
        Blocks("ORC307", "multiprocessing.Process", "join", "the end of a process", _never_with_timeout_zero(0)),
        Blocks("ORC307", "multiprocessing.pool.Pool", "apply join map starmap", "a process pool"),
        Blocks("ORC307", "multiprocessing.pool.AsyncResult", "get wait", unless=_never_with_timeout_zero(0)),
        Blocks("ORC307", "multiprocessing.queues.Queue", "get", "a queue", _without_waiting("block", 0)),
        Blocks("ORC307", "multiprocessing.queues.Queue", "put", "a queue", _without_waiting("block", 1)),
        Blocks("ORC307", "multiprocessing.queues.JoinableQueue", "join", "a queue"),
        Blocks("ORC307", "multiprocessing.queues.SimpleQueue", "get", "a queue"),
        Blocks("ORC307", "multiprocessing.synchronize.SemLock", "acquire", "a lock", _without_waiting("block", 0)),
        Blocks("ORC307", "multiprocessing.synchronize.Event", "wait", unless=_never_with_timeout_zero(0)),
        Blocks("ORC307", "multiprocessing.connection.Connection", "recv recv_bytes"),
        Blocks("ORC307", "multiprocessing.connection.wait", unless=_never_with_timeout_zero(1)),
        Blocks("ORC306", "multiprocessing.connection.Client"),
    ),
    entering=(Blocks("ORC307", "multiprocessing.synchronize.SemLock", what="a lock"),),
    aliases={"multiprocessing.pool.ApplyResult": "multiprocessing.pool.AsyncResult"},
    bases={
        "multiprocessing.pool.ThreadPool": "multiprocessing.pool.Pool",
        "multiprocessing.queues.JoinableQueue": "multiprocessing.queues.Queue",
        **each("multiprocessing.synchronize", "Lock RLock Semaphore", "multiprocessing.synchronize.SemLock"),
        "multiprocessing.synchronize.BoundedSemaphore": "multiprocessing.synchronize.Semaphore",
    },
    returns={
        **{
            f"multiprocessing.{name}": f"multiprocessing.synchronize.{name}"
            for name in ("BoundedSemaphore", "Event", "Lock", "RLock", "Semaphore")
        },
        **{
            f"multiprocessing.{name}": f"multiprocessing.queues.{name}"
            for name in ("JoinableQueue", "Queue", "SimpleQueue")
        },
        "multiprocessing.Pipe": f"tuple[{PIPE_END}, {PIPE_END}]",
        "multiprocessing.Pool": "multiprocessing.pool.Pool",
        "multiprocessing.connection.Client": "multiprocessing.connection.Connection",
        **each(
            "multiprocessing.pool.Pool",
            "apply_async map_async starmap_async",
            "multiprocessing.pool.AsyncResult",
        ),
    },
    offloading={
        "multiprocessing.Process": Callee(1, "target"),
        **{f"multiprocessing.pool.Pool.{name}": Callee(0, "func") for name in POOL_RUNS.split()},
    },
)

WAITING = Library(
    source="https://docs.python.org/3/library/functions.html#input",
    calls=(
        Blocks("ORC307", "input getpass.getpass", what="the user"),
        Blocks("ORC307", "signal", "pause sigtimedwait sigwait sigwaitinfo", "a signal"),
        Blocks("ORC307", "select.select", unless=(Argument("timeout", 3, values=(0,)),)),
        Blocks("ORC307", "selectors.BaseSelector", "select", unless=_never_with_timeout_zero(0)),
    ),
    bases=each(
        "selectors",
        "DefaultSelector EpollSelector PollSelector SelectSelector",
        "selectors.BaseSelector",
    ),
)

LOOP = "asyncio.AbstractEventLoop"

ASYNCIO = Library(
    source="https://docs.python.org/3/library/asyncio-eventloop.html",
    calls=(
        Blocks("ORC307", "asyncio.run", what="an event loop of its own"),
        Blocks("ORC307", "asyncio.Runner", "run", "an event loop of its own"),
        Blocks("ORC307", LOOP, "run_forever run_until_complete", "an event loop"),
    ),
    aliases={
        "asyncio.events": "asyncio",
        "asyncio.futures": "asyncio",
        "asyncio.locks": "asyncio",
        "asyncio.queues": "asyncio",
        "asyncio.runners": "asyncio",
        "asyncio.tasks": "asyncio",
        "asyncio.threads": "asyncio",
    },
    bases={
        "asyncio.BaseEventLoop": LOOP,
        "asyncio.BoundedSemaphore": "asyncio.Semaphore",
        "asyncio.LifoQueue": "asyncio.Queue",
        "asyncio.PriorityQueue": "asyncio.Queue",
        "asyncio.SelectorEventLoop": LOOP,
        "asyncio.Task": "asyncio.Future",
    },
    returns={
        **each("asyncio", "get_event_loop get_running_loop new_event_loop", LOOP),
        "asyncio.Runner.get_loop": LOOP,
        "asyncio.run_coroutine_threadsafe": "concurrent.futures.Future",
    },
    awaitable=(
        "asyncio.Future",
        "asyncio.Task",
        "asyncio.create_subprocess_exec",
        "asyncio.create_subprocess_shell",
        "asyncio.create_task",
        "asyncio.ensure_future",
        "asyncio.gather",
        "asyncio.open_connection",
        "asyncio.open_unix_connection",
        "asyncio.shield",
        "asyncio.sleep",
        "asyncio.start_server",
        "asyncio.start_unix_server",
        "asyncio.to_thread",
        "asyncio.wait",
        "asyncio.wait_for",
        "asyncio.wrap_future",
        "asyncio.Barrier.wait",
        "asyncio.Condition.acquire",
        "asyncio.Condition.wait",
        "asyncio.Condition.wait_for",
        "asyncio.Event.wait",
        "asyncio.Lock.acquire",
        "asyncio.Queue.get",
        "asyncio.Queue.join",
        "asyncio.Queue.put",
        "asyncio.Semaphore.acquire",
        "asyncio.StreamReader.read",
        "asyncio.StreamReader.readexactly",
        "asyncio.StreamReader.readline",
        "asyncio.StreamReader.readuntil",
        "asyncio.StreamWriter.drain",
        "asyncio.StreamWriter.wait_closed",
        "asyncio.TaskGroup.create_task",
        "asyncio.subprocess.Process.communicate",
        "asyncio.subprocess.Process.wait",
        *members(
            f"{LOOP}",
            "connect_accepted_socket create_connection create_datagram_endpoint create_future create_server "
            "create_task getaddrinfo getnameinfo run_in_executor sendfile shutdown_asyncgens "
            "shutdown_default_executor sock_accept sock_connect sock_recv sock_sendall start_tls "
            "subprocess_exec "
            "subprocess_shell",
        ),
    ),
    offloading={
        "asyncio.to_thread": Callee(0, "func"),
        f"{LOOP}.run_in_executor": Callee(1, "func"),
    },
    # The loop calls these itself, so a blocking one blocks it, only a little later.
    in_place={
        "asyncio.Future.add_done_callback": Callee(0),
        f"{LOOP}.call_at": Callee(1, "callback"),
        f"{LOOP}.call_later": Callee(1, "callback"),
        f"{LOOP}.call_soon": Callee(0, "callback"),
        f"{LOOP}.call_soon_threadsafe": Callee(0, "callback"),
    },
)

FUNCTIONS = Library(
    source="https://docs.python.org/3/library/functions.html",
    in_place={
        "filter": Callee(0, each=1),
        "list.sort": Callee(None, "key"),
        "map": Callee(0, each=1),
        "max": Callee(None, "key", each=0),
        "min": Callee(None, "key", each=0),
        "sorted": Callee(None, "key", each=0),
        "contextlib.AsyncExitStack.callback": Callee(0),
        "contextlib.ExitStack.callback": Callee(0),
        "contextvars.Context.run": Callee(0),
        "functools.reduce": Callee(0),
        "heapq.merge": Callee(None, "key", each=0),
        "heapq.nlargest": Callee(2, "key", each=1),
        "heapq.nsmallest": Callee(2, "key", each=1),
        "itertools.accumulate": Callee(1, "func"),
        "itertools.dropwhile": Callee(0, each=1),
        "itertools.filterfalse": Callee(0, each=1),
        "itertools.groupby": Callee(1, "key", each=0),
        "itertools.starmap": Callee(0),
        "itertools.takewhile": Callee(0, each=1),
        "json.dumps": Callee(None, "default"),
        "json.loads": Callee(None, "object_hook"),
        "re.Pattern.sub": Callee(0, "repl"),
        "re.Pattern.subn": Callee(0, "repl"),
        "re.sub": Callee(1, "repl"),
        "re.subn": Callee(1, "repl"),
    },
    returns={"contextvars.copy_context": "contextvars.Context", "re.compile": "re.Pattern"},
    passes={"copy.copy": 0, "typing.assert_type": 0, "typing.cast": 1},
    enters_argument={
        "contextlib.AsyncExitStack.enter_context": 0,
        "contextlib.ExitStack.enter_context": 0,
        "contextlib.closing": 0,
        "contextlib.nullcontext": 0,
    },
)

LIBRARIES = (
    FILES,
    PATHLIB,
    OS_FILES,
    SHUTIL,
    TEMPFILE,
    ARCHIVES,
    PROCESSES,
    SLEEP,
    THREADING,
    QUEUE,
    FUTURES,
    MULTIPROCESSING,
    WAITING,
    ASYNCIO,
    FUNCTIONS,
)
