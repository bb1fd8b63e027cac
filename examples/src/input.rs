//! Arguments that describe the user's file.

use std::path::{Path, PathBuf};

use clap::Args;
use emptor::prelude::*;

use crate::ExampleError;
use crate::output::REJECTS;
use crate::text::{count, many, money, wrapped};

/// The roles that `--columns` can name.
const ROLES: &str = "customer, date, amount, quantity, price, order, product, currency, reversal, list, discount, channel, place, \
                     rep, partner, campaign, promo, known_at";

/// Whether a program can do without knowing who bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerRole {
    /// It speaks of customers: `--columns` must name theirs.
    Needed,
    /// It speaks of sales: without `customer=..` all lines are anonymous.
    Optional,
}

/// The user's table of order lines.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Order lines: a CSV or Parquet file, a folder or a glob of them. The bundled sample if not given.
    #[arg(long, value_name = "FILE", group = "table")]
    transactions: Option<PathBuf>,
    /// Which column is what, e.g. customer=id,date=day,amount=net or
    /// customer=id,date=day,quantity=qty,price=unit_price[,order=invoice,product=sku,currency=ccy,reversal=C]
    /// (reversal: the prefix of order numbers that cancel a sale; known_at: the day on which a line became known, so that a
    /// look from an earlier day leaves it out). Forecasts of sales need no customer.
    #[arg(
        long,
        value_name = "ROLE=NAME,..",
        requires = "table",
        default_value = "customer=customer_id,date=date,amount=amount"
    )]
    columns: String,
    /// How textual dates are written, e.g. %d/%m/%Y; ISO if not given.
    #[arg(long, value_name = "PATTERN", requires = "transactions")]
    date_format: Option<String>,
    /// Set rows that break a rule aside instead of refusing the table.
    #[arg(long, requires = "transactions")]
    quarantine: bool,
}

impl InputArgs {
    /// What `--columns` says.
    #[must_use]
    pub fn columns(&self) -> &str {
        &self.columns
    }

    /// Opens the user's table, if one is given.
    ///
    /// # Errors
    /// If `--columns` cannot be read, or the table does not pass the door.
    pub fn transactions(&self) -> Result<Option<Transactions>, ExampleError> {
        self.announce();
        self.transactions_with(&ReadOptions::default(), CustomerRole::Needed)
    }

    /// Says which file is read.
    pub(crate) fn announce(&self) {
        if let Some(path) = &self.transactions {
            eprintln!("reading and checking {}", path.display());
        }
    }

    /// Opens the user's table, if one is given, with options that `--quarantine` adds to.
    ///
    /// # Errors
    /// As [`transactions`](Self::transactions).
    pub(crate) fn transactions_with(
        &self,
        options: &ReadOptions,
        customers: CustomerRole,
    ) -> Result<Option<Transactions>, ExampleError> {
        let Some(path) = &self.transactions else { return Ok(None) };
        let columns = parse_columns(&self.columns, self.date_format.as_deref(), customers)?;
        let policy = if self.quarantine { Policy::Quarantine } else { Policy::Reject };
        let source = if path.is_dir() { folder(path) } else { Source::file(path)? };
        Ok(Some(Transactions::scan_with(source, &columns, &options.clone().policy(policy).thorough())?))
    }
}

/// A folder is read as Parquet if it holds any, else as CSV.
fn folder(path: &PathBuf) -> Source {
    if holds_parquet(path) { Source::parquet(path) } else { Source::csv(path) }
}

fn holds_parquet(folder: &Path) -> bool {
    let parquet = |path: &Path| {
        path.extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("parquet") || ending.eq_ignore_ascii_case("pq"))
    };
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .flatten()
            .map(|entry| entry.path())
            .any(|path| parquet(&path) || (path.is_dir() && holds_parquet(&path)))
    })
}

/// The day of observation: the one asked for, or the last one of the data.
///
/// # Errors
/// If the data have no day, or begin after the one asked for.
pub fn last_day(tables: &Tables, asked: Option<Date>) -> Result<Date, ExampleError> {
    let (first, last) = tables.transactions().quality().days.ok_or(ExampleError::NoDay)?;
    match asked {
        Some(as_of) if as_of < first => Err(ExampleError::BeforeData { as_of, first, last }),
        Some(as_of) => Ok(as_of),
        None => Ok(last),
    }
}

/// What was read of order lines: rows, those set aside and why, and where they are to be found.
#[must_use]
pub fn was_read(lines: &Transactions, out: Option<&Path>) -> String {
    let quality = lines.quality();
    let mut text = format!("{} from {}", many(quality.rows, "row"), quality.source);
    if quality.quarantined > 0 {
        let amount = quality.quarantined_amount.map(|amount| format!(" (amount {})", money(amount)));
        let amount = amount.unwrap_or_default();
        text += &format!(", {} accepted, {} set aside{amount}", count(quality.accepted), count(quality.quarantined));
    }
    if let Some((first, last)) = quality.days {
        text += &format!(", {first} to {last}");
    }
    let mut text = wrapped("Read: ", &text);
    for breach in &quality.breaches {
        text += &wrapped("  Set aside: ", &breach.to_string());
    }
    match out {
        _ if quality.quarantined == 0 => {}
        Some(folder) => text += &format!("  Rows set aside, with their reasons: {}\n", folder.join(REJECTS).display()),
        None => text += "  --out FOLDER writes the rows set aside with their reasons\n",
    }
    text
}

fn parse_columns(
    text: &str,
    date_format: Option<&str>,
    customers: CustomerRole,
) -> Result<TransactionColumns, ExampleError> {
    let mut customer = None;
    let mut date = None;
    let mut rest = Vec::new();
    let mut named = Vec::new();
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (role, name) = pair
            .split_once('=')
            .ok_or_else(|| ExampleError::Columns(format!("`{pair}` is not role=name; roles are {ROLES}")))?;
        let name = name.trim().to_owned();
        match role.trim() {
            role if named.contains(&role) => {
                return Err(ExampleError::Columns(format!("role `{role}` is given twice")));
            }
            "customer" => customer = Some(name),
            "date" => date = Some(name),
            other => rest.push((other.to_owned(), name)),
        }
        named.push(role.trim());
    }
    let mut columns = match (customer, date) {
        (Some(customer), Some(date)) => TransactionColumns::new(customer, date),
        (None, Some(date)) if customers == CustomerRole::Optional => TransactionColumns::without_customer(date),
        _ if customers == CustomerRole::Optional => return Err(ExampleError::Columns("needs date=..".to_owned())),
        _ => return Err(ExampleError::Columns("needs customer=.. and date=..".to_owned())),
    };
    if let Some(pattern) = date_format {
        columns = columns.date_format(DateFormat::Pattern(pattern.to_owned()));
    }
    for (role, name) in rest {
        columns = match role.as_str() {
            "amount" => columns.amount(name),
            "quantity" => columns.quantity(name),
            "price" => columns.unit_price(name),
            "order" => columns.order(name),
            "product" => columns.product(name),
            "currency" => columns.currency(name),
            "list" => columns.list_amount(name),
            "discount" => columns.discount(name),
            "channel" => columns.channel(name),
            "place" => columns.place(name),
            "rep" => columns.rep(name),
            "partner" => columns.partner(name),
            "campaign" => columns.campaign(name),
            "promo" => columns.promo(name),
            "known_at" => columns.known_at(name),
            "reversal" => columns.cancellation(Cancellation::Reversal { prefix: name }),
            _ => return Err(ExampleError::Columns(format!("no role `{role}`; roles are {ROLES}"))),
        };
    }
    Ok(columns)
}
