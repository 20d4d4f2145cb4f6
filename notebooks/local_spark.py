"""Provides `spark` for the notebooks on a laptop without PySpark: Spark runs in this process, through JPype.

It offers only what the notebooks use: `spark.sql`, `spark.table`, `spark.read.format(...).load(...)`, and on their
results `toPandas()` and `createOrReplaceTempView(name)`. On Synapse, Fabric and Databricks, the notebooks use the platform's own
`spark`, and this file is not needed.

It needs the packages pandas and jpype (Debian: python3-pandas, python3-jpype), a JDK 17, and a built project: any command
of scripts/submit.sh builds it.
"""
import glob
import json
import pathlib
import shlex

import jpype
import pandas

PROJECT = pathlib.Path(__file__).resolve().parent.parent


class Frame:
    """The result of a Spark query."""

    def __init__(self, dataset):
        self._dataset = dataset

    def createOrReplaceTempView(self, name):
        self._dataset.createOrReplaceTempView(name)

    def toPandas(self):
        types = {str(field.name()): str(field.dataType().typeName()) for field in self._dataset.schema().fields()}
        rows = [json.loads(str(row)) for row in self._dataset.toJSON().collectAsList()]
        frame = pandas.DataFrame(rows, columns=list(types))
        for name, kind in types.items():
            if kind == "timestamp":
                # Like PySpark: without a time zone, in that of the session, which is UTC.
                frame[name] = pandas.to_datetime(frame[name], utc=True).dt.tz_localize(None)
        return frame


class Reader:
    def __init__(self, reader):
        self._reader = reader

    def format(self, name):
        return Reader(self._reader.format(name))

    def load(self, path):
        return Frame(self._reader.load(path))


class LocalSpark:
    def __init__(self, session):
        self._session = session

    def sql(self, query):
        return Frame(self._session.sql(query))

    def table(self, name):
        return Frame(self._session.table(name))

    @property
    def read(self):
        return Reader(self._session.read())


def _class_path():
    jars = [jar for jar in glob.glob(str(PROJECT / "target" / "lambda-analytics-*.jar")) if not jar.endswith("-app.jar")]
    listed = PROJECT / "target" / "local.classpath"
    if not jars or not listed.exists():
        raise RuntimeError("The project is not built: run scripts/submit.sh status --help once")
    # JPype's Java classes, which Debian's package installs separately from the module.
    support = [pathlib.Path("/usr/share/java/org.jpype.jar"), pathlib.Path(jpype.__file__).parent.parent / "org.jpype.jar"]
    return jars + listed.read_text().strip().split(":") + [str(jar) for jar in support if jar.exists()]


def start(lake_root, conf=None):
    """Starts Spark over a lake, with the unified view of each metrics view whose tables exist."""
    if not jpype.isJVMStarted():
        options = [line for line in (PROJECT / "conf" / "jvm.options").read_text().splitlines() if line.startswith("-")]
        jpype.startJVM(
            *shlex.split(" ".join(options)),
            "-Xmx2g",
            f"-Dlog4j2.configurationFile={PROJECT / 'conf' / 'log4j2.properties'}",
            classpath=_class_path(),
        )
    java = jpype.JPackage("java")
    settings = jpype.JClass("common.settings.Settings").load(
        java.util.Optional.ofNullable(java.nio.file.Path.of(conf) if conf else None),
        java.util.Map.of("lake.root", str(lake_root)),
    )
    session = jpype.JClass("common.session.Session").of("notebook", settings).spark()
    lake = jpype.JClass("common.lake.Lake")(session, settings.lakeRoot())
    dialect = jpype.JClass("serving.sql.SparkDialect")(lake)
    unified = jpype.JClass("serving.sql.UnifiedView")
    for view in settings.views().all():
        tables = lake.of(view)
        if tables.exist():
            statement = unified(view, tables.batch().schema(), dialect, settings.serving().settle()).create()
            session.sql(str(statement).strip().rstrip(";"))
    return LocalSpark(session)
