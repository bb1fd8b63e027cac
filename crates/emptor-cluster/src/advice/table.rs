//! Advice as text.

use std::fmt;

use super::Advice;

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>3} {:>8} {:>9} {:>11} {:>7} {:>10} {:>15} {:>15} {:>15} {:>6} {:>15} {:>12}  trust",
            "k",
            "smallest",
            "explained",
            "Calinski-H.",
            "Davies",
            "simplified",
            "silhouette",
            "weakest Jaccard",
            "prediction",
            "seeds",
            "gap",
            "BIC"
        )?;
        let number = |x: Option<f64>, digits: usize| x.map_or("-".to_owned(), |x| format!("{x:.digits$}"));
        let shown = |x: Option<String>| x.unwrap_or("-".to_owned());
        for c in &self.candidates {
            let gap = self.gap.gaps.iter().find(|gap| gap.clusters == c.clusters);
            writeln!(
                f,
                "{:>3} {:>8} {:>9} {:>11} {:>7} {:>10} {:>15} {:>15} {:>15} {:>6} {:>15} {:>12}  {}{}",
                c.clusters,
                format!("{:.1} %", 100.0 * c.smallest),
                number(c.quality.explained, 3),
                number(c.quality.calinski_harabasz, 1),
                number(c.quality.davies_bouldin, 3),
                number(c.quality.simplified_silhouette, 3),
                shown(c.silhouette.as_ref().map(|s| s.mean.to_string())),
                shown(c.bootstrap.as_ref().and_then(|b| b.weakest()).map(|jaccard| jaccard.to_string())),
                shown(c.prediction_strength.map(|strength| strength.to_string())),
                number(c.seeds.map(|seeds| seeds.mean), 3),
                shown(gap.map(|gap| format!("{:.3} ± {:.3}", gap.gap, gap.error))),
                number(c.bic, 0),
                c.trust,
                if c.allowed { "" } else { " (not allowed)" }
            )?;
        }
        let number = |k: Option<usize>| k.map_or("none".to_owned(), |k| k.to_string());
        writeln!(
            f,
            "elbow {}, gap {}; {} rows, {} sampled",
            number(self.elbow),
            number(self.gap.chosen),
            self.rows,
            self.sample
        )?;
        f.write_str(&self.recommendation.reason)
    }
}
