//! Tornado, grid, and what is impossible.

use super::*;

#[test]
fn a_tornado_is_sorted_and_stands_on_the_base() -> Tested {
    let model = toy()?;
    let tornado = model.tornado(&[
        LeverRange::relative(Lever::AcquisitionCost, -0.5, 0.5),
        LeverRange::new(Change::AcquisitionVolume(0.0), Change::AcquisitionVolume(200.0))?,
        LeverRange::retention(retention(0.7)?, retention(0.9)?),
        LeverRange::relative(Lever::Margin, 0.0, 0.0),
        LeverRange::new(Change::DiscountRate(annual(0.12)?), Change::DiscountRate(annual(0.15)?))?,
    ])?;
    assert_eq!(tornado.base, model.total());
    assert!(tornado.rows.windows(2).all(|rows| rows[0].swing >= rows[1].swing));
    assert_eq!(tornado.rows[0].lever, Lever::Retention);
    assert!(tornado.caution.contains("Schulze, Skiera & Wiesel 2012"));
    for row in &tornado.rows {
        assert!(close(row.swing, (row.dynamic_high - row.dynamic_low).abs()));
    }
    let still = tornado.rows.last().ok_or("no rows")?;
    assert_eq!((still.dynamic_low.to_bits(), still.lever), (tornado.base.dynamic.to_bits(), Lever::Margin));
    let volume = tornado.rows.iter().find(|row| row.lever == Lever::AcquisitionVolume).ok_or("no volume")?;
    // Nobody won: the static equity alone; twice as many: twice the future.
    assert!(close(volume.dynamic_low, 250_000.0));
    assert!(close(volume.dynamic_high, 250_000.0 + 2.0 * tornado.base.future));
    let cost = tornado.rows.iter().find(|row| row.lever == Lever::AcquisitionCost).ok_or("no cost")?;
    assert!(close(cost.swing, tornado.base.acquisition_cost));
    let rate = tornado.rows.iter().find(|row| row.lever == Lever::DiscountRate).ok_or("no rate")?;
    assert!(close(rate.dynamic_low, tornado.base.dynamic) && rate.dynamic_high < rate.dynamic_low);
    assert_eq!(serde_json::from_str::<Tornado>(&serde_json::to_string(&tornado)?)?, tornado);
    Ok(())
}

#[test]
fn a_grid_holds_every_pair_and_the_base() -> Tested {
    let model = EquityModel::new(annual(0.12)?, TimeUnit::Year).with_part("one", customer()?, None)?;
    let rates = [0.08, 0.12, 0.16];
    let x: Vec<Change> = [0.6, 0.8].iter().map(|r| retention(*r).map(Change::Retention)).collect::<Result<_, _>>()?;
    let y: Vec<Change> = rates.iter().map(|d| annual(*d).map(Change::DiscountRate)).collect::<Result<_, _>>()?;
    let grid = model.grid(&x, &y)?;
    assert_eq!((grid.x_lever, grid.y_lever, grid.rows.len()), (Lever::Retention, Lever::DiscountRate, 6));
    for row in &grid.rows {
        let closed = 100.0 * row.x_number / (1.0 + row.y_number - row.x_number);
        assert!(close(row.dynamic, closed) && close(row.dynamic, row.static_equity + row.future));
    }
    assert!(close(grid.rows[4].dynamic, model.total().dynamic));
    assert_eq!(grid.rows[5].x, "retention to 80.00 % a year");

    let nothing = [Change::relative(Lever::Margin, 0.0)];
    let base = model.grid(&nothing, &[Change::relative(Lever::DiscountRate, 0.0)])?;
    assert_eq!(base.rows[0].dynamic.to_bits(), model.total().dynamic.to_bits());
    let toy = toy()?;
    assert_eq!(toy.at(&[])?, toy.total());
    assert!(model.grid(&nothing, &nothing).is_err());
    assert!(model.grid(&x, &[]).is_err());
    assert!(model.grid(&[x[0], y[0]], &y).is_err());
    Ok(())
}

#[test]
fn impossible_scenarios_are_refused_by_name_and_never_clamped() -> Tested {
    let model = toy()?;
    let message = refusal(model.at(&[Change::relative(Lever::Retention, 0.3)]))?;
    assert!(
        message.contains("scenario `retention +30.00 %` on `all` must keep retention at most 1 (got 1.04)"),
        "{message}"
    );
    for change in [
        Change::relative(Lever::DiscountRate, -10.0),
        Change::relative(Lever::DiscountRate, f64::NAN),
        Change::relative(Lever::Retention, -1.5),
        Change::relative(Lever::AcquisitionVolume, -1.1),
        Change::AcquisitionCost(-1.0),
        Change::AcquisitionVolume(f64::INFINITY),
        Change::Margin(f64::NAN),
        Change::DiscountRate(annual(-0.3)?),
    ] {
        let message = refusal(model.at(&[change]))?;
        assert!(message.starts_with(&format!("scenario `{change}`")), "{message}");
    }
    let twice = model.at(&[Change::Margin(1.0), Change::relative(Lever::Margin, 0.1)]);
    assert!(refusal(twice)?.contains("must move each lever once"));
    // All impossible ends are told at once.
    let ranges =
        [LeverRange::relative(Lever::Retention, -2.0, 0.1), LeverRange::relative(Lever::AcquisitionCost, -3.0, 0.1)];
    let message = refusal(model.tornado(&ranges))?;
    assert!(message.contains("`retention -200.00 %`") && message.contains("`acquisition cost -300.00 %`"), "{message}");

    // A stream does not tell its retention: a rise needs the level, a fall does not.
    let spec = convention(0.1, 3.0)?;
    let base = Relationship::of_base(&spec.base_flows(&streams(0.8)?)?, FirstPayment::AtRisk);
    let empty = EquityModel::new(annual(0.1)?, TimeUnit::Year);
    let stream = Relationship::stream(vec![8.0, 6.0], FirstPayment::AtRisk, Timing::End, TimeUnit::Year)?;
    let model = empty.clone().with_part("a", stream, None)?;
    assert!(model.at(&[Change::relative(Lever::Retention, -0.1)]).is_ok());
    assert!(refusal(model.at(&[Change::relative(Lever::Retention, 0.1)]))?.contains("with_retention"));
    assert!(refusal(model.at(&[Change::Margin(5.0)]))?.contains("by a share"));
    let told = empty.with_part("a", base, None)?;
    let moved = CustomerEquity::new(&spec.compute(&streams(0.88)?)?).total();
    assert!(close(told.at(&[Change::relative(Lever::Retention, 0.1)])?.dynamic, moved));
    assert!(close(told.at(&[Change::Retention(retention(0.88)?)])?.dynamic, moved));
    assert!(refusal(told.at(&[Change::relative(Lever::Retention, 0.3)]))?.contains("at most 1"));
    Ok(())
}

#[test]
fn impossible_models_are_refused() -> Tested {
    let (year, empty) = (TimeUnit::Year, EquityModel::new(annual(0.02)?, TimeUnit::Year));
    let growing = Relationship::endless(ClosedForm::T1, 100.0, retention(0.99)?, year)?
        .with_growth(growth(0.05, GrowthFrom::Initial)?)?;
    assert!(matches!(empty.clone().with_part("a", growing, None), Err(ValueError::GrowthDiverges { .. })));
    let certain = Relationship::endless(ClosedForm::T1, 100.0, retention(1.0)?, year)?;
    let free = EquityModel::new(annual(0.0)?, year).with_part("a", certain, None);
    assert!(matches!(free, Err(ValueError::Diverges { .. })));
    let monthly = Relationship::endless(ClosedForm::T1, 100.0, retention(0.8)?, TimeUnit::Month)?;
    assert!(refusal(empty.clone().with_part("a", monthly, None))?.contains("per year"));
    let flows = convention(0.1, 3.0)?.base_flows(&streams(0.8)?)?;
    let base = Relationship::of_base(&flows, FirstPayment::AtRisk);
    assert!(refusal(empty.clone().with_part("a", base.clone(), None))?.contains("at the rate of the model"));
    // The same rate, made per month.
    let by_month = DiscountRate::per_period(1.1_f64.powf(1.0 / 12.0) - 1.0, TimeUnit::Month)?;
    assert!(EquityModel::new(by_month, year).with_part("a", base.clone(), None).is_ok());
    let model = empty.with_part("a", customer()?, None)?;
    assert!(model.clone().with_part("a", customer()?, None).is_err());
    let plan = AcquisitionPlan::steady(Timing::End, &[1.0], 1.0, &newcomer()?)?;
    assert!(refusal(model.with_plan("b", plan))?.contains("must be one of a"));
    assert!(base.for_customers(2.0).is_err());
    assert!(customer()?.with_retention(retention(0.8)?).is_err());
    assert!(Relationship::endless(ClosedForm::T1, f64::NAN, retention(0.8)?, year).is_err());
    assert!(Relationship::stream(Vec::new(), FirstPayment::AtRisk, Timing::End, year).is_err());
    assert!(Relationship::fixed(f64::INFINITY).is_err());
    let bad = AcquisitionPlan::steady(Timing::End, &[1.0, -2.0], -80.0, &Relationship::nobody());
    assert!(bad.is_err_and(|e| e.violations().len() == 3));
    let nothing = EquityModel::new(annual(0.1)?, year).with_part("a", Relationship::nobody(), None)?;
    assert!(refusal(nothing.elasticities(Method::Analytic))?.contains("must not be zero"));
    assert_eq!(nothing.elasticities_by_part(Method::Numeric)?, [("a".to_owned(), None)]);
    Ok(())
}

#[test]
fn a_growth_curve_sums_to_its_ceiling_and_peaks_in_the_middle() -> Tested {
    // Gupta, Lehmann & Stuart (2004): N(t) = α/(1+exp(−β−γt)), half-way at t = −β/γ, where dN/dt = αγ/4.
    let growth = CustomerGrowth::new(400.0, -3.0, 0.5)?;
    assert!(close(growth.customers(6.0), 200.0) && close(growth.rate(6.0), 50.0));
    let slope = (growth.customers(2.0 + 1e-5) - growth.customers(2.0 - 1e-5)) / 2e-5;
    assert!((growth.rate(2.0) - slope).abs() < 1e-6);
    let won = growth.won(1.0, 200)?;
    assert!((won.iter().sum::<f64>() - (400.0 - growth.customers(1.0))).abs() < 1e-9);
    assert!(won.iter().all(|n| *n >= 0.0));
    assert!(CustomerGrowth::new(-1.0, f64::NAN, 0.0).is_err_and(|e| e.violations().len() == 3));
    assert!(serde_json::from_str::<CustomerGrowth>(r#"{"alpha":1.0,"beta":0.0,"gamma":-1.0}"#).is_err());
    Ok(())
}
