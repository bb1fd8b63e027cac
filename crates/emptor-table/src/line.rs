//! What a line is: a purchase, a return, a gift, nothing.

/// What a line does to money and to purchases.
///
/// | kind | which lines | money | purchase occasion |
/// |---|---|---|---|
/// | `Sale` | amount above 0 | adds | yes |
/// | `Free` | amount 0 and quantity not negative: samples, gifts, replacements | nothing | for purchase histories, not for RFM |
/// | `Return` | negative quantity or amount, or a cancellation document of its own | reduces | no |
/// | `Charge` | line type `credit` or `fee` | counts, signed | no |
/// | `Void` | the order is marked as cancelled: it never took effect | not counted | no |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum LineKind {
    /// A purchase.
    Sale = 0,
    /// Something handed over for nothing.
    Free = 1,
    /// Goods or money going back.
    Return = 2,
    /// Credits and fees: money without goods.
    Charge = 3,
    /// A line of an order that never took effect.
    Void = 4,
}

impl LineKind {
    /// The number that stands for the kind in the column `kind` (`UInt8`).
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// How a source marks cancelled documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancellation {
    /// Order numbers with this prefix are documents that reverse an earlier sale, as `C536379` in Online Retail.
    /// Their lines count as returns: they reduce money and are no purchases.
    Reversal {
        /// What the order number begins with.
        prefix: String,
    },
    /// A status column marks orders that never took effect. Their lines count neither as money nor as purchases.
    Void {
        /// The status column.
        column: String,
        /// The values that mean cancelled.
        values: Vec<String>,
    },
}
