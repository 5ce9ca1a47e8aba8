PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE store_info (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
)
 WITHOUT ROWID

;
INSERT INTO store_info VALUES('schema_version','1');
CREATE TABLE spool_file (
	name TEXT NOT NULL, 
	"offset" BIGINT NOT NULL, 
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
INSERT INTO spool_file VALUES('01a21488-c78f-7d23-81e3-cfb5b6bf48e3-000001.jsonl',4175);
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
INSERT INTO process VALUES(1,'01a21488-c78f-7d23-81e3-cfb5b6bf48e3','h',9202,'3.11.7','u',1795640838042703230,1,1,0);
CREATE TABLE environment (
	id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	python TEXT NOT NULL, 
	packages TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
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
CREATE TABLE component (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	owner TEXT, 
	description TEXT NOT NULL, 
	declared_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO component VALUES(1,'make',NULL,'',1795640838042463062);
INSERT INTO component VALUES(2,'use',NULL,'',1795640838046551676);
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
	PRIMARY KEY (id), 
	UNIQUE (uid)
);
INSERT INTO run VALUES(1,X'01a21488c78f7d9081e3cfb5b6bf48e3',1,1,'succeeded',1795640838031928678,1795640838045768839,427037,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,'[0]');
INSERT INTO run VALUES(2,X'01a21488c79e744281e3cfb5b6bf48e3',2,1,'succeeded',1795640838046362294,1795640838046769461,26660,NULL,2,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE artifact (
	id INTEGER NOT NULL, 
	identity TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (identity)
);
INSERT INTO artifact VALUES(1,'/data/d');
INSERT INTO artifact VALUES(2,'/data/d/a.txt');
INSERT INTO artifact VALUES(3,'/data/d/b.txt');
INSERT INTO artifact VALUES(4,'n');
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
INSERT INTO version VALUES(1,1,'7174f8ca0967cc464a056ae213683fca','file',0,NULL,NULL,NULL,1);
INSERT INTO version VALUES(2,1,'13a10fcfc43283f37e984b75b42bb49e','file',2,NULL,NULL,NULL,0);
INSERT INTO version VALUES(3,2,'d63bd9a826af91c1fea371965a64e11e','file',1,NULL,NULL,NULL,0);
INSERT INTO version VALUES(4,3,'813e9b729141e7f385afa0a2d0df3e6c','file',1,NULL,NULL,NULL,0);
INSERT INTO version VALUES(5,4,'be4aaa919c55114983239a9facae968d','value',9,NULL,NULL,'["float"]',1);
CREATE TABLE read (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	artifact_id INTEGER NOT NULL, 
	name TEXT, 
	at BIGINT NOT NULL, 
	reason TEXT, 
	producer_id INTEGER, 
	PRIMARY KEY (id), 
	UNIQUE (run_id, position)
);
INSERT INTO read VALUES(1,2,0,2,1,'d',1795640838046362294,NULL,1);
INSERT INTO read VALUES(2,2,-1,3,2,'d/a.txt',1795640838046362294,NULL,1);
INSERT INTO read VALUES(3,2,-2,4,3,'d/b.txt',1795640838046362294,NULL,1);
CREATE TABLE write (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	artifact_id INTEGER NOT NULL, 
	name TEXT, 
	at BIGINT NOT NULL, 
	reason TEXT, 
	in_place BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (run_id, position)
);
INSERT INTO write VALUES(1,1,0,2,1,'d',1795640838045768839,NULL,0);
INSERT INTO write VALUES(2,1,-1,3,2,'d/a.txt',1795640838045768839,NULL,0);
INSERT INTO write VALUES(3,1,-2,4,3,'d/b.txt',1795640838045768839,NULL,0);
INSERT INTO write VALUES(4,2,0,5,4,NULL,1795640838046769461,NULL,0);
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
CREATE INDEX run_by_start ON run (started_at);
CREATE INDEX run_by_component ON run (component_id, started_at);
CREATE INDEX run_unfinished ON run (process_id) WHERE status = 'running';
CREATE INDEX version_by_digest ON version (digest);
CREATE INDEX read_by_version ON read (version_id, at);
CREATE INDEX read_downstream ON read (producer_id, run_id);
CREATE INDEX read_upstream ON read (run_id, producer_id);
CREATE INDEX read_by_artifact ON read (artifact_id, at);
CREATE INDEX write_by_artifact ON write (artifact_id, at);
CREATE INDEX write_by_version ON write (version_id, at);
CREATE INDEX output_id_by_run ON output_id (run_id);
CREATE INDEX note_by_run ON note (run_uid, at);
COMMIT;
