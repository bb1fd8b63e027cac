mod closed_forms;
mod extremes;
mod golden;
mod tails;
