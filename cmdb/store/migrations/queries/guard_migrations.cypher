// One node for each applied migration and one for the lock. Idempotent; run before anything else.
// mode: write
// params: none
// returns: none
CREATE CONSTRAINT migration_name IF NOT EXISTS FOR (n:Migration) REQUIRE n.name IS UNIQUE
