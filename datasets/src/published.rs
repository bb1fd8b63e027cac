//! Small tables as papers print them.

/// How many of 1,000 high-end customers of a subscription business were left in years 1 to 8. Source: P. S. Fader,
/// B. G. S. Hardie (2007), How to project customer retention, *Journal of Interactive Marketing* 21(1), 76–90, table 1
/// (there in percent).
pub const HIGH_END: [f64; 8] = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];

/// The same of 1,000 regular customers, from the same table.
pub const REGULAR: [f64; 8] = [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0];
