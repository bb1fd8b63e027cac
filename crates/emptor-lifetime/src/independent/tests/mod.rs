mod golden;
mod oracle;
mod speed;
