//! Charts of customer analytics as accessible SVG.
