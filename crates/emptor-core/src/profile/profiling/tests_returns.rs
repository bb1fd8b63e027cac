//! What comes back.

use super::*;

/// Two orders of `a`; the first comes back in April, and `ref` says of which line. An order of `b` is credited and its number
/// given.
#[test]
fn a_full_return_brings_revenue_back_leaves_frequency_and_flags_the_order_net_zero() -> Outcome {
    let made = |with_returns: bool| -> Result<Section, Box<dyn Error>> {
        let n = if with_returns { 8 } else { 5 };
        let frame = df!(
            "who" => ["a", "a", "a", "b", "b", "a", "a", "b"],
            "day" => ["2024-01-05", "2024-01-05", "2024-02-05", "2024-03-01", "2024-03-02", "2024-04-01", "2024-04-09", "2024-03-03"],
            "line" => ["1", "2", "3", "4", "5", "6", "7", "8"],
            "order" => ["o1", "o1", "o2", "o3", "o4", "r1", "r2", "o3"],
            "net" => [60.1, 39.9, 50.0, 20.0, 10.0, -60.1, -39.9, -20.0],
            "type" => ["sale", "sale", "sale", "sale", "sale", "return", "return", "return"],
            "of" => [None, None, None, None, None, Some("1"), Some("2"), None],
        )?
        .head(Some(n));
        let columns = plain().order("order").line("line").ref_line("of").line_type("type");
        let tables = of(frame, &columns)?;
        Ok(section(
            &ProfileInput::new(&tables, window("2024-01-01", "2024-04-30", Grain::Month)?),
            &ProfilingSettings::default(),
        )?)
    };
    let (before, after) = (made(false)?, made(true)?);
    let customers = table(&after, "profile_customer")?;
    close(&numbers(customers, "rfm_frequency")?, &numbers(table(&before, "profile_customer")?, "rfm_frequency")?);
    close(&numbers(customers, "monetary_net")?, &[50.0, 10.0].map(Some));
    close(&numbers(customers, "net_zero_orders")?, &[1.0, 1.0].map(Some));
    let orders = table(&after, "net_zero_order")?;
    assert_eq!(texts(orders, "order_id")?, ["o1", "o3"].map(|id| Some(id.to_owned())));
    assert_eq!(texts(orders, "flags")?, vec![Some("net_zero".to_owned()); 2]);
    close(&numbers(orders, "sold")?, &[100.0, 20.0].map(Some));
    close(&numbers(orders, "returned")?, &[100.0, 20.0].map(Some));
    let coverage = after.table("net_zero_order").and_then(|table| table.coverage).ok_or("no coverage")?;
    assert_eq!(coverage.count, (3, 3));
    // Without returns there is nothing to flag, and the table says why it has no row.
    let none = before.table("net_zero_order").ok_or("no table")?;
    assert!(none.frame.height() == 0 && none.flags[0].starts_with("no_returns"));
    close(&numbers(table(&before, "profile_customer")?, "net_zero_orders")?, &[0.0, 0.0].map(Some));
    Ok(())
}

#[test]
fn a_part_that_came_back_or_comes_back_later_leaves_an_order_as_it_is() -> Outcome {
    // The small company returns one of three, in April 2024.
    let (tables, year) = (fixture::tables()?, year()?);
    assert_eq!(table(&year, "net_zero_order")?.height(), 0);
    assert_eq!(year.table("net_zero_order").and_then(|table| table.coverage).map(|c| c.count), Some((1, 1)));
    let early = ProfileInput::new(&tables, window("2024-01-01", "2024-03-31", Grain::Month)?);
    let early = section(&early, &ProfilingSettings::default())?;
    assert!(
        early.table("net_zero_order").is_some_and(|table| table.flags[0].starts_with("no_returns")),
        "not known yet"
    );
    Ok(())
}

#[test]
fn returns_that_name_neither_line_nor_order_are_a_gap_and_no_zero() -> Outcome {
    let frame = df!(
        "who" => ["a", "a"],
        "day" => ["2024-01-05", "2024-02-05"],
        "order" => ["o1", "r1"],
        "net" => [20.0, -20.0],
        "type" => ["sale", "return"],
    )?;
    let tables = of(frame, &plain().order("order").line_type("type"))?;
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-04-30", Grain::Month)?);
    let made = section(&input, &ProfilingSettings::default())?;
    assert!(made.table("net_zero_order").is_none());
    let gap = made.gaps.iter().find(|gap| gap.analysis == "net_zero_order").ok_or("no gap")?;
    assert!(gap.reason.contains("neither the line nor the order"), "{}", gap.reason);
    close(&numbers(table(&made, "profile_customer")?, "net_zero_orders")?, &[None]);
    Ok(())
}

#[test]
fn only_returns_make_no_buyer() -> Outcome {
    let tables = of(lines(&[Some("a"); 2], &["2024-01-05", "2024-02-05"], &[-10.0, -10.0])?, &plain())?;
    let input = ProfileInput::new(&tables, window("2024-01-01", "2024-03-31", Grain::Month)?);
    let made = section(&input, &ProfilingSettings::default())?;
    crate::profile::words::are_sentences(&made);
    let customers = table(&made, "profile_customer")?;
    assert_eq!(customers.height(), 1);
    for name in ["recency_days", "r_score", "return_rate", "orders_per_month", "ipt_mean_days", "revenue_cv"] {
        close(&numbers(customers, name)?, &[None]);
    }
    close(&numbers(customers, "rfm_frequency")?, &[Some(0.0)]);
    Ok(())
}
