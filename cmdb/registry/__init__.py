"""The type registry as stored: seeding the default pack, applying types at run time, with a check that what is live still fits."""
