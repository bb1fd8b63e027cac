//! The product table.

use emptor_types::Date;

use super::catalogue::CATEGORIES;
use super::settings::RetailSimulation;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::year;
use crate::random::Stream;

/// Lowest and highest margin on the list price.
const MARGINS: (f64, f64) = (0.20, 0.60);
/// Days of the window on which the latecomers are launched, and on which the early leavers end, as shares of it.
const LAUNCHES: [f64; 6] = [0.10, 0.25, 0.36, 0.50, 0.65, 0.80];
const ENDS: [f64; 4] = [0.35, 0.55, 0.70, 0.85];
const SUPPLIERS: [&str; 6] = ["V1", "V2", "V3", "V4", "V5", "V6"];
/// Prices rise once a year by about this rate; the table holds the prices of the last year.
const YEARLY_RISE: f64 = 0.02;

/// An article or service.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Product {
    /// The key, e.g. `P001`.
    pub product_id: String,
    /// A name to show; some hold a comma.
    pub name: &'static str,
    /// The first level of the category path.
    pub category: &'static str,
    /// Both levels of the category, e.g. `Kitchen/Cookware`.
    pub category_path: String,
    /// The brand.
    pub brand: &'static str,
    /// The list price, net of tax, at the end of the window. Prices of earlier years were lower.
    pub list_price: Cents,
    /// What one unit costs the company.
    pub unit_cost: Cents,
    /// Whether it is a service: no stock, no returns.
    pub is_service: bool,
    /// The first day on sale.
    pub launch_date: Date,
    /// The last day on sale, if it was taken off.
    pub end_date: Option<Date>,
    /// Who supplies it, e.g. `V3`; services have none.
    pub supplier_id: Option<&'static str>,
}

/// The assortment, with what only the simulation knows.
#[derive(Debug)]
pub(crate) struct Assortment {
    pub(crate) products: Vec<Product>,
    /// Index into the catalogue, per product.
    pub(crate) category: Vec<usize>,
    /// How often a product is picked against its neighbours.
    pub(crate) popularity: Vec<f64>,
    /// The product that is often bought with it.
    pub(crate) companion: Vec<usize>,
    last_year: i16,
}

impl Assortment {
    pub(crate) fn new(settings: &RetailSimulation) -> Self {
        let mut assortment = Self {
            products: Vec::new(),
            category: Vec::new(),
            popularity: Vec::new(),
            companion: Vec::new(),
            last_year: year(settings.as_of()),
        };
        for (number, category) in CATEGORIES.iter().enumerate() {
            for (place, &(path, name, cents)) in category.items.iter().enumerate() {
                let index = assortment.products.len();
                let mut stream = Stream::new(settings.seed, "products", index as u64);
                let margin = (category.margin + 0.05 * stream.normal()).clamp(MARGINS.0, MARGINS.1);
                let list_price = Cents::new(cents);
                assortment.products.push(Product {
                    product_id: format!("P{:03}", index + 1),
                    name,
                    category: category.name,
                    category_path: format!("{}/{path}", category.name),
                    brand: stream.pick(category.brands),
                    list_price,
                    unit_cost: list_price.share(1.0 - margin),
                    is_service: number + 1 == CATEGORIES.len(),
                    launch_date: settings.start.plus_days(-stream.whole(60, 2_000)),
                    end_date: None,
                    supplier_id: (number + 1 < CATEGORIES.len())
                        .then(|| Stream::new(settings.seed, "suppliers", index as u64).pick(&SUPPLIERS)),
                });
                assortment.category.push(number);
                assortment.popularity.push(libm::exp(0.5 * stream.normal()));
                assortment.companion.push(index - place + (place ^ 1));
            }
        }
        assortment.renew(settings);
        assortment
    }

    /// Launches some goods inside the window and takes others off: never both, and never a service.
    fn renew(&mut self, settings: &RetailSimulation) {
        let mut stream = Stream::new(settings.seed, "assortment", 0);
        let mut goods: Vec<usize> =
            (0..self.products.len()).filter(|&index| !self.products[index].is_service).collect();
        let day = |share: f64| settings.start.plus_days((share * f64::from(settings.days)) as i32);
        for share in LAUNCHES {
            let chosen = goods.swap_remove(stream.whole(0, goods.len() as i32 - 1) as usize);
            self.products[chosen].launch_date = day(share);
        }
        for share in ENDS {
            let chosen = goods.swap_remove(stream.whole(0, goods.len() as i32 - 1) as usize);
            self.products[chosen].end_date = Some(day(share));
        }
    }

    pub(crate) fn on_sale(&self, product: usize, day: Date) -> bool {
        let product = &self.products[product];
        product.launch_date <= day && product.end_date.is_none_or(|end| day <= end)
    }

    /// The list price on a day, in steps of five cents.
    pub(crate) fn price(&self, product: usize, day: Date) -> Cents {
        let years = self.last_year - year(day);
        let old = self.products[product].list_price.to_f64() * libm::pow(1.0 + YEARLY_RISE, -f64::from(years));
        if years == 0 { self.products[product].list_price } else { Cents::new((old * 20.0).round() as i64 * 5) }
    }
}

impl CsvRow for Product {
    const COLUMNS: &'static [&'static str] = &[
        "product_id",
        "name",
        "category",
        "category_path",
        "brand",
        "list_price",
        "unit_cost",
        "is_service",
        "launch_date",
        "end_date",
        "supplier_id",
    ];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.product_id).field(self.name).field(self.category).field(&self.category_path);
        record.field(self.brand).field(self.list_price).field(self.unit_cost).field(self.is_service);
        record.field(self.launch_date).optional(self.end_date).optional(self.supplier_id);
    }
}
