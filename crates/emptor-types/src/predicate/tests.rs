use std::error::Error;

use proptest::prelude::*;

use super::*;

/// A row of the tests: two numeric columns and two of texts, with names that want quoting.
type Row = [Option<Cell>; 4];
const COLUMNS: [&str; 4] = ["x", "net \"profit\"", "channel", "it's"];
const TEXTS: [&str; 4] = ["web", "O'Hara", "a, (b) \"c\"", ""];

#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Number(f64),
    Text(&'static str),
}

fn value(row: &Row, column: &str) -> Value<'static> {
    let cell = COLUMNS.iter().position(|name| *name == column).and_then(|i| row[i].clone());
    match cell {
        Some(Cell::Number(number)) => Value::Number(number),
        Some(Cell::Text(text)) => Value::Text(text),
        None => Value::Null,
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(f64),
    Word(String),
}

fn tokens(sql: &str) -> Option<Vec<Token>> {
    let chars: Vec<char> = sql.chars().collect();
    let (mut found, mut i) = (Vec::new(), 0);
    while i < chars.len() {
        let start = i;
        match chars[i] {
            ' ' => i += 1,
            quote @ ('"' | '\'') => {
                let mut inside = String::new();
                i += 1;
                loop {
                    match (*chars.get(i)?, chars.get(i + 1)) {
                        (c, Some(&next)) if c == quote && next == quote => i += 2,
                        (c, _) if c == quote => break,
                        _ => i += 1,
                    }
                    inside.push(chars[i - 1]);
                }
                i += 1;
                found.push(if quote == '"' { Token::Name(inside) } else { Token::Text(inside) });
            }
            '(' | ')' | ',' => {
                i += 1;
                found.push(Token::Word(chars[start].to_string()));
            }
            '<' | '>' | '=' => {
                while matches!(chars.get(i), Some('<' | '>' | '=')) {
                    i += 1;
                }
                found.push(Token::Word(chars[start..i].iter().collect()));
            }
            _ => {
                while chars.get(i).is_some_and(|c| !" (),<>='\"".contains(*c)) {
                    i += 1;
                }
                let word: String = chars[start..i].iter().collect();
                found.push(word.parse().map_or(Token::Word(word), Token::Number));
            }
        }
    }
    Some(found)
}

/// Evaluates the SQL a predicate renders as a database does: three-valued, `None` for unknown. Written from the rules of
/// SQL-92 alone: `OR` of `AND` of (`NOT`) comparisons, `[NOT] IN`, `IS [NOT] NULL`.
struct Sql<'r> {
    tokens: Vec<Token>,
    at: usize,
    row: &'r Row,
}

impl Sql<'_> {
    fn evaluate(sql: &str, row: &Row) -> Result<Option<bool>, String> {
        let tokens = tokens(sql).ok_or_else(|| format!("open quote in {sql}"))?;
        let mut parser = Sql { tokens, at: 0, row };
        let answer = parser.or().ok_or_else(|| format!("{sql} at token {}", parser.at))?;
        if parser.at == parser.tokens.len() { Ok(answer) } else { Err(format!("{sql}: rest after {}", parser.at)) }
    }

    fn take(&mut self, word: &str) -> bool {
        let here = self.tokens.get(self.at) == Some(&Token::Word(word.to_owned()));
        self.at += usize::from(here);
        here
    }

    fn or(&mut self) -> Option<Option<bool>> {
        let mut answer = self.and()?;
        while self.take("OR") {
            let right = self.and()?;
            answer = match (answer, right) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        Some(answer)
    }

    fn and(&mut self) -> Option<Option<bool>> {
        let mut answer = self.primary()?;
        while self.take("AND") {
            let right = self.primary()?;
            answer = match (answer, right) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        Some(answer)
    }

    fn operand(&mut self) -> Option<Option<Cell>> {
        self.at += 1;
        match self.tokens.get(self.at - 1)?.clone() {
            Token::Name(name) => Some(self.row[COLUMNS.iter().position(|own| *own == name)?].clone()),
            Token::Number(number) => Some(Some(Cell::Number(number))),
            Token::Text(text) => TEXTS.iter().find(|own| **own == text).map(|own| Some(Cell::Text(own))),
            Token::Word(_) => None,
        }
    }

    fn primary(&mut self) -> Option<Option<bool>> {
        if self.take("NOT") {
            return Some(self.primary()?.map(|answer| !answer));
        }
        if self.take("(") {
            let answer = self.or()?;
            return self.take(")").then_some(answer);
        }
        let left = self.operand()?;
        if self.take("IS") {
            let not = self.take("NOT");
            return self.take("NULL").then_some(Some(left.is_none() != not));
        }
        let not = self.take("NOT");
        if self.take("IN") {
            let mut answer = Some(false);
            assert!(self.take("("), "IN without a list");
            loop {
                let right = self.operand()?;
                if left.is_none() {
                    answer = None;
                } else if left == right {
                    answer = Some(true);
                }
                if self.take(")") {
                    return Some(answer.map(|answer| answer != not));
                }
                assert!(self.take(","), "a list without a comma");
            }
        }
        let Some(Token::Word(sign)) = self.tokens.get(self.at).cloned() else { return None };
        self.at += 1;
        let (left, right) = (left, self.operand()?);
        let (Some(Cell::Number(left)), Some(Cell::Number(right))) = (left, right) else { return Some(None) };
        let order = left.partial_cmp(&right)?;
        Some(Some(match sign.as_str() {
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "=" => order.is_eq(),
            "<>" => order.is_ne(),
            _ => return None,
        }))
    }
}

fn numbers() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![-1250.0, -1e-7, 0.0, 0.1, 0.1 + 0.2, 0.3, 2.0, 1250.5, 1e16])
}

fn comparisons() -> impl Strategy<Value = Comparison> {
    use Comparison::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
    prop::sample::select(vec![Less, AtMost, Greater, AtLeast, Equal, NotEqual])
}

fn predicates() -> impl Strategy<Value = Predicate> {
    let compare = (0..2_usize, comparisons(), numbers()).prop_map(|(column, comparison, value)| Predicate::Compare {
        column: COLUMNS[column].to_owned(),
        comparison,
        value: Threshold(value),
    });
    let within =
        (2..4_usize, prop::collection::vec(prop::sample::select(TEXTS.to_vec()), 0..4)).prop_map(|(c, texts)| {
            Predicate::In { column: COLUMNS[c].to_owned(), values: texts.into_iter().map(str::to_owned).collect() }
        });
    let null = (0..4_usize).prop_map(|c| Predicate::is_null(COLUMNS[c]));
    let leaf =
        prop_oneof![4 => compare, 3 => within, 2 => null, 1 => Just(Predicate::Always), 1 => Just(Predicate::Never)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let parts = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            parts.clone().prop_map(Predicate::All),
            parts.prop_map(Predicate::Any),
            inner.prop_map(|part| Predicate::Not(Box::new(part))),
        ]
    })
}

fn rows() -> impl Strategy<Value = Row> {
    let number = || prop::option::of(numbers().prop_map(Cell::Number));
    let text = || prop::option::of(prop::sample::select(TEXTS.to_vec()).prop_map(Cell::Text));
    (number(), number(), text(), text()).prop_map(|(a, b, c, d)| [a, b, c, d])
}

#[test]
fn a_junction_of_one_keeps_the_parentheses_of_what_it_holds() -> Result<(), Invalid> {
    let less = Predicate::Compare { column: "x".to_owned(), comparison: Comparison::Less, value: Threshold::new(5.0)? };
    let nested = Predicate::All(vec![Predicate::All(vec![less])]);
    let negated = Predicate::Not(Box::new(Predicate::Any(vec![nested, Predicate::is_null("y")])));
    assert_eq!(negated.to_sql(), r#""y" IS NOT NULL AND ("x" IS NULL OR "x" >= 5)"#);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_database_selects_the_rows_for_which_it_holds(predicate in predicates(), rows in prop::collection::vec(rows(), 6)) {
        let sql = predicate.to_sql();
        for row in &rows {
            let holds = predicate.holds(|column| value(row, column));
            // Never unknown, so that it can be negated, counted and grouped by.
            prop_assert_eq!(Sql::evaluate(&sql, row), Ok(Some(holds)), "{}", &sql);
            prop_assert_eq!(Sql::evaluate(&format!("NOT ({sql})"), row), Ok(Some(!holds)), "{}", &sql);
            let negated = Predicate::negate(predicate.clone());
            prop_assert_eq!(Sql::evaluate(&negated.to_sql(), row), Ok(Some(!holds)), "{}", negated.to_sql());
        }
    }

    #[test]
    fn simplifying_changes_no_row_and_saving_changes_nothing(predicate in predicates(), rows in prop::collection::vec(rows(), 6)) {
        let simple = predicate.clone().simplified();
        for row in &rows {
            prop_assert_eq!(simple.holds(|c| value(row, c)), predicate.holds(|c| value(row, c)), "{}", &simple);
        }
        prop_assert_eq!(simple.clone().simplified(), simple);
        let saved = serde_json::to_string(&predicate).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let loaded: Predicate = serde_json::from_str(&saved).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(loaded, predicate);
    }
}

#[test]
fn the_text_is_short_and_reads_back_exactly() -> Result<(), Box<dyn Error>> {
    for (number, text) in [
        (1250.0, "x > 1,250"),
        (-1_234_567.25, "x > -1,234,567.25"),
        (999.5, "x > 999.5"),
        (0.1 + 0.2, "x > 0.30000000000000004"),
        (1e-7, "x > 1e-7"),
        (1.5e20, "x > 1.5e20"),
        (-0.0, "x > 0"),
    ] {
        let predicate = Predicate::compare("x", Comparison::Greater, number)?;
        assert_eq!(predicate.to_string(), text);
        let digits = text[4..].replace(',', "");
        assert!(digits.parse::<f64>()?.total_cmp(&(number + 0.0)).is_eq(), "{text}");
    }
    Ok(())
}

#[test]
fn nested_conditions_read_as_a_person_would_write_them() -> Result<(), Box<dyn Error>> {
    let spend = || Predicate::compare("spend", Comparison::AtMost, 10.0);
    let channel = || Predicate::within("channel", ["web, old", "app"]);
    let predicate = Predicate::all([
        Predicate::any([spend()?, Predicate::is_null("spend")]),
        Predicate::negate(channel()),
        Predicate::negate(Predicate::is_null("age")),
        Predicate::negate(spend()?),
    ]);
    assert_eq!(
        predicate.to_string(),
        "(spend <= 10 or unknown) and channel not in ('web, old', app) and age is known and not (spend <= 10)"
    );
    assert_eq!(predicate.columns(), ["spend", "channel", "age"]);
    assert_eq!(
        Predicate::any([spend()?, Predicate::is_null("spend")]).to_sql(),
        "\"spend\" IS NULL OR \"spend\" <= 10"
    );
    assert_eq!(Predicate::negate(channel()).to_sql(), "\"channel\" IS NULL OR \"channel\" NOT IN ('web, old', 'app')");
    assert_eq!(Predicate::All(Vec::new()).to_string(), "always");
    assert_eq!(Predicate::within("channel", Vec::<String>::new()), Predicate::Never);
    Ok(())
}

#[test]
fn an_unknown_value_satisfies_no_comparison_and_every_negated_one() -> Result<(), Box<dyn Error>> {
    for unknown in [Value::Null, Value::Number(f64::NAN)] {
        for comparison in [Comparison::Less, Comparison::Equal, Comparison::NotEqual] {
            let predicate = Predicate::compare("x", comparison, 1.0)?;
            assert!(!predicate.holds(|_| unknown));
            assert!(Predicate::negate(predicate).holds(|_| unknown));
        }
        assert!(Predicate::is_null("x").holds(|_| unknown));
    }
    assert!(!Predicate::compare("x", Comparison::Equal, 1.0)?.holds(|_| Value::Text("1")));
    assert!(!Predicate::within("x", ["1"]).holds(|_| Value::Number(1.0)));
    Ok(())
}

#[test]
fn numbers_that_are_none_are_refused_at_every_door() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(Predicate::compare("x", Comparison::Less, number).is_err());
    }
    let saved = r#"{"compare":{"column":"x","comparison":"less","value":1e999}}"#;
    assert!(serde_json::from_str::<Predicate>(saved).is_err());
}
