#![cfg(target_arch = "wasm32")]
#![allow(missing_docs)]
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
wasm_bindgen_test_configure!(run_in_browser);
#[wasm_bindgen(inline_js = "
const a = RTCPeerConnection.prototype.addTrack;
RTCPeerConnection.prototype.addTrack = function(...args) { console.log('addTrack', args.length, args[0].id, args[1].id, args[1] instanceof MediaStream); const r = a.apply(this, args); 
 this.createOffer().then(o => console.log('offer', ...[...o.sdp.matchAll(/a=msid:(\\S+) (\\S+)/g)].map(x=>x[0])));
return r; };
export function hook() {}
")]
extern "C" {
    fn hook();
}
#[wasm_bindgen_test]
async fn zz() {
    hook();
    let secret = handclasp::Secret::generate();
    let o = || {
        handclasp::RoomOptions::new("a", "b", secret.clone())
            .signaling(handclasp::Broadcast::new())
            .ice_servers(vec![])
    };
    let a = handclasp::Room::join(o()).await.unwrap();
    let b = handclasp::Room::join(o()).await.unwrap();
    while b.peers().is_empty() || a.peers().is_empty() {
        gloo_timers::future::TimeoutFuture::new(100).await;
    }
    gloo_timers::future::TimeoutFuture::new(500).await;
    let camera = handclasp::Media::camera(handclasp::CameraOptions::default())
        .await
        .unwrap();
    web_sys::console::log_2(&"gum".into(), &camera.stream().id().into());
    a.publish(&camera).unwrap();
    gloo_timers::future::TimeoutFuture::new(1500).await;
    web_sys::console::log_2(&"gum".into(), &format!("{:?}", b.peers()[0].media()).into());
}
