//! A standard as TOML text.

use std::collections::BTreeMap;
use std::ops::Range;

use emptor_types::Invalid;
use toml::de::{DeTable, DeValue};

use super::reader::{Reader, Section, StandardMistake, chosen, date, integer, names, numbers};
use super::spec::Draft;
use super::{
    AssessmentStandard, Direction, Indicator, InformationGroup, MissingPolicy, OutOfRange, PairwiseMatrix, Scaling,
    Transform, Weighting, WeightingMethod,
};
use crate::grade::GradeError;

const SCALINGS: [(&str, Scaling); 5] = [
    ("z", Scaling::Z),
    ("robust_z", Scaling::RobustZ),
    ("robust_or_z", Scaling::RobustOrZ),
    ("min_max", Scaling::MinMax),
    ("quantile", Scaling::Quantile),
];
const POLICIES: [(&str, OutOfRange); 2] = [("unknown", OutOfRange::Unknown), ("refuse", OutOfRange::Refuse)];
const DIRECTIONS: [(&str, Direction); 2] =
    [("higher_is_better", Direction::HigherIsBetter), ("lower_is_better", Direction::LowerIsBetter)];
const TRANSFORMS: [(&str, Transform); 4] = [
    ("identity", Transform::Identity),
    ("log1p", Transform::Log1p),
    ("asinh", Transform::Asinh),
    ("rank", Transform::Rank),
];
const MISSING: [(&str, MissingPolicy); 3] = [
    ("redistribute", MissingPolicy::Redistribute),
    ("neutral", MissingPolicy::Neutral),
    ("worst", MissingPolicy::Worst),
];
const METHODS: [(&str, WeightingMethod); 5] = [
    ("equal", WeightingMethod::Equal),
    ("user", WeightingMethod::User),
    ("ahp", WeightingMethod::Ahp),
    ("entropy", WeightingMethod::Entropy),
    ("profit_regression", WeightingMethod::ProfitRegression),
];

impl AssessmentStandard {
    /// Reads a standard from TOML text. `name`, `version` and `indicators` with `name` and `group` must be given;
    /// everything else has the defaults of the [builder](super::AssessmentStandardBuilder). Judgements of pairs may be
    /// written as fractions: `upper = [4, "1/3", 5]`.
    ///
    /// ```
    /// use emptor_core::grade::AssessmentStandard;
    ///
    /// let standard = AssessmentStandard::from_toml(
    ///     r#"
    ///     name = "retail"
    ///     version = 3
    ///     effective_from = 2024-01-01
    ///
    ///     [weighting]
    ///     method = "user"
    ///     groups = { past_sales = 0.6, image = 0.4 }
    ///
    ///     [[indicators]]
    ///     name = "spend"
    ///     group = "past_sales"
    ///     transform = "asinh"
    ///
    ///     [[indicators]]
    ///     name = "referrals"
    ///     group = "image"
    ///     missing = { value = 0 }
    ///     "#,
    /// )?;
    /// assert_eq!((standard.name(), standard.version()), ("retail", 3));
    /// assert_eq!(AssessmentStandard::from_toml(&standard.to_toml()?)?, standard);
    ///
    /// let text = "name = 'retail'\nversion = 3\n[[indicators]]\nname = 'spend'\ngroup = 'sales'\ncolour = 'red'\n";
    /// let error = AssessmentStandard::from_toml(text).unwrap_err().to_string();
    /// assert!(error.contains("line 5: indicators.spend.group must be one of service_value, product_value, image"));
    /// assert!(error.contains("line 6: indicators.spend.colour is not a key; the keys are name, group, direction"));
    /// # Ok::<(), emptor_core::grade::GradeError>(())
    /// ```
    ///
    /// # Errors
    /// [`GradeError::Standard`] with every mistake: its key, its line and what would be right.
    pub fn from_toml(text: &str) -> Result<Self, GradeError> {
        let (document, broken) = DeTable::parse_recoverable(text);
        let mut reader = Reader { text, mistakes: Vec::new(), lines: BTreeMap::new() };
        for error in broken {
            let line = error.span().map(|span| reader.line_of(&span));
            reader.mistakes.push(StandardMistake { key: String::new(), line, message: error.message().to_owned() });
        }
        // What was guessed from broken text would be reported as a mistake of its own.
        let draft = if reader.mistakes.is_empty() { reader.standard(document.get_ref()) } else { Draft::default() };
        if reader.mistakes.is_empty() {
            let mut checks = Invalid::checks();
            draft.check(&mut checks);
            if let Err(invalid) = checks.finish() {
                invalid.violations().iter().for_each(|violation| reader.violation("", violation));
            }
        } else if !draft.indicators.is_empty() {
            // Weights are left out: a group that could not be read would lack one.
            let mut checks = Invalid::checks();
            draft.check_values(&mut checks);
            if let Err(invalid) = checks.finish() {
                invalid.violations().iter().for_each(|violation| reader.violation("", violation));
            }
        }
        let mut mistakes = reader.mistakes;
        if mistakes.is_empty() {
            return Ok(Self { draft });
        }
        mistakes.sort_by_key(|mistake| mistake.line.unwrap_or(usize::MAX));
        Err(GradeError::Standard { mistakes })
    }

    /// Writes the standard as TOML text; [`from_toml`](Self::from_toml) reads it back equal.
    ///
    /// # Errors
    /// [`GradeError::Standard`] if the text cannot be written.
    pub fn to_toml(&self) -> Result<String, GradeError> {
        toml::to_string(&self.draft).map_err(|error| GradeError::Standard {
            mistakes: vec![StandardMistake { key: String::new(), line: None, message: error.to_string() }],
        })
    }
}

impl Reader<'_> {
    fn standard(&mut self, table: &DeTable<'_>) -> Draft {
        let root = Section { table, key: String::new() };
        self.known(
            &root,
            &[
                "name",
                "version",
                "effective_from",
                "scaling",
                "winsorize",
                "clip",
                "least_coverage",
                "out_of_range",
                "weighting",
                "indicators",
            ],
        );
        let mut draft = Draft::default();
        self.required(&root, &["name", "version", "indicators"]);
        set(&mut draft.name, self.string(&root, "name"));
        set(&mut draft.version, self.read(&root, "version", "must be a whole number from 0", integer));
        draft.effective_from = self.read(&root, "effective_from", "must be a day written YYYY-MM-DD", date);
        set(&mut draft.scaling, self.choice(&root, "scaling", &SCALINGS));
        let pair = |v: &DeValue<'_>| match numbers(v)?[..] {
            [low, high] => Some((low, high)),
            _ => None,
        };
        set(&mut draft.winsorize, self.read(&root, "winsorize", "must be two shares, [lower, upper]", pair));
        set(&mut draft.clip, self.number(&root, "clip"));
        set(&mut draft.least_coverage, self.number(&root, "least_coverage"));
        set(&mut draft.out_of_range, self.choice(&root, "out_of_range", &POLICIES));
        if let Some(section) = self.section(&root, "weighting") {
            set(&mut draft.weighting, self.weighting(&section));
        }
        for (number, entry) in self.array(&root, "indicators").iter().enumerate() {
            match entry.get_ref() {
                DeValue::Table(table) => draft.indicators.push(self.indicator(table, number, entry.span())),
                other => self.wrong(&format!("indicators[{number}]"), &entry.span(), "must be a table", other),
            }
        }
        draft
    }

    fn indicator(&mut self, table: &DeTable<'_>, number: usize, span: Range<usize>) -> Indicator {
        let name = table.get("name").and_then(|value| value.get_ref().as_str()).filter(|name| !name.is_empty());
        let key = name.map_or_else(|| format!("indicators[{number}]"), |name| format!("indicators.{name}"));
        let section = Section { table, key };
        self.lines.insert(section.key.clone(), self.line_of(&span));
        self.known(
            &section,
            &[
                "name",
                "group",
                "direction",
                "transform",
                "weight",
                "missing",
                "valid_min",
                "valid_max",
                "unit",
                "formula",
            ],
        );
        self.required(&section, &["name", "group"]);
        let groups = InformationGroup::ALL.map(|group| (group.name(), group));
        let group = self.choice(&section, "group", &groups).unwrap_or(InformationGroup::PastSales);
        let name = self.string(&section, "name").filter(|name| !name.is_empty());
        let mut indicator = Indicator::new(name.unwrap_or_else(|| section.key.clone()), group);
        if self.choice(&section, "direction", &DIRECTIONS) == Some(Direction::LowerIsBetter) {
            indicator = indicator.lower_is_better();
        }
        if let Some(transform) = self.choice(&section, "transform", &TRANSFORMS) {
            indicator = indicator.transform(transform);
        }
        if let Some(weight) = self.number(&section, "weight") {
            indicator = indicator.weight(weight);
        }
        if let Some(policy) = self.missing(&section) {
            indicator = indicator.missing(policy);
        }
        if let Some(least) = self.number(&section, "valid_min") {
            indicator = indicator.valid_min(least);
        }
        if let Some(greatest) = self.number(&section, "valid_max") {
            indicator = indicator.valid_max(greatest);
        }
        if let Some(unit) = self.string(&section, "unit") {
            indicator = indicator.unit(unit);
        }
        if let Some(formula) = self.string(&section, "formula") {
            indicator = indicator.formula(formula);
        }
        indicator
    }

    fn missing(&mut self, section: &Section<'_, '_>) -> Option<MissingPolicy> {
        if section.table.get("missing").is_some_and(|value| value.get_ref().is_table()) {
            let inner = self.section(section, "missing")?;
            self.known(&inner, &["value"]);
            self.required(&inner, &["value"]);
            return self.number(&inner, "value").map(MissingPolicy::Value);
        }
        let rule = format!("must be one of {}, or {{ value = a number }}", names(&MISSING));
        self.read(section, "missing", &rule, |value| chosen(value, &MISSING))
    }

    fn weighting(&mut self, section: &Section<'_, '_>) -> Option<Weighting> {
        self.required(section, &["method"]);
        let method = self.choice(section, "method", &METHODS)?;
        let group_names = InformationGroup::ALL.map(InformationGroup::name);
        match method {
            WeightingMethod::User => {
                self.known(section, &["method", "groups"]);
                let mut weights = BTreeMap::new();
                if section.table.contains_key("groups") {
                    let groups = self.section(section, "groups")?;
                    self.known(&groups, &group_names);
                    for group in InformationGroup::ALL {
                        if let Some(weight) = self.number(&groups, group.name()) {
                            weights.insert(group, weight);
                        }
                    }
                }
                Some(Weighting::User { groups: weights })
            }
            WeightingMethod::Ahp => {
                self.known(section, &["method", "groups", "within"]);
                self.required(section, &["groups"]);
                let groups = self.section(section, "groups").and_then(|groups| self.matrix(&groups));
                let mut within = BTreeMap::new();
                if let Some(matrices) = self.section(section, "within") {
                    self.known(&matrices, &group_names);
                    for group in InformationGroup::ALL {
                        if let Some(inner) = self.section(&matrices, group.name()) {
                            within.extend(self.matrix(&inner).map(|matrix| (group, matrix)));
                        }
                    }
                }
                Some(Weighting::Ahp { groups: groups?, within })
            }
            WeightingMethod::Equal | WeightingMethod::Entropy | WeightingMethod::ProfitRegression => {
                self.known(section, &["method"]);
                Some(match method {
                    WeightingMethod::Equal => Weighting::Equal,
                    WeightingMethod::Entropy => Weighting::Entropy,
                    _ => Weighting::ProfitRegression,
                })
            }
        }
    }

    fn matrix(&mut self, section: &Section<'_, '_>) -> Option<PairwiseMatrix> {
        self.known(section, &["names", "upper"]);
        self.required(section, &["names", "upper"]);
        let strings = |value: &DeValue<'_>| {
            value.as_array()?.iter().map(|name| name.get_ref().as_str().map(str::to_owned)).collect()
        };
        let names: Option<Vec<String>> = self.read(section, "names", "must be a list of names", strings);
        let rule = "must be a list of numbers or fractions such as \"1/3\"";
        let upper: Option<Vec<f64>> = self.read(section, "upper", rule, numbers);
        let names = names?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match PairwiseMatrix::from_upper_triangle(&names, &upper?) {
            Ok(matrix) => Some(matrix),
            Err(GradeError::Invalid(invalid)) => {
                invalid.violations().iter().for_each(|violation| self.violation(&section.key, violation));
                None
            }
            Err(_) => None,
        }
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        match AssessmentStandard::from_toml(text) {
            Err(GradeError::Standard { mistakes }) => mistakes.iter().map(ToString::to_string).collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn what_is_written_is_read_back_equal() -> Result<(), Box<dyn std::error::Error>> {
        let groups = PairwiseMatrix::from_upper_triangle(&["image", "past_sales"], &[1.0 / 3.0])?;
        let past = PairwiseMatrix::from_upper_triangle(&["a", "b", "c"], &[2.0, 4.0, 2.0])?;
        let ahp = Weighting::Ahp { groups, within: BTreeMap::from([(InformationGroup::PastSales, past)]) };
        let user = Weighting::User {
            groups: BTreeMap::from([(InformationGroup::PastSales, 2.5), (InformationGroup::Image, 1.0)]),
        };
        let weightings =
            [ahp, user, Weighting::default(), Weighting::Equal, Weighting::Entropy, Weighting::ProfitRegression];
        for (i, weighting) in weightings.into_iter().enumerate() {
            let indicators = [
                Indicator::new("a", InformationGroup::PastSales)
                    .transform(TRANSFORMS[i % 4].1)
                    .missing(MISSING[i % 3].1)
                    .valid_min(-0.5)
                    .unit("€")
                    .formula("a \"quoted\" \\ text"),
                Indicator::new("b", InformationGroup::PastSales).lower_is_better().missing(MissingPolicy::Value(0.1)),
                Indicator::new("c", InformationGroup::PastSales).weight(0.3).valid_max(1e9),
                Indicator::new("d", InformationGroup::Image),
            ];
            let standard = AssessmentStandard::builder()
                .name("two\nlines")
                .version(7)
                .effective_from("2024-02-29".parse()?)
                .indicators(indicators)
                .weighting(weighting)
                .scaling(SCALINGS[i % 4].1)
                .winsorize(0.025, 0.975)
                .clip(2.5)
                .out_of_range(POLICIES[i % 2].1)
                .build()?;
            let text = standard.to_toml()?;
            assert_eq!(AssessmentStandard::from_toml(&text)?, standard, "{text}");
            let json = serde_json::to_string(&standard)?;
            assert_eq!(serde_json::from_str::<AssessmentStandard>(&json)?, standard);
        }
        let built_in = AssessmentStandard::built_in();
        assert_eq!(AssessmentStandard::from_toml(&built_in.to_toml()?)?, built_in);
        Ok(())
    }

    #[test]
    fn every_mistake_is_told_with_key_line_and_answer() {
        let text = r#"
name = 3
vershun = 1
effective_from = "2024-02-30"
scaling = "robust"
winsorize = [0.01]
clip = 0
least_coverage = "half"
out_of_range = "ignore"

[[indicators]]
name = "spend"
group = "sales"
weight = -1

[[indicators]]
group = "image"
direction = "up"
missing = { worth = 1 }

[[indicators]]
name = "spend"
group = "image"
transform = "log"
valid_min = 2
valid_max = 1
"#;
        let found = mistakes(text);
        for expected in [
            "version must be given",
            "line 2: name must be text (got 3)",
            "line 3: vershun is not a key; the keys are name, version, effective_from, scaling",
            "line 4: effective_from must be a day written YYYY-MM-DD (got `2024-02-30`)",
            "line 5: scaling must be one of z, robust_z, robust_or_z, min_max, quantile (got `robust`)",
            "line 6: winsorize must be two shares, [lower, upper] (got [0.01])",
            "line 7: clip must be above 0 and at most 1000 (got 0)",
            "line 8: least_coverage must be a number (got `half`)",
            "line 9: out_of_range must be one of unknown, refuse (got `ignore`)",
            "line 13: indicators.spend.group must be one of service_value, product_value, image, past_sales (got `sales`)",
            "indicators.spend.weight must lie between 1e-6 and 1e6 (got -1)",
            "line 16: indicators[1].name must be given",
            "line 18: indicators[1].direction must be one of higher_is_better, lower_is_better (got `up`)",
            "line 19: indicators[1].missing.worth is not a key; the keys are value",
            "indicators[1].missing.value must be given",
            "line 21: indicators.spend must be named once (got a second one)",
            "line 24: indicators.spend.transform must be one of identity, log1p, asinh, rank (got `log`)",
            "line 26: indicators.spend.valid_max must be above valid_min, 2 (got 1)",
        ] {
            assert!(found.iter().any(|m| m.starts_with(expected) || m.ends_with(expected)), "{expected}\n{found:#?}");
        }
        assert_eq!(found.len(), 18, "{found:#?}");
    }

    #[test]
    fn mistakes_of_weights_are_told() {
        let indicators =
            "\n[[indicators]]\nname = 'a'\ngroup = 'image'\n[[indicators]]\nname = 'b'\ngroup = 'past_sales'\n";
        let with =
            |weighting: &str| mistakes(&format!("name = 'x'\nversion = 1\n[weighting]\n{weighting}{indicators}"));
        for (weighting, expected) in [
            ("method = 'best'", "line 4: weighting.method must be one of equal, user, ahp, entropy, profit_regression"),
            ("groups = 1", "weighting.method must be given"),
            ("method = 'equal'\ngroups = { image = 1 }", "line 5: weighting.groups is not a key; the keys are method"),
            ("method = 'user'\ngroups = { image = 1 }", "weighting.groups.past_sales must be set when another"),
            ("method = 'user'\ngroups = { image = 1, past = 2 }", "line 5: weighting.groups.past is not a key"),
            ("method = 'ahp'", "weighting.groups must be given"),
            (
                "method = 'ahp'\ngroups = { names = ['image', 'past_sales'], upper = [12] }",
                "line 5: weighting.groups.upper must lie between 1/9 and 9",
            ),
            (
                "method = 'ahp'\ngroups = { names = ['image', 'past_sales'], upper = ['1:3'] }",
                "line 5: weighting.groups.upper must be a list of numbers or fractions",
            ),
            (
                "method = 'ahp'\ngroups = { names = ['image'], upper = [] }",
                "line 5: weighting.groups.names must judge every one (got nothing of past_sales)",
            ),
        ] {
            let found = with(weighting);
            assert!(found.len() == 1 && found[0].contains(expected), "{expected}\n{found:#?}");
        }
        let fraction = "method = 'ahp'\ngroups = { names = ['image', 'past_sales'], upper = ['1/3'] }";
        let text = format!("name = 'x'\nversion = 1\n[weighting]\n{fraction}{indicators}");
        assert!(AssessmentStandard::from_toml(&text).is_ok());
    }

    #[test]
    fn text_that_is_no_toml_is_told_by_line() {
        let found = mistakes("name = 'x'\nversion = = 1\nclip = [\n");
        assert!(!found.is_empty() && found.iter().all(|m| m.starts_with("line ")), "{found:?}");
        assert!(found[0].starts_with("line 2: "), "{found:?}");
        assert_eq!(mistakes("").len(), 3, "name, version and indicators");
        assert_eq!(mistakes("name = 'x'\nversion = -1\nindicators = 5\n").len(), 2);
    }
}
