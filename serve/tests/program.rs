//! The program itself: what it prints, how it ends.

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

use common::Folder;

struct Program(Child);

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_handclasp-serve"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self(child.expect("the program starts"))
    }

    fn first_line(&mut self) -> String {
        let mut line = String::new();
        let out = self.0.stdout.as_mut().expect("piped");
        BufReader::with_capacity(1, out)
            .read_line(&mut line)
            .expect("a line");
        line.trim_end().to_owned()
    }

    /// Exit code, what is left of the output, and the errors.
    fn end(mut self) -> (Option<i32>, String, String) {
        let (mut out, mut errors) = (String::new(), String::new());
        self.0
            .stdout
            .take()
            .expect("piped")
            .read_to_string(&mut out)
            .expect("text");
        self.0
            .stderr
            .take()
            .expect("piped")
            .read_to_string(&mut errors)
            .expect("text");
        (self.0.wait().expect("ended").code(), out, errors)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
#[test]
fn it_says_where_it_listens_and_ends_when_told_to() {
    use std::io::Write as _;
    let page = Folder::with_page();
    let dist = page.path().to_string_lossy();
    for signal in ["INT", "TERM"] {
        let mut program = Program::start(&["--dist", &dist, "--port", "0"]);
        let line = program.first_line();
        let address = line
            .strip_prefix("listening on http://")
            .unwrap_or_else(|| panic!("{line}"));

        let mut stream = std::net::TcpStream::connect(address).expect("connected");
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            .expect("sent");
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 200 OK");

        // The connection stays open; it does not keep the program.
        let killed = Command::new("kill")
            .args([&format!("-{signal}"), &program.0.id().to_string()])
            .status();
        assert!(killed.expect("kill").success());
        let (code, out, errors) = program.end();
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{signal}");
        assert!(out.contains("On this machine:"), "{out}");
    }
}

#[test]
fn a_taken_port_is_said_with_the_next_step() {
    let page = Folder::with_page();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("bound").port().to_string();
    let (code, out, errors) =
        Program::start(&["--dist", &page.path().to_string_lossy(), "--port", &port]).end();
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(
        errors.contains(&format!("port {port} is taken")) && errors.contains("--port"),
        "{errors}"
    );
}

#[test]
fn a_missing_page_is_said_with_the_next_step() {
    let empty = Folder::new();
    let (code, _, errors) =
        Program::start(&["--dist", &empty.path().to_string_lossy(), "--port", "0"]).end();
    assert_eq!(code, Some(1));
    assert!(
        errors.contains("index.html") && errors.contains("--dist"),
        "{errors}"
    );
}

#[test]
fn a_wrong_option_is_named() {
    let (code, _, errors) = Program::start(&["--prot", "1"]).end();
    assert_eq!(code, Some(2));
    assert!(
        errors.contains("--prot") && errors.contains("--help"),
        "{errors}"
    );
}

#[test]
fn quiet_is_one_line() {
    let page = Folder::with_page();
    let mut program = Program::start(&[
        "--dist",
        &page.path().to_string_lossy(),
        "--port",
        "0",
        "--quiet",
    ]);
    assert!(program.first_line().starts_with("listening on "));
    program.0.kill().expect("killed");
    assert_eq!(program.end().1, "");
}
