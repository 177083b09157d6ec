// Browsers that are signed in, and one-time sign-in links (cmdb_app/access).

CREATE CONSTRAINT session_digest IF NOT EXISTS FOR (n:Session) REQUIRE n.digest IS UNIQUE;
CREATE INDEX session_user IF NOT EXISTS FOR (n:Session) ON (n.user);
CREATE CONSTRAINT sign_in_link_digest IF NOT EXISTS FOR (n:SignInLink) REQUIRE n.digest IS UNIQUE;
CREATE INDEX job_state IF NOT EXISTS FOR (n:Job) ON (n.state);
