//! Everything that the fuzzers found is read as they read it, in every test run.

mod fuzzed;

use std::fs;
use std::path::Path;

#[test]
fn what_the_fuzzers_found_does_no_harm() {
    type Decoder = fn(&[u8]);
    let decoders: [(&str, Decoder); 9] = [
        ("envelope", fuzzed::envelope),
        ("message", fuzzed::message),
        ("frame", fuzzed::frame),
        ("fragments", fuzzed::fragments),
        ("mqtt", fuzzed::mqtt),
        ("address", fuzzed::address),
        ("session", fuzzed::session),
        ("card", fuzzed::card),
        ("transfer", fuzzed::transfer),
    ];
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, decode) in decoders {
        let mut files = 0;
        for entry in fs::read_dir(corpus.join(name)).expect("the corpus is in the repository") {
            let bytes = fs::read(entry.expect("readable").path()).expect("readable");
            decode(&bytes);
            files += 1;
        }
        assert!(files > 0, "{name} has no corpus");
    }
}
