use std::error::Error;
use std::path::PathBuf;

use super::*;
use crate::input::Input;

type Outcome = Result<(), Box<dyn Error>>;

fn guess(text: &str) -> Result<Guess, TableError> {
    Input::bytes("file", text.as_bytes().to_vec()).open()?.guess()
}

fn data(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("EMPTOR_DATASETS");
    if folder.is_none() {
        eprintln!("EMPTOR_DATASETS is not set: {file} is not read");
    }
    Some(PathBuf::from(folder?).join(file))
}

fn roles(guess: &Guess, expected: &[(Role, &str)]) {
    for (role, column) in expected {
        assert_eq!(guess.column(*role), Some(*column), "{role:?} in {:#?}", guess.roles);
    }
}

#[test]
fn order_lines_of_several_countries_are_understood() -> Outcome {
    let chinese = guess(
        "订单号,客户编号,下单时间,商品编号,数量,单价,实付金额\nSO1,0012,2024/1/5 10:02,P1,2,10.00,20.00\nSO2,0013,2024/12/31 23:59,P2,1,5.00,5.00\n",
    )?;
    roles(
        &chinese,
        &[
            (Role::Customer, "客户编号"),
            (Role::Order, "订单号"),
            (Role::Date, "下单时间"),
            (Role::Amount, "实付金额"),
            (Role::Product, "商品编号"),
        ],
    );
    assert_eq!(chinese.dates.as_ref().map(|d| d.format.to_string()).as_deref(), Some("%Y/%m/%d %H:%M"));
    let german = guess(
        "Auftragsnr.;Kundennr.;Bestelldatum;Menge;Einzelpreis;Währung\nA1;7;31.12.2024;2;1.234,50;EUR\nA2;8;05.01.2025;1;5,00;EUR\n",
    )?;
    roles(
        &german,
        &[
            (Role::Customer, "Kundennr."),
            (Role::Date, "Bestelldatum"),
            (Role::Quantity, "Menge"),
            (Role::UnitPrice, "Einzelpreis"),
            (Role::Currency, "Währung"),
        ],
    );
    assert_eq!(german.numbers, NumberFormat::Comma);
    let french =
        guess("N° commande;Client;Date commande;Montant HT\nC1;Dupont;31/12/2024;12,50\nC2;Durand;05/01/2025;7,00\n")?;
    roles(
        &french,
        &[
            (Role::Customer, "Client"),
            (Role::Date, "Date commande"),
            (Role::Amount, "Montant HT"),
            (Role::Order, "N° commande"),
        ],
    );
    let spanish = guess("Pedido,Cliente,Fecha,Importe\n1,A,31/12/2024,\"12,50\"\n2,B,05/01/2025,\"7,00\"\n")?;
    roles(&spanish, &[(Role::Customer, "Cliente"), (Role::Date, "Fecha"), (Role::Amount, "Importe")]);
    let american =
        guess("Order ID,Customer ID,Order Date,Sales\nUS-1,AB-1,12/31/2024,\"$1,234.50\"\nUS-2,AB-2,1/5/2025,$7.00\n")?;
    assert_eq!(american.numbers, NumberFormat::Point);
    assert_eq!(american.dates.as_ref().map(|d| d.format.to_string()).as_deref(), Some("%m/%d/%Y"));
    for guess in [chinese, german, french, spanish, american] {
        assert!(guess.kind.has_purchases(), "{}", guess.kind);
        assert!(guess.columns().is_ok());
    }
    Ok(())
}

#[test]
fn dates_counted_from_1970_and_dates_with_a_zone_are_understood() -> Outcome {
    for (value, format) in
        [("1706171160", "epoch-s"), ("1706171160000", "epoch-ms"), ("2024-01-25T08:26:00+08:00", "iso")]
    {
        let text = format!("user_id,ts,amount\nA,{value},5.0\nB,{value},7.5\n");
        let guess = guess(&text)?;
        let dates = guess.dates.as_ref().ok_or("no dates")?;
        assert_eq!((dates.format.to_string().as_str(), dates.zoned), (format, true));
        let lines = crate::Transactions::scan(Source::csv_text(text), &guess.columns()?)?;
        assert_eq!(lines.quality().days.map(|(day, _)| day.to_string()).as_deref(), Some("2024-01-25"));
    }
    Ok(())
}

#[test]
fn without_a_header_content_speaks_and_says_that_it_is_unsure() -> Outcome {
    let rows: String = (0..60).map(|i| format!("{},2024-01-{:02},{}.5\n", 100 + i % 20, i % 28 + 1, i)).collect();
    let guess = guess(&rows)?;
    roles(&guess, &[(Role::Customer, "column_1"), (Role::Date, "column_2"), (Role::Amount, "column_3")]);
    assert!(guess.roles.iter().all(|role| role.confidence < Confidence::High));
    assert!(guess.doubts.iter().any(|doubt| doubt.to_string().contains("--columns customer=")));
    Ok(())
}

#[test]
fn what_is_ambiguous_names_the_other_and_the_flag() -> Outcome {
    let guess =
        guess("customer_id,client_id,date,amount\n1,7,01/02/2024,5.5\n2,8,03/04/2024,6.5\n1,7,05/06/2024,7.5\n")?;
    let customer = guess.role(Role::Customer).ok_or("no customer")?;
    assert_eq!(
        (customer.confidence, customer.others.first().map(|o| o.column.as_str())),
        (Confidence::Low, Some("client_id"))
    );
    let doubts: Vec<String> = guess.doubts.iter().map(ToString::to_string).collect();
    assert!(doubts.iter().any(|doubt| doubt.contains("--columns customer=client_id")), "{doubts:?}");
    assert!(doubts.iter().any(|doubt| doubt.contains("--date-format %m/%d/%Y")), "{doubts:?}");
    Ok(())
}

#[test]
fn hints_are_taken_as_they_are_and_wrong_ones_list_the_columns() -> Outcome {
    let opened = Input::bytes("f", b"customer_id,client_id,date,amount\n1,7,01/02/2024,5\n".to_vec()).open()?;
    let guess = opened.guess_with(&Hints::default().role(Role::Customer, "client_id").date_format("%m/%d/%Y"))?;
    assert_eq!(guess.column(Role::Customer), Some("client_id"));
    assert!(guess.doubts.iter().all(|doubt| !doubt.to_string().contains("--date-format")));
    let columns = guess.columns_with(&[("rep", "customer_id")])?;
    assert!(crate::Transactions::scan(opened.source_for(&guess), &columns)?.has("rep_id"));
    let refused = opened.guess_with(&Hints::default().role(Role::Customer, "nope"));
    assert!(refused.is_err_and(|e| e.to_string().contains("client_id")));
    Ok(())
}

#[test]
fn a_file_of_one_column_and_one_without_rows_are_answers_not_failures() -> Outcome {
    let one = guess("name\nA\nB\n")?;
    assert_eq!(one.kind, FileKind::Unknown);
    assert!(one.columns().is_err_and(|e| e.to_string().contains("--columns amount=")));
    let empty = guess("customer_id,date,amount\n")?;
    assert_eq!(empty.rows, 0);
    roles(&empty, &[(Role::Customer, "customer_id"), (Role::Amount, "amount")]);
    Ok(())
}

#[test]
fn cancelled_documents_and_cancelled_orders_are_seen() -> Outcome {
    let letters = "InvoiceNo,CustomerID,InvoiceDate,Quantity,UnitPrice\n536365,1,2024-01-05,2,1.5\n536366,1,2024-01-06,2,1.5\n536367,2,2024-01-06,2,1.5\n536367,2,2024-01-06,2,1.5\nC536379,1,2024-01-07,-2,1.5\n";
    assert_eq!(guess(letters)?.cancellation, Some(Cancellation::Reversal { prefix: "C".to_owned() }));
    let status = "order_id,customer_id,date,amount,status\n1,7,2024-01-05,5.5,paid\n2,7,2024-01-06,5.5,Cancelled\n3,8,2024-01-06,5.5,paid\n";
    let expected = Cancellation::Void { column: "status".to_owned(), values: vec!["Cancelled".to_owned()] };
    assert_eq!(guess(status)?.cancellation, Some(expected));
    Ok(())
}

#[test]
fn real_files_are_understood() -> Outcome {
    let open =
        |file: &str| data(file).map(|path| Input::new(path).open().and_then(|opened| opened.guess())).transpose();
    if let Some(guess) = open("online_retail/online_retail_year_2010_2011.parquet")? {
        roles(
            &guess,
            &[
                (Role::Customer, "CustomerID"),
                (Role::Order, "InvoiceNo"),
                (Role::Date, "InvoiceDate"),
                (Role::Quantity, "Quantity"),
                (Role::UnitPrice, "UnitPrice"),
                (Role::Product, "StockCode"),
                (Role::Place, "Country"),
            ],
        );
        assert_eq!(guess.kind, FileKind::OrderLines);
        assert_eq!(guess.cancellation, Some(Cancellation::Reversal { prefix: "C".to_owned() }));
    }
    if let Some(guess) = open("complete_journey/transactions_sample.parquet")? {
        roles(
            &guess,
            &[
                (Role::Customer, "household_id"),
                (Role::Order, "basket_id"),
                (Role::Date, "transaction_timestamp"),
                (Role::Amount, "sales_value"),
                (Role::Product, "product_id"),
                (Role::Place, "store_id"),
                (Role::Quantity, "quantity"),
            ],
        );
        assert_eq!(guess.kind, FileKind::OrderLines);
    }
    if let Some(guess) = open("cdnow/cdnow_master.parquet")? {
        roles(
            &guess,
            &[
                (Role::Customer, "customer_id"),
                (Role::Date, "date"),
                (Role::Amount, "amount"),
                (Role::Quantity, "units"),
            ],
        );
        assert_eq!(guess.kind, FileKind::Purchases);
    }
    if let Some(guess) = open("cdnow/cdnow_sample.csv")? {
        let customer = guess.role(Role::Customer).ok_or("no customer")?;
        assert!(
            customer.confidence == Confidence::Low && customer.column.ends_with("_id") && !customer.others.is_empty()
        );
    }
    if let Some(guess) = open("clvtools_apparel/apparelTrans.csv")? {
        roles(&guess, &[(Role::Customer, "Id"), (Role::Date, "Date"), (Role::Amount, "Price")]);
    }
    for (file, kind) in [
        ("crm_sales_opportunities/sales_pipeline.csv", FileKind::Table("opportunities")),
        ("cdnow/cdnow_customers_summary.csv", FileKind::CustomerSummary),
        ("cdnow/clv_quickstart.csv", FileKind::CustomerSummary),
        ("complete_journey/two_year_household_summary.parquet", FileKind::CustomerSummary),
        ("classic_series/airline-passengers.csv", FileKind::Unknown),
    ] {
        if let Some(guess) = open(file)? {
            assert_eq!(guess.kind, kind, "{file}: {} {:#?}", guess.why, guess.roles);
        }
    }
    Ok(())
}

#[test]
fn the_sample_tables_are_told_apart() -> Outcome {
    let sample = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample");
    let lines = Input::new(sample.join("order_lines.csv")).open()?.guess()?;
    assert_eq!(lines.kind, FileKind::OrderLines);
    roles(
        &lines,
        &[
            (Role::Customer, "customer_id"),
            (Role::Date, "order_ts"),
            (Role::Amount, "net_amount"),
            (Role::Order, "order_id"),
            (Role::Line, "line_id"),
            (Role::Quantity, "qty"),
            (Role::Channel, "channel"),
            (Role::Currency, "ccy"),
            (Role::Discount, "discount"),
            (Role::ListAmount, "list_amount"),
        ],
    );
    lines.columns()?;
    for table in [
        "opportunities",
        "contracts",
        "payments",
        "contacts",
        "campaigns",
        "deliveries",
        "tickets",
        "calendar",
        "cost_pools",
        "referrals",
        "responses",
        "identities",
        "reps",
        "products",
        "customers",
    ] {
        let file = sample.join(format!("{table}.csv"));
        if file.is_file() {
            let guess = Input::new(&file).open()?.guess()?;
            assert_eq!(guess.kind, FileKind::Table(table), "{table}: {}", guess.why);
        }
    }
    Ok(())
}

#[test]
fn periods_side_by_side_are_told() -> Outcome {
    let spread = guess("customer,2024-01,2024-02,2024-03\nA,5.0,0,7.5\nB,1.0,2,0\n")?;
    assert_eq!(spread.kind, FileKind::Spread, "{}", spread.why);
    assert!(spread.why.contains("2024-01, 2024-02, 2024-03"), "{}", spread.why);
    // Names of other files than CSV may have blanks around them.
    let blanks = polars::df!("customer" => ["A"], " 2024-01" => [5.0], "2024-02 " => [0.0], " 2024-03 " => [7.5])?;
    assert_eq!(Guess::of(&Source::from(blanks), &Hints::default())?.kind, FileKind::Spread);
    Ok(())
}

#[test]
fn an_impossible_date_does_not_spoil_its_column() -> Outcome {
    for (good, wrong) in [("2024-05-31", "2024-13-01"), ("2024-05-31", "9999-99-99"), ("31.05.2024", "99.99.9999")] {
        let mut text = "customer,date,amount\n".to_owned();
        for i in 0..40 {
            text += &format!("{i},{},5.00\n", if i == 7 { wrong } else { good });
        }
        let found = guess(&text)?;
        assert_eq!(found.column(Role::Date), Some("date"), "{wrong}");
        let dates = found.dates.ok_or("dates")?;
        assert_eq!(dates.strangers, [(1, wrong.to_owned())], "{wrong}");
    }
    Ok(())
}

#[test]
fn a_name_in_quotes_reads_as_it_was_written() -> Outcome {
    let found = guess("customer,date,\"amount \"\"€\"\"\"\nA,2024-01-01,5\nB,2024-01-02,7\n")?;
    assert_eq!(found.column(Role::Amount), Some("amount \"€\""));
    Ok(())
}
