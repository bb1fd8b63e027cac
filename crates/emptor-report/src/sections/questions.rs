//! The ten questions.

use emptor_core::analysis::answers;

use super::Made;
use crate::block::{Block, Part};
use crate::material::Material;
use crate::words::Words;

pub(super) fn part(material: &Material<'_>, _words: &Words) -> Made {
    let Some(results) = material.seven_p else { return Ok(None) };
    let answers = answers(results)?;
    let answered = answers.iter().filter(|answer| answer.is_answered).count();
    let rest = if answered < answers.len() { "; the others say what they would need" } else { "" };
    let mut part = Part::new("questions", "Ten questions").finding(format!(
        "Of the ten questions a business asks of its customer data these tables answer {answered}{rest}."
    ));
    for answer in answers {
        let mut items = vec![answer.headline];
        items.extend(answer.details.into_iter().take(2));
        items.extend(answer.assumptions.into_iter().map(|given| format!("Given: {given}")));
        items.extend(answer.caveats.into_iter().take(3).map(|caveat| format!("But: {caveat}")));
        items.push(format!("Next: {}", answer.next_check));
        part.push(Block::List { title: format!("{}. {}", answer.number, answer.question), items });
    }
    Ok(Some(part))
}
