//! Persistency: how loyal customers are, for how long, and where loyalty goes.
