//! Scores customers over HTTP.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use emptor_score_service::{App, Connections, Limits, TrainArgs, router, train};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Scores customers over HTTP with a saved analysis.
#[derive(Debug, Parser)]
#[command(name = "emptor-score-service", version)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a scorer from order lines.
    Train(TrainArgs),
    /// Loads a scorer and answers.
    Serve(ServeArgs),
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// The saved scorer.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Where to listen; port 0 takes a free one. The address is printed.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Longest body of a request, in bytes.
    #[arg(long, default_value_t = 8 * 1024 * 1024)]
    body_limit: usize,
    /// Most customers of a request.
    #[arg(long, default_value_t = 10_000)]
    customers: usize,
    /// Longest time for an answer, in seconds.
    #[arg(long, default_value_t = 10)]
    timeout: u64,
    /// Most bodies read and scored at a time.
    #[arg(long, default_value_t = 8)]
    at_a_time: usize,
    /// Most connections at a time; others wait.
    #[arg(long, default_value_t = 256)]
    connections: usize,
}

/// How long a connection may say nothing, beyond the time for an answer.
const SILENCE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let done = match Program::parse().command {
        Command::Train(args) => train(&args).map_err(Into::into).map(|scorer| {
            let training = scorer.training();
            println!("{}: learned from {} customers until {}", args.out.display(), training.customers, training.as_of);
        }),
        Command::Serve(args) => Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(serve(args))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("emptor-score-service: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: ServeArgs) -> Result<(), Box<dyn Error>> {
    let time = Duration::from_secs(args.timeout);
    let limits = Limits { body: args.body_limit, customers: args.customers, time, at_a_time: args.at_a_time };
    let app = App::open(args.model, limits)?;
    let listener = TcpListener::bind(&args.listen).await.map_err(|error| format!("{}: {error}", args.listen))?;
    println!("listening on http://{}", listener.local_addr()?);
    // A connection may be silent while its answer is computed, and little longer.
    let connections = Connections::new(listener, args.connections, time + SILENCE);
    let closing = app.clone();
    let until = async move {
        asked_to_stop().await;
        closing.close();
        eprintln!("finishing what is under way");
    };
    axum::serve(connections, router(app)).with_graceful_shutdown(until).await?;
    Ok(())
}

/// Ctrl-C, or what a supervisor sends.
async fn asked_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the system ends the program as it always does.
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        };
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
