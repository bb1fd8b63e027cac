//! What an analysis has learned, for services and databases: `save`.

use crate::args::{Output, SaveArgs};
use crate::commands::value::analyse;
use crate::config::Config;
use crate::input::Opened;
use crate::reply::Reply;
use crate::words::many;
use crate::{CliError, output};

pub(crate) fn save(opened: &Opened, args: &SaveArgs, config: &Config) -> Result<(), CliError> {
    let inputs =
        args.inputs.as_ref().map(|file| Output { out: Some(file.clone()), verbatim: true, ..Output::default() });
    if let Some(inputs) = &inputs {
        output::ready(inputs)?;
        output::spares(&opened.files, inputs.out.as_deref())?;
    }
    let scorer = analyse(opened, &args.value, config)?.scorer()?;
    let scorer = args.currency.iter().fold(scorer, |scorer, currency| scorer.with_currency(currency));
    let table: Vec<&str> = args.from_table.split('.').collect();
    let text = match args.sql {
        Some(dialect) => scorer.sql(dialect, &table)? + ";\n",
        None => scorer.to_json()? + "\n",
    };
    output::text(&args.out, &text)?;
    if let Some(inputs) = &inputs {
        let columns = Reply::new("scorer_inputs", scorer.inputs(&opened.tables, opened.as_of)?);
        output::write(&columns, inputs, opened.quiet)?;
    }
    if !opened.quiet {
        let training = scorer.training();
        eprintln!("learned from {} until {}", many(training.customers, "customer"), training.as_of);
        let columns: Vec<&str> = scorer.columns().iter().map(|column| column.name.as_str()).collect();
        eprintln!("it scores by the columns customer_id, {}; times are {}s", columns.join(", "), scorer.unit());
    }
    Ok(())
}
