//! Small messages that go together come apart as they were, and what is no bundle is refused.

use handclasp_core::bundle::{Bundle, FULL_BYTES, FULL_MESSAGES, MAX_CONTENT, SIGN, open};
use handclasp_core::fragments::{Assembler, Came, FragmentError, Kind};
use proptest::collection::vec;
use proptest::prelude::*;

type Message = (bool, Vec<u8>);

fn bundle(messages: &[Message]) -> Bundle {
    let mut bundle = Bundle::default();
    for (is_text, content) in messages {
        bundle.add(*is_text, content.len()).copy_from_slice(content);
    }
    bundle
}

fn opened(bytes: &[u8]) -> Result<Vec<Message>, FragmentError> {
    let messages = open(bytes)?.into_iter();
    Ok(messages
        .map(|(kind, content)| (kind == Kind::Text, content.to_vec()))
        .collect())
}

proptest! {
    #[test]
    fn messages_come_out_as_they_went_in(messages in vec((any::<bool>(), vec(any::<u8>(), 0..200)), 1..60)) {
        let bundle = bundle(&messages);
        prop_assert_eq!(bundle.messages() as usize, messages.len());
        prop_assert_eq!(opened(bundle.bytes()), Ok(messages));
    }

    #[test]
    fn one_that_is_cut_short_is_refused_or_ends_between_two_messages(
        messages in vec((any::<bool>(), vec(any::<u8>(), 0..40)), 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let bundle = bundle(&messages);
        let bytes = bundle.bytes();
        match opened(&bytes[..cut.index(bytes.len())]) {
            Ok(before) => prop_assert!(before.len() < messages.len() && messages.starts_with(&before)),
            Err(error) => prop_assert_eq!(error, FragmentError::Bundle),
        }
    }

    #[test]
    fn whatever_comes_is_a_bundle_or_none(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(messages) = opened(&bytes) {
            let again = bundle(&messages);
            prop_assert_eq!(again.bytes(), &bytes[..]);
        }
    }
}

#[test]
fn it_is_full_after_so_many_bytes_or_messages_and_never_larger_than_a_receiver_takes() {
    let mut large = Bundle::default();
    while !large.is_full() {
        large.add(false, MAX_CONTENT);
    }
    assert!(large.bytes().len() < FULL_BYTES + 2 * MAX_CONTENT);
    assert!(open(large.bytes()).is_ok());
    let mut many = Bundle::default();
    while !many.is_full() {
        many.add(true, 0);
    }
    assert_eq!(many.messages(), FULL_MESSAGES);
    let mut huge = vec![SIGN];
    huge.resize(64 * 1024 + 1, 0);
    assert_eq!(open(&huge), Err(FragmentError::Bundle));
    huge.pop();
    assert_eq!(
        open(&huge),
        Err(FragmentError::Bundle),
        "an odd number of lengths"
    );
}

#[test]
fn an_escape_goes_before_it_and_none_is_within_a_message_in_fragments() {
    let mut assembler = Assembler::default();
    assert_eq!(assembler.bytes(0), Ok(Came::Sign));
    assert_eq!(assembler.header(&[SIGN, 0, 1, 7]), Ok(Came::Bundle));
    assert_eq!(assembler.bytes(1), Ok(Came::Whole), "it ends with itself");
    assert_eq!(open(&[]), Err(FragmentError::Bundle));
    assert_eq!(open(&[SIGN]), Err(FragmentError::Bundle), "of nothing");
    assert_eq!(open(&[SIGN + 1, 0, 0]), Err(FragmentError::Bundle));
}
