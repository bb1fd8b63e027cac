//! Tests of the configuration file.

use super::*;

/// Every commented key of the template with its comment sign taken away, examples of tables left out.
fn uncommented() -> String {
    let text = template(&TableConfig { file: "orders.csv".into(), ..TableConfig::default() });
    let own = text
        .lines()
        .filter(|line| !line.contains("tables.") && !line.contains("encoding") && !line.contains("sheet ="));
    let mut known = Vec::new();
    for line in own {
        let key = line.strip_prefix("# ").filter(|rest| rest.split_once(" = ").is_some_and(|(key, _)| is_key(key)));
        let table = ["product =", "category =", "unit_cost =", "file = \"products"].iter().any(|s| line.contains(s));
        known.push(if table { "" } else { key.unwrap_or(line) });
    }
    // Order lines need their columns once one is named.
    known.join("\n").replace("[data.columns]", "[data.columns]\ncustomer = \"c\"\ndate = \"d\"")
}

fn is_key(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[test]
fn the_template_shows_the_defaults() -> Result<(), Mistakes> {
    let read = Config::parse("emptor.toml", &uncommented())?;
    let usual = Config::default();
    assert_eq!(
        (&read.value, &read.models, &read.grades, &read.forecast, &read.report),
        (&usual.value, &usual.models, &usual.grades, &usual.forecast, &usual.report)
    );
    Ok(())
}

#[test]
fn the_template_names_every_key_there_is() {
    let text = uncommented();
    for section in ["data", "value", "models", "grades", "forecast", "report"] {
        // An unknown key lists or suggests known ones; every known key must stand in the template.
        let refused = Config::parse("x", &format!("[{section}]\nzzzzzzzz = 1\n")).err();
        let message = refused.map(|mistakes| mistakes.to_string()).unwrap_or_default();
        let known = message.split("there are ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
        assert!(!known.is_empty(), "{message}");
        for key in known.split(", ").filter(|key| !["encoding", "sheet", "columns"].contains(key)) {
            assert!(text.contains(&format!("{key} = ")), "{section}.{key}");
        }
    }
}

#[test]
fn every_mistake_is_named_with_its_line_and_what_would_be_right() {
    let text = "\
as_off = 2024-01-31
[data]
file = \"orders.csv\"
[data.columns]
customer = \"id\"
amuont = \"net\"
[tables.product]
file = \"p.csv\"
[value]
rate = -2
horizon = \"soon\"
timing = \"midle\"
[models]
purchases = [\"BG/NBD\", \"Magic\"]
[grades]
count = [1]
seed = -1
[forecast]
by = \"chanel\"
";
    let mistakes = Config::parse("emptor.toml", text).err().map(|m| m.found).unwrap_or_default();
    let expected: [(usize, &str); 11] = [
        (1, "did you mean `as_of`"),
        (4, "need the role `date`"),
        (6, "did you mean `amount`"),
        (7, "did you mean `products`"),
        (10, "above -1"),
        (11, "36m"),
        (12, "did you mean `middle`"),
        (14, "Magic"),
        (16, "not a list"),
        (17, "at least 0"),
        (19, "did you mean `channel`"),
    ];
    assert_eq!(mistakes.len(), expected.len(), "{mistakes:#?}");
    for (mistake, (line, part)) in mistakes.iter().zip(expected) {
        assert_eq!(mistake.line, line, "{mistake:?}");
        assert!(mistake.what.contains(part), "{part}: {mistake:?}");
    }
}

#[test]
fn what_is_not_toml_is_named_by_its_line() {
    let mistakes =
        Config::parse("emptor.toml", "[value]\nrate = \n[grades\n").err().map(|m| m.found).unwrap_or_default();
    assert!(
        mistakes.iter().any(|mistake| mistake.line == 2) && mistakes.iter().any(|mistake| mistake.line == 3),
        "{mistakes:?}"
    );
}

#[test]
fn an_empty_file_is_the_defaults() -> Result<(), Mistakes> {
    assert_eq!(Config::parse("emptor.toml", "")?, Config::default());
    Ok(())
}
