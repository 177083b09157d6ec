// The graph of docs/architecture.md: what must be unique, and what is looked up. Statements end with a semicolon at the end of a line.

// live
CREATE CONSTRAINT item_id IF NOT EXISTS FOR (n:Item) REQUIRE n.id IS UNIQUE;
CREATE INDEX item_type IF NOT EXISTS FOR (n:Item) ON (n.type);
CREATE INDEX item_name IF NOT EXISTS FOR (n:Item) ON (n.name);
CREATE INDEX item_seq IF NOT EXISTS FOR (n:Item) ON (n._seq);
CREATE CONSTRAINT record_id IF NOT EXISTS FOR (n:Record) REQUIRE n.id IS UNIQUE;
CREATE INDEX record_kind IF NOT EXISTS FOR (n:Record) ON (n.kind);

// history
CREATE CONSTRAINT item_version_key IF NOT EXISTS FOR (n:ItemVersion) REQUIRE n.key IS UNIQUE;
CREATE INDEX item_version_subject IF NOT EXISTS FOR (n:ItemVersion) ON (n.subject_id);
CREATE INDEX item_version_seq IF NOT EXISTS FOR (n:ItemVersion) ON (n.seq);
CREATE CONSTRAINT relation_version_key IF NOT EXISTS FOR (n:RelationVersion) REQUIRE n.key IS UNIQUE;
CREATE INDEX relation_version_subject IF NOT EXISTS FOR (n:RelationVersion) ON (n.subject_id);
CREATE INDEX relation_version_seq IF NOT EXISTS FOR (n:RelationVersion) ON (n.seq);
CREATE INDEX relation_version_source IF NOT EXISTS FOR (n:RelationVersion) ON (n.source);
CREATE INDEX relation_version_target IF NOT EXISTS FOR (n:RelationVersion) ON (n.target);
CREATE CONSTRAINT type_version_key IF NOT EXISTS FOR (n:TypeVersion) REQUIRE n.key IS UNIQUE;
CREATE INDEX type_version_subject IF NOT EXISTS FOR (n:TypeVersion) ON (n.subject_id);
CREATE INDEX type_version_seq IF NOT EXISTS FOR (n:TypeVersion) ON (n.seq);
CREATE CONSTRAINT record_version_key IF NOT EXISTS FOR (n:RecordVersion) REQUIRE n.key IS UNIQUE;
CREATE INDEX record_version_subject IF NOT EXISTS FOR (n:RecordVersion) ON (n.subject_id);
CREATE INDEX record_version_seq IF NOT EXISTS FOR (n:RecordVersion) ON (n.seq);

// ledger
CREATE CONSTRAINT commit_seq IF NOT EXISTS FOR (n:Commit) REQUIRE n.seq IS UNIQUE;
CREATE INDEX commit_time IF NOT EXISTS FOR (n:Commit) ON (n.time);
CREATE INDEX commit_change IF NOT EXISTS FOR (n:Commit) ON (n.change);
CREATE CONSTRAINT ledger_head_id IF NOT EXISTS FOR (n:LedgerHead) REQUIRE n.id IS UNIQUE;

// beside it
CREATE CONSTRAINT claim_key IF NOT EXISTS FOR (n:Claim) REQUIRE n.key IS UNIQUE;
CREATE INDEX claim_item IF NOT EXISTS FOR (n:Claim) ON (n.item_id);
CREATE INDEX claim_scope IF NOT EXISTS FOR (n:Claim) ON (n.source, n.scope);
CREATE INDEX claim_ref IF NOT EXISTS FOR (n:Claim) ON (n.source, n.ref);
CREATE CONSTRAINT identifier_key IF NOT EXISTS FOR (n:Identifier) REQUIRE n.key IS UNIQUE;
CREATE INDEX identifier_item IF NOT EXISTS FOR (n:Identifier) ON (n.item_id);
CREATE INDEX weak_identifier_key IF NOT EXISTS FOR (n:WeakIdentifier) ON (n.key);
CREATE INDEX weak_identifier_item IF NOT EXISTS FOR (n:WeakIdentifier) ON (n.item_id);
CREATE CONSTRAINT intake_key IF NOT EXISTS FOR (n:Intake) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT user_name IF NOT EXISTS FOR (n:User) REQUIRE n.name IS UNIQUE;
CREATE CONSTRAINT token_id IF NOT EXISTS FOR (n:Token) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT token_digest IF NOT EXISTS FOR (n:Token) REQUIRE n.digest IS UNIQUE;
CREATE CONSTRAINT session_digest IF NOT EXISTS FOR (n:Session) REQUIRE n.digest IS UNIQUE;
CREATE INDEX session_user IF NOT EXISTS FOR (n:Session) ON (n.user);
CREATE CONSTRAINT sign_in_link_digest IF NOT EXISTS FOR (n:SignInLink) REQUIRE n.digest IS UNIQUE;
CREATE CONSTRAINT job_id IF NOT EXISTS FOR (n:Job) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT job_chunk_key IF NOT EXISTS FOR (n:JobChunk) REQUIRE n.key IS UNIQUE;
CREATE INDEX job_chunk_job IF NOT EXISTS FOR (n:JobChunk) ON (n.job_id);
