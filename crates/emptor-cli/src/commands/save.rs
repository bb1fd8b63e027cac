//! What an analysis has learned, for services and databases: `save`.

use crate::args::SaveArgs;
use crate::commands::value::analyse;
use crate::config::Config;
use crate::input::Opened;
use crate::words::many;
use crate::{CliError, output};

pub(crate) fn save(opened: &Opened, args: &SaveArgs, config: &Config) -> Result<(), CliError> {
    let scorer = analyse(opened, &args.value, config)?.scorer()?;
    let scorer = args.currency.iter().fold(scorer, |scorer, currency| scorer.with_currency(currency));
    let table: Vec<&str> = args.from_table.split('.').collect();
    let text = match args.sql {
        Some(dialect) => scorer.sql(dialect, &table)? + ";\n",
        None => scorer.to_json()? + "\n",
    };
    output::text(&args.out, &text)?;
    if !opened.quiet {
        let training = scorer.training();
        eprintln!("learned from {} until {}", many(training.customers, "customer"), training.as_of);
        let columns: Vec<&str> = scorer.columns().iter().map(|column| column.name.as_str()).collect();
        eprintln!("it scores by the columns customer_id, {}; times are {}s", columns.join(", "), scorer.unit());
    }
    Ok(())
}
