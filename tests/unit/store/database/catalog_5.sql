BEGIN TRANSACTION;
CREATE TABLE alert (
	id TEXT NOT NULL, 
	monitor TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	point TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	component TEXT, 
	owner TEXT, 
	artifact TEXT, 
	digest TEXT, 
	columns TEXT, 
	run_uid BLOB, 
	value FLOAT, 
	threshold FLOAT, 
	message TEXT NOT NULL, 
	began_at BIGINT NOT NULL, 
	opened_at BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	changed_by TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	snoozed_until BIGINT, 
	resolved_at BIGINT, 
	verdict TEXT, 
	incident TEXT NOT NULL, 
	role TEXT NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID

;
INSERT INTO "alert" VALUES('629dc0ae3576','rows','clean','clean@bc3885af14e7 2026-11-26 13:11:59.636264','volume','warning','clean','data-eng','clean','bc3885af14e7d3e866fc62bebcc441e5',NULL,X'01A217FBFB4A799E96E22A0AD8FAE066',2.0,5.0,'2 rows; at least 5 are expected',1795698719636264000,1795698720439931132,'acknowledged',1795698720506702980,'ann','we know',NULL,NULL,NULL,'629dc0ae3576','cause');
CREATE TABLE alert_change (
	alert TEXT NOT NULL, 
	uid TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	what TEXT NOT NULL, 
	changed_by TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	point TEXT NOT NULL, 
	until BIGINT, 
	verdict TEXT, 
	incident TEXT, 
	role TEXT, 
	opening TEXT, 
	PRIMARY KEY (alert, uid)
)
 WITHOUT ROWID

;
INSERT INTO "alert_change" VALUES('629dc0ae3576','opened',1795698720439931132,'opened','monitor','2 rows; at least 5 are expected','clean@bc3885af14e7 2026-11-26 13:11:59.636264',NULL,NULL,NULL,NULL,'{"monitor":"rows","kind":"volume","subject":"clean","severity":"warning","made":1795698719636264000,"owner":"data-eng","value":2.0,"threshold":5.0,"message":"2 rows; at least 5 are expected","where":{"component":"clean","artifact":"clean","digest":"bc3885af14e7d3e866fc62bebcc441e5","run":"01a217fb-fb4a-799e-96e2-2a0ad8fae066"}}');
INSERT INTO "alert_change" VALUES('629dc0ae3576','person:acknowledged:1795698720506702980:ann',1795698720506702980,'acknowledged','ann','we know','',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE artifact (
	id INTEGER NOT NULL, 
	identity TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (identity)
);
INSERT INTO "artifact" VALUES(1,'raw');
INSERT INTO "artifact" VALUES(2,'clean');
INSERT INTO "artifact" VALUES(3,'loaded');
CREATE TABLE check_interval (
	component_id INTEGER NOT NULL, 
	started_at BIGINT NOT NULL, 
	process_id INTEGER NOT NULL, 
	check_name TEXT NOT NULL, 
	test TEXT NOT NULL, 
	num_passed BIGINT NOT NULL, 
	num_failed BIGINT NOT NULL, 
	num_errors BIGINT NOT NULL, 
	num_skipped BIGINT NOT NULL, 
	PRIMARY KEY (component_id, started_at, process_id, check_name, test)
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
CREATE TABLE component (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	owner TEXT, 
	description TEXT NOT NULL, 
	is_anonymising BOOLEAN DEFAULT 0 NOT NULL, 
	declared_at BIGINT NOT NULL, 
	num_runs BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "component" VALUES(1,'clean','data-eng','',0,1795698719574868840,1);
INSERT INTO "component" VALUES(2,'load',NULL,'',0,1795698719637106339,1);
CREATE TABLE component_tag (
	tag TEXT NOT NULL, 
	component_id INTEGER NOT NULL, 
	PRIMARY KEY (tag, component_id)
)
 WITHOUT ROWID

;
INSERT INTO "component_tag" VALUES('flights',1);
CREATE TABLE delivery (
	notifier TEXT NOT NULL, 
	notice TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	num_attempts INTEGER NOT NULL, 
	next_at BIGINT, 
	incident TEXT, 
	what TEXT NOT NULL, 
	error TEXT NOT NULL, 
	PRIMARY KEY (notifier, notice)
)
 WITHOUT ROWID

;
CREATE TABLE drift_acceptance (
	digest TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	is_accepted BOOLEAN NOT NULL, 
	reason TEXT NOT NULL, 
	accepted_by TEXT NOT NULL, 
	PRIMARY KEY (digest)
)
 WITHOUT ROWID

;
CREATE TABLE drift_judgement (
	monitor TEXT NOT NULL, 
	table_name TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	made_at BIGINT NOT NULL, 
	run_uid BLOB, 
	partition TEXT NOT NULL, 
	method TEXT NOT NULL, 
	score FLOAT, 
	threshold FLOAT, 
	p_value FLOAT, 
	is_drift BOOLEAN NOT NULL, 
	num_history INTEGER NOT NULL, 
	reference BLOB NOT NULL, 
	settings TEXT NOT NULL, 
	details BLOB NOT NULL, 
	PRIMARY KEY (monitor, table_name, digest)
);
CREATE TABLE environment (
	id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	python TEXT NOT NULL, 
	packages TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO "environment" VALUES(1,'5ffea2a81c24ca91e1d64d1f476c957b','3.11.7','{"numpy":"2.4.6","pandas":"3.1.1"}');
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
INSERT INTO "flag" VALUES('version','loaded','bc3885af14e7d3e866fc62bebcc441e5',1795698720371748031,1,'odd','ann');
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
CREATE TABLE monitor (
	name TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	settings TEXT NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	declared_by TEXT NOT NULL, 
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
INSERT INTO "monitor" VALUES('rows',1795698720419103214,'volume','{"kind":"volume","name":"rows","table":"clean","min_rows":5}',1,'ann');
CREATE TABLE note (
	uid TEXT NOT NULL, 
	run_uid BLOB NOT NULL, 
	at BIGINT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (uid)
);
CREATE TABLE observation (
	monitor TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	point TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	made_at BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	value FLOAT, 
	threshold FLOAT, 
	message TEXT NOT NULL, 
	component TEXT, 
	artifact TEXT, 
	digest TEXT, 
	columns TEXT, 
	run_uid BLOB, 
	PRIMARY KEY (monitor, subject, point)
)
 WITHOUT ROWID

;
INSERT INTO "observation" VALUES('rows','clean','clean@bc3885af14e7 2026-11-26 13:11:59.636264',1795698720433805000,1795698719636264000,'bad',2.0,5.0,'2 rows; at least 5 are expected','clean','clean','bc3885af14e7d3e866fc62bebcc441e5',NULL,X'01A217FBFB4A799E96E22A0AD8FAE066');
CREATE TABLE output_id (
	output TEXT NOT NULL, 
	run_id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (output, run_id)
)
 WITHOUT ROWID

;
CREATE TABLE pin (
	run_uid BLOB NOT NULL, 
	at BIGINT NOT NULL, 
	is_pinned BOOLEAN NOT NULL, 
	reason TEXT NOT NULL, 
	pinned_by TEXT NOT NULL, 
	PRIMARY KEY (run_uid)
)
 WITHOUT ROWID

;
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
	PRIMARY KEY (id), 
	UNIQUE (uid)
);
INSERT INTO "process" VALUES(1,'01a217fb-fb4a-7869-96e2-2a0ad8fae066','h',10546,'3.11.7','ann',1795698719574936231,1,0);
INSERT INTO "process" VALUES(2,'01a217fb-fe74-73ef-96e2-2a0ad8fae066','h',10546,'3.11.7','ann',1795698720372312011,NULL,0);
CREATE TABLE process_health (
	process_id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	num_runs BIGINT NOT NULL, 
	overhead_ns BIGINT NOT NULL, 
	dropped TEXT, 
	faults TEXT, 
	not_kept TEXT, 
	profiling_ns BIGINT NOT NULL, 
	profiles TEXT, 
	not_profiled TEXT, 
	PRIMARY KEY (process_id)
);
CREATE TABLE profile (
	digest TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	num_rows BIGINT NOT NULL, 
	num_profiled_rows BIGINT NOT NULL, 
	seconds FLOAT NOT NULL, 
	content BLOB NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "profile" VALUES('bc3885af14e7d3e866fc62bebcc441e5',1795698719642210417,2,2,0.004751022,X'9302C5020328B52FFD64E401AD0F00A6D961441091D30618C3DE45803CC9E25200EBEFBB03C7F580BF6747167C3C580D2CA237B348E2565A39230964935D863CC4C9946B704C14E1E7C14824B18A86E45024791245D252500053004E0090BA5818E0CC0E0B3890A2AE173042BA930D24A0C6A992433F50225139226D5D11BD84A2F619B67DD68944222EA63FEBAC9DEE258B6F2987DD48D292BD263DD56E2ED3FD548B4D8EB29CBC2612F1284413EE5089AFCC5278086FF33B8B6FFE2D84B311063DD619951EB44611DD9736CEC9DDEEFE8C74D42293C97094AE0023DE868A1B274C643041A07148C04033A0444A99525EDB66BCD8A7DA1619352C5450D1A020344A1B4B585C4400E129A10200EE0CDFECAE819BC69FDABD00DC31D7DED36B95E4E35F22711C797AAB7D13070F70AC9A07857D91C9D1950E8F1142014306C5992F4CE0642A6726E14E043D76A54BEEEEEEEEDB566B1F5B01933DE0DE6CAAA7413CE0B63604E0DE542F77C06D41A89EB6AA97AD06D5D31E1AD7FEA85E0699716D4B6F1204C0E4986B7FBCEA6994FB9AC434721F3A770AEEEF042E206002295577030968BC8D33EDEAAC62DEC1E316F2A1343FCE5A1FDC31C0E27FBBDDD96C81116C2C588130EFE58AA3F730E83A9DC78FBDB97060816CDB0052CA23DBB24C4CFBA8CBF5C47E911D2C1B29DD2221C99A48237391D8131E0D5E1C4A7003031BD0387C831706B91B1D2BC49928B52FFD2496650400E4079294020081A37374720281A47465787494960200030306A23138C4034A464BC4034C47419393C3C41108D27A209AAC3CD4811422742580E91777C40301010192A34A464BA34C4741C0A7666C6F617436340281A66E756D6265729399020000000002CB3FF00000CB401400C2929340C4110800F024BF00C403010101C0C00400383BE0342BF364B18219E4086291');
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
INSERT INTO "read" VALUES(1,1,0,0,1,1,NULL,1795698719562660942,NULL,NULL);
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
	params_id INTEGER, 
	metrics TEXT, 
	error_type TEXT, 
	error_message TEXT, 
	error_traceback TEXT, 
	unread TEXT, 
	pruned_at BIGINT, 
	PRIMARY KEY (id), 
	UNIQUE (uid)
);
INSERT INTO "run" VALUES(1,X'01A217FBFB4A799E96E22A0AD8FAE066',1,1,'succeeded',1795698719562660942,1795698719636264183,2446988,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "run" VALUES(2,X'01A217FBFB95712796E22A0AD8FAE066',2,1,'succeeded',1795698719637088552,1795698719637432855,269692,NULL,NULL,NULL,'{"month":1}',NULL,'{"rows":2.0}',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE run_interval (
	component_id INTEGER NOT NULL, 
	started_at BIGINT NOT NULL, 
	process_id INTEGER NOT NULL, 
	seconds FLOAT NOT NULL, 
	num_runs BIGINT NOT NULL, 
	num_failed BIGINT NOT NULL, 
	total_ns BIGINT NOT NULL, 
	min_ns BIGINT NOT NULL, 
	max_ns BIGINT NOT NULL, 
	durations TEXT, 
	errors TEXT, 
	PRIMARY KEY (component_id, started_at, process_id)
)
 WITHOUT ROWID

;
CREATE TABLE shared_text (
	id INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	text TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO "shared_text" VALUES(1,X'6A2B06C2715791F3BC455A1CC2737400','["origin","dep_delay"]');
INSERT INTO "shared_text" VALUES(2,X'8E25237AA2AD41639BE8FBDBEBA1EB02','["str","float64"]');
CREATE TABLE skipped (
	process_id INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	num INTEGER NOT NULL, 
	PRIMARY KEY (process_id, reason)
)
 WITHOUT ROWID

;
CREATE TABLE source (
	id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	text TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO "source" VALUES(1,'eb3fe561396ef77a3181fac52992d82b',NULL);
CREATE TABLE spool_file (
	name TEXT NOT NULL, 
	"offset" BIGINT NOT NULL, 
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
INSERT INTO "spool_file" VALUES('01a217fb-fb4a-7869-96e2-2a0ad8fae066-000001.jsonl',5330);
INSERT INTO "spool_file" VALUES('01a217fb-fe74-73ef-96e2-2a0ad8fae066-000001.jsonl',1632);
CREATE TABLE store_info (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
)
 WITHOUT ROWID

;
INSERT INTO "store_info" VALUES('schema_version','5');
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
CREATE TABLE version (
	id INTEGER NOT NULL, 
	artifact_id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	size_bytes BIGINT, 
	num_rows BIGINT, 
	columns_id INTEGER, 
	dtypes_id INTEGER, 
	is_trivial BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (artifact_id, digest, kind)
);
INSERT INTO "version" VALUES(1,1,'bc3885af14e7d3e866fc62bebcc441e5','data',38,2,1,2,0);
INSERT INTO "version" VALUES(2,2,'bc3885af14e7d3e866fc62bebcc441e5','data',38,2,1,2,0);
INSERT INTO "version" VALUES(3,3,'bc3885af14e7d3e866fc62bebcc441e5','data',38,2,1,2,0);
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
INSERT INTO "write" VALUES(1,1,0,0,2,2,NULL,1795698719636264183,NULL,0);
INSERT INTO "write" VALUES(2,2,0,0,3,3,NULL,1795698719637184034,NULL,0);
CREATE INDEX run_by_component ON run (component_id, started_at);
CREATE INDEX run_by_parent ON run (parent_uid) WHERE parent_uid IS NOT NULL;
CREATE INDEX run_by_start ON run (started_at);
CREATE INDEX run_unfinished ON run (process_id) WHERE status = 'running';
CREATE INDEX version_by_digest ON version (digest);
CREATE INDEX read_by_version ON read (version_id, at);
CREATE INDEX read_upstream ON read (run_id, producer_id);
CREATE INDEX read_by_artifact ON read (artifact_id, at);
CREATE INDEX read_downstream ON read (producer_id, run_id);
CREATE INDEX write_by_version ON write (version_id, at);
CREATE INDEX write_by_artifact ON write (artifact_id, at);
CREATE INDEX output_id_by_run ON output_id (run_id);
CREATE INDEX note_by_run ON note (run_uid, at);
CREATE INDEX observation_by_time ON observation (monitor, subject, made_at);
CREATE INDEX alert_by_incident ON alert (incident);
CREATE INDEX alert_by_subject ON alert (monitor, subject, began_at);
CREATE INDEX alert_by_state ON alert (state, opened_at);
COMMIT;
