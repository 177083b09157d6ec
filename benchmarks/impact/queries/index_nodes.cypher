// mode: write
// params: none
// returns: none
CREATE CONSTRAINT node_n IF NOT EXISTS FOR (v:Node) REQUIRE v.n IS UNIQUE
