//! Who may come in: counts of what is open, in total and per address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// A counted door. Cloning gives another handle to the same door.
#[derive(Clone, Debug)]
pub struct Admission {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    total: usize,
    per_address: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The server as a whole is full.
    #[error("the server is full; try again in a minute")]
    Full,
    /// This address has as many connections open as one address may.
    #[error("too many connections from your address; close some and try again")]
    FullForAddress,
}

impl Admission {
    /// A door for `total` at one time, of which at most `per_address` from one address.
    #[must_use]
    pub fn new(total: usize, per_address: usize) -> Self {
        let open = Mutex::new(Open::default());
        Self {
            inner: Arc::new(Inner {
                total,
                per_address,
                open,
            }),
        }
    }

    /// Lets `address` in for as long as the permit lives.
    ///
    /// # Errors
    ///
    /// [`Refused`], when one of the two counts is used up; nothing is counted then.
    pub fn admit(&self, address: IpAddr) -> Result<Permit, Refused> {
        self.enter(Some(network(address)))
    }

    /// Lets in a proxy that stands for many people: as [`admit`](Self::admit), but for the bound of one address.
    ///
    /// # Errors
    ///
    /// [`Refused::Full`].
    pub fn admit_proxy(&self) -> Result<Permit, Refused> {
        self.enter(None)
    }

    fn enter(&self, network: Option<IpAddr>) -> Result<Permit, Refused> {
        let mut open = self.inner.open();
        if open.total >= self.inner.total {
            return Err(Refused::Full);
        }
        if let Some(network) = network {
            let here = open.by_address.entry(network).or_insert(0);
            if *here >= self.inner.per_address {
                return Err(Refused::FullForAddress);
            }
            *here += 1;
        }
        open.total += 1;
        Ok(Permit {
            inner: Arc::clone(&self.inner),
            network,
        })
    }

    /// How many are in.
    #[must_use]
    pub fn count(&self) -> usize {
        self.inner.open().total
    }
}

impl Inner {
    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        // The counts are whole at every point where a thread could stop.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One place inside; given back on drop.
#[derive(Debug)]
#[must_use = "the place is given back when the permit is dropped"]
pub struct Permit {
    inner: Arc<Inner>,
    /// What it is counted for besides the total.
    network: Option<IpAddr>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.inner.open();
        open.total -= 1;
        if let Some(network) = self.network
            && let Some(here) = open.by_address.get_mut(&network)
        {
            *here -= 1;
            if *here == 0 {
                open.by_address.remove(&network);
            }
        }
    }
}

/// What counts as one address: an IPv4 address, or an IPv6 /64, of which one machine has every address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("a literal address")
    }

    #[test]
    fn places_are_counted_and_given_back() {
        let door = Admission::new(3, 2);
        let first = door.admit(ip("192.0.2.1")).expect("empty");
        let _second = door.admit(ip("192.0.2.1")).expect("room for two");
        assert_eq!(
            door.admit(ip("192.0.2.1")).err(),
            Some(Refused::FullForAddress)
        );
        let _other = door.admit(ip("192.0.2.2")).expect("another address");
        assert_eq!(door.admit(ip("192.0.2.3")).err(), Some(Refused::Full));
        drop(first);
        assert_eq!(door.count(), 2);
        let _again = door.admit(ip("192.0.2.1")).expect("given back");
    }

    #[test]
    fn a_proxy_is_bounded_by_the_total_alone() {
        let door = Admission::new(3, 1);
        let all: Vec<_> = (0..3).map_while(|_| door.admit_proxy().ok()).collect();
        assert_eq!((all.len(), door.count()), (3, 3));
        assert_eq!(door.admit_proxy().err(), Some(Refused::Full));
        drop(all);
        assert_eq!(door.count(), 0);
    }

    #[test]
    fn one_machine_is_one_address_in_both_families() {
        let door = Admission::new(9, 1);
        let _v6 = door.admit(ip("2001:db8::1")).expect("first");
        assert_eq!(
            door.admit(ip("2001:db8::2")).err(),
            Some(Refused::FullForAddress)
        );
        let _next = door.admit(ip("2001:db8:0:1::1")).expect("another /64");
        let _v4 = door.admit(ip("192.0.2.1")).expect("first");
        assert_eq!(
            door.admit(ip("::ffff:192.0.2.1")).err(),
            Some(Refused::FullForAddress)
        );
    }
}
