//! The program: `handclasp-serve --help`.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use handclasp_serve::args::{self, Command};
use handclasp_serve::{Options, Server, StartError, banner};

/// The exit code for a wrong command line, as shells have it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let (options, quiet) = match args::parse(std::env::args_os().skip(1)) {
        Ok(Command::Serve { options, quiet }) => (options, quiet),
        Ok(Command::Version) => {
            return print(concat!("handclasp-serve ", env!("CARGO_PKG_VERSION"), "\n"));
        }
        Ok(_) => return print(args::HELP),
        Err(error) => {
            eprintln!("handclasp-serve: {error}; --help lists the options");
            return ExitCode::from(USAGE);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("handclasp-serve: the system gives no threads or sockets: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(serve(options, quiet));
    // What still runs was given its time.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("handclasp-serve: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options, quiet: bool) -> Result<(), StartError> {
    let (is_tls, observe) = (options.tls, options.observe);
    // Before anything is printed: who reads the first line may send a signal at once.
    let stop = stop_signal();
    let server = Server::bind(options).await?;
    let _ = print(&format!("{}\n", banner::first_line(server.urls())));
    if !quiet {
        let is_terminal = std::io::stdout().is_terminal();
        let _ = print(&banner::rest(server.urls(), is_tls, observe, is_terminal));
    }
    server.run(stop).await;
    Ok(())
}

/// Prints at once, also into a pipe. That nobody reads is no reason to stop serving.
fn print(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Resolves on SIGINT (Ctrl+C) or SIGTERM. Listens from the call on.
#[cfg(unix)]
fn stop_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    // Where signals cannot be listened to, they end the process themselves.
    let [interrupt, terminate] =
        [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok());
    let wait = async |listener: Option<tokio::signal::unix::Signal>| match listener {
        Some(mut listener) => drop(listener.recv().await),
        None => std::future::pending().await,
    };
    async move {
        tokio::select! {
            () = wait(interrupt) => {}
            () = wait(terminate) => {}
        }
    }
}

/// Resolves on Ctrl+C.
#[cfg(not(unix))]
async fn stop_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
