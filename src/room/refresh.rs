//! Keeps the credentials of ICE servers fresh.

use std::rc::Weak;
use std::time::Duration;

use handclasp_core::refresh::Refresh;

use super::driver::Driver;
use crate::options::{IceServer, IceServerSource};
use crate::sys;
use crate::task::{self, Until};
use crate::wakers::{self, within};

/// How long joining a room waits for the first answer.
const FIRST_DEADLINE_MS: u32 = 5000;

/// How long an answer may take after that.
const DEADLINE_MS: u32 = 10_000;

/// An application's source of ICE servers, and when to ask it.
pub(super) struct Source {
    ask: IceServerSource,
    refresh: Refresh,
}

impl Source {
    /// Asks for the first time.
    pub(super) async fn ask_first(ask: IceServerSource) -> (Self, Option<Vec<IceServer>>) {
        let refresh = Refresh::new(u64::from_le_bytes(sys::random()), sys::now());
        let mut source = Self { ask, refresh };
        let servers = source.ask(FIRST_DEADLINE_MS).await;
        (source, servers)
    }

    /// Asks whenever it is time.
    pub(super) fn follow(mut self, driver: Weak<Driver>) -> Until {
        let (following, until) = task::stoppable(async move {
            while let Some(due) = self.refresh.due() {
                let wait = due.since(sys::now());
                if !wait.is_zero() {
                    sleep(wait).await;
                    continue;
                }
                let servers = self.ask(DEADLINE_MS).await;
                let Some(driver) = driver.upgrade() else {
                    return;
                };
                if let Some(servers) = servers {
                    driver.set_ice_servers(servers);
                }
            }
        });
        task::spawn(following);
        until
    }

    async fn ask(&mut self, deadline: u32) -> Option<Vec<IceServer>> {
        let answer = within(deadline, (self.ask)()).await.and_then(Result::ok);
        let Some(answer) = answer else {
            tracing::debug!("no ICE servers from their source");
            self.refresh.failed(sys::now());
            return None;
        };
        self.refresh.granted(answer.expires_in, sys::now());
        Some(answer.servers)
    }
}

/// Browsers' timers take 31 bits of milliseconds; longer waits are asked about again.
async fn sleep(wait: Duration) {
    let millis = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
    wakers::sleep(millis.min(i32::MAX as u32)).await;
}
