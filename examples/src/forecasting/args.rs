//! Arguments by their names.

use emptor::forecast::sales::SalesDimension;
use emptor::period::Grain;

/// A dimension by its name.
///
/// # Errors
/// If there is no such dimension in order lines and products.
pub fn sales_dimension(name: &str) -> Result<SalesDimension, String> {
    let known =
        SalesDimension::ALL.into_iter().filter(|d| !matches!(d, SalesDimension::Segment | SalesDimension::Grade));
    let names: Vec<&str> = known.clone().map(SalesDimension::name).collect();
    known
        .into_iter()
        .find(|dimension| dimension.name() == name)
        .ok_or_else(|| format!("`{name}` is none of {}", names.join(", ")))
}

/// A grain of periods by its name.
///
/// # Errors
/// If there is no such grain.
pub fn forecast_grain(name: &str) -> Result<Grain, String> {
    if name == "day" {
        Ok(Grain::Day)
    } else {
        crate::grain(name).map_err(|_| format!("`{name}` is none of day, week, month, quarter, year"))
    }
}

/// Products after their category and brand: a total by product has no parts by category. Dimensions of which none holds the
/// other, as channel and place, stay as they are given: the first is forecast as a whole.
#[must_use]
pub fn coarsest_first(by: &[SalesDimension]) -> Vec<SalesDimension> {
    let mut by = by.to_vec();
    by.sort_by_key(|dimension| *dimension == SalesDimension::Product);
    by
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_come_after_what_they_belong_to_and_the_rest_stays() {
        use SalesDimension::{Category, Channel, Place, Product};
        assert_eq!(coarsest_first(&[Product, Category]), [Category, Product]);
        assert_eq!(coarsest_first(&[Place, Product, Channel]), [Place, Channel, Product]);
        assert_eq!(coarsest_first(&[Place, Channel]), [Place, Channel]);
    }
}
