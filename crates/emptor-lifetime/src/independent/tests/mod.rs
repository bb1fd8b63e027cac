mod closed_forms;
mod extremes;
mod golden;
mod speed;
mod tails;
