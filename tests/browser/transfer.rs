//! Files: all of them arrive as they were, or it is said why not, and nothing is sent twice that is there.
#![cfg(target_arch = "wasm32")]

mod support;

use futures_util::future::join_all;
use handclasp::transfer::{FileState, State, Transfer, TransferError};
use js_sys::Reflect;
use support::parcels::{
    arrives, between, both_done, bytes_of, file, has_come, noise, offered, only, reaches, source,
    until,
};
use support::{Guard, Pair, soon};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const MIB: usize = 1024 * 1024;

#[wasm_bindgen_test]
async fn a_small_file_and_an_empty_one_arrive() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (sending, receiving) = offered(
        &pair,
        vec![source("note.txt", b"hello"), source("empty.bin", b"")],
    )
    .await;
    assert!(sending.is_sending() && !receiving.is_sending());
    assert_eq!(receiving.peer(), &pair.a_at_b);
    let files = receiving.files();
    assert_eq!((files[0].path.as_str(), files[0].size), ("note.txt", 5));
    assert_eq!(sending.progress().state, State::Offered);
    receiving.accept();
    both_done(&sending, &receiving).await;
    let received = receiving.received();
    assert_eq!(received.len(), 2);
    assert!(received.iter().all(|file| file.on_disk));
    assert_eq!(received[0].file.name(), "note.txt");
    assert_eq!(bytes_of(&received[0].file).await, b"hello");
    assert_eq!(bytes_of(&received[1].file).await, b"");
    assert!(
        sending
            .files()
            .iter()
            .all(|file| file.state == FileState::Done)
    );
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_file_of_several_segments_arrives() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let content = noise(20 * MIB + 12_345, 1);
    let (sending, receiving) = offered(&pair, vec![source("big.bin", &content)]).await;
    receiving.accept();
    arrives(&sending, &receiving, &content).await;
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_folder_of_500_small_files_arrives() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let contents: Vec<_> = (0..500u32).map(|n| noise(n as usize * 7, n)).collect();
    let files = contents.iter().enumerate();
    let files = files.map(|(n, content)| source(&format!("folder/{}/{n}.bin", n % 10), content));
    let (sending, receiving) = offered(&pair, files.collect()).await;
    receiving.accept();
    for stage in [100, 200, 300, 400] {
        until("more of them", &receiving, |transfer| {
            let files = transfer.files();
            let done = files.iter().filter(|file| file.state == FileState::Done);
            done.count() >= stage
        })
        .await;
    }
    both_done(&sending, &receiving).await;
    let received = receiving.received();
    assert_eq!(received.len(), 500);
    for (file, content) in received.iter().zip(&contents) {
        assert!(bytes_of(&file.file).await == *content, "{}", file.path);
    }
    assert_eq!(received[123].path, "folder/3/123.bin");
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn twenty_at_once_arrive_in_both_directions() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let mut transfers = Vec::new();
    for n in 0..20u32 {
        let content = noise(100_000 + n as usize, n);
        let files = vec![source("same name.bin", &content)];
        let (sending, receiving) = if n % 2 == 0 {
            offered(&pair, files).await
        } else {
            between(&pair.a_at_b, &pair.a, files).await
        };
        transfers.push((sending, receiving, content));
    }
    transfers
        .iter()
        .for_each(|(_, receiving, _)| receiving.accept());
    join_all(transfers.iter().map(async |(sending, receiving, content)| {
        arrives(sending, receiving, content).await;
        receiving.discard().await;
    }))
    .await;
    drop(transfers);
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn the_same_file_from_two_sides_at_once_is_two_files() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let content = noise(3 * MIB, 5);
    let there = offered(&pair, vec![source("twin.bin", &content)]).await;
    let back = between(&pair.a_at_b, &pair.a, vec![source("twin.bin", &content)]).await;
    there.1.accept();
    back.1.accept();
    both_done(&there.0, &there.1).await;
    both_done(&back.0, &back.1).await;
    there.1.discard().await;
    assert!(
        only(&back.1).await.1 == content,
        "not deleted with the other"
    );
    back.1.discard().await;
    pair.part().await;
    guard.finish().await;
}

/// Some of it has come, and not all.
async fn is_halfway(receiving: &Transfer, bytes: usize) {
    has_come(receiving, bytes).await;
    let progress = receiving.progress();
    assert!(progress.done < progress.total, "too quick for this test");
}

#[wasm_bindgen_test]
async fn each_side_can_hold_it_and_the_other_sees_that() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let content = noise(24 * MIB, 2);
    let (sending, receiving) = offered(&pair, vec![source("held.bin", &content)]).await;
    receiving.accept();
    is_halfway(&receiving, MIB).await;
    for (holds, sees) in [(&sending, &receiving), (&receiving, &sending)] {
        holds.pause();
        let (by_me, by_peer) = (true, false);
        reaches("it is held", holds, State::Paused { by_me, by_peer }).await;
        let (by_me, by_peer) = (false, true);
        reaches("and seen", sees, State::Paused { by_me, by_peer }).await;
        let before = receiving.progress();
        assert!(before.done < before.total && before.rate == 0 && before.left.is_none());
        holds.resume();
        until("it goes on", &receiving, |transfer| {
            transfer.progress().done > before.done
        })
        .await;
    }
    arrives(&sending, &receiving, &content).await;
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn an_offer_can_be_declined() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (sending, receiving) = offered(&pair, vec![source("spam.bin", b"buy")]).await;
    receiving.decline();
    assert_eq!(
        soon("told", sending.done()).await,
        Err(TransferError::Declined)
    );
    assert_eq!(receiving.progress().state, State::Declined);
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn each_side_can_give_it_up() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    for by_sender in [true, false] {
        let content = noise(24 * MIB, 3);
        let (sending, receiving) = offered(&pair, vec![source("given up.bin", &content)]).await;
        receiving.accept();
        is_halfway(&receiving, MIB).await;
        let (here, there) = if by_sender {
            (&sending, &receiving)
        } else {
            (&receiving, &sending)
        };
        here.cancel();
        assert_eq!(
            soon("here", here.done()).await,
            Err(TransferError::Cancelled)
        );
        let told = soon("there", there.done()).await;
        assert_eq!(told, Err(TransferError::CancelledByPeer));
        assert!(receiving.received().is_empty());
        receiving.discard().await;
    }
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn what_is_there_already_is_not_sent_again() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let content = noise(24 * MIB, 4);
    let (sending, receiving) = offered(&pair, vec![source("resumed.bin", &content)]).await;
    receiving.accept();
    is_halfway(&receiving, 10 * MIB).await;
    drop(receiving);
    assert_eq!(
        soon("told", sending.done()).await,
        Err(TransferError::CancelledByPeer)
    );
    drop(sending);

    let (sending, receiving) = offered(&pair, vec![source("resumed.bin", &content)]).await;
    receiving.accept();
    both_done(&sending, &receiving).await;
    let resumed = receiving.progress().resumed;
    assert!(resumed >= 8 * MIB as u64, "only {resumed} bytes");
    assert_eq!(sending.progress().resumed, resumed);
    assert!(only(&receiving).await.1 == content);
    drop((sending, receiving));

    // All of it is there.
    let (sending, receiving) = offered(&pair, vec![source("resumed.bin", &content)]).await;
    receiving.accept();
    both_done(&sending, &receiving).await;
    assert_eq!(receiving.progress().resumed, content.len() as u64);
    drop((sending, receiving));

    // Another content under the same name, of the same size and time.
    let other = noise(24 * MIB, 5);
    let (sending, receiving) = offered(&pair, vec![source("resumed.bin", &other)]).await;
    receiving.accept();
    both_done(&sending, &receiving).await;
    assert_eq!(receiving.progress().resumed, 0);
    assert!(only(&receiving).await.1 == other);
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_file_that_changes_meanwhile_is_told_to_both() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let changing = file("changing.bin", &noise(24 * MIB, 6));
    let (sending, receiving) = offered(&pair, vec![changing.clone().into()]).await;
    receiving.accept();
    is_halfway(&receiving, MIB).await;
    // As the browser answers for a file that is another one by now: there is nothing to read.
    let nothing = js_sys::Function::new_no_args("return new Blob(['x'])");
    Reflect::set(&changing, &JsValue::from("slice"), &nothing).expect("set");
    assert_eq!(
        soon("noticed", sending.done()).await,
        Err(TransferError::SourceChanged)
    );
    assert_eq!(
        soon("told", receiving.done()).await,
        Err(TransferError::SourceChanged)
    );
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_lost_connection_only_interrupts_it() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let content = noise(24 * MIB, 9);
    let (sending, receiving) = offered(&pair, vec![source("interrupted.bin", &content)]).await;
    receiving.accept();
    is_halfway(&receiving, MIB).await;
    pair.b_at_a.connection().expect("connected").close();
    both_done(&sending, &receiving).await;
    assert_eq!(receiving.progress().resumed, 0, "it is the same transfer");
    assert!(only(&receiving).await.1 == content);
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}

/// Every write from now on fails as on a full disk, until the sentence is taken back.
fn fill_the_disk(full: bool) {
    let script = "
        const files = FileSystemFileHandle.prototype;
        files.createWritableBefore ??= files.createWritable;
        files.createWritable = full
            ? () => Promise.reject(new DOMException('full', 'QuotaExceededError'))
            : files.createWritableBefore;
    ";
    let fill = js_sys::Function::new_with_args("full", script);
    fill.call1(&JsValue::NULL, &full.into()).expect("run");
}

#[wasm_bindgen_test]
async fn a_full_disk_holds_it_until_there_is_room() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let content = noise(24 * MIB, 8);
    let (sending, receiving) = offered(&pair, vec![source("full.bin", &content)]).await;
    receiving.accept();
    is_halfway(&receiving, 9 * MIB).await;
    fill_the_disk(true);
    reaches("the disk is full", &receiving, State::NoSpace).await;
    reaches("the sender is told", &sending, State::NoSpace).await;
    receiving.resume();
    reaches("still full", &receiving, State::NoSpace).await;
    fill_the_disk(false);
    receiving.resume();
    arrives(&sending, &receiving, &content).await;
    assert_eq!(receiving.progress().resumed, 0);
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn whoever_leaves_ends_it() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let content = noise(24 * MIB, 7);
    let (sending, receiving) = offered(&pair, vec![source("lost.bin", &content)]).await;
    receiving.accept();
    is_halfway(&receiving, MIB).await;
    soon("a leaves", pair.a.leave()).await;
    assert_eq!(
        soon("noticed", receiving.done()).await,
        Err(TransferError::Lost)
    );
    assert_eq!(
        soon("noticed", sending.done()).await,
        Err(TransferError::Lost)
    );
    receiving.discard().await;
    soon("b leaves", pair.b.leave()).await;
    guard.finish().await;
}
