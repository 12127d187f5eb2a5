//! What connections carry: control frames, and the application's messages.

use core::time::Duration;

use handclasp_core::link::ConnectionState;
use handclasp_core::mesh::Input;
use handclasp_core::message::{Frame, Signal};
use handclasp_core::session::DescriptionKind;
use handclasp_core::{Attempt, MemberId};

use super::browser::Report;
use super::{Happening, World};
use crate::bug::Bug;
use crate::endpoint::{Path, Payload};
use crate::mail::{Letter, Message};
use crate::violation::{Rule, Violation};

/// How long a packet takes.
const CARRIED_IN: Duration = Duration::from_millis(5);

/// Most that waits on one connection that does not carry at the moment. What members say without being answered is bounded.
const MAX_HELD: usize = 10_000;

impl World {
    pub(super) fn control(&mut self, of: usize, with: MemberId, attempt: Attempt, frame: Vec<u8>) {
        self.say(|| {
            let told = Frame::decode(&frame).map(|frame| format!("{frame:?}"));
            format!(
                "{of} tells {with} {}: {}",
                attempt.number(),
                told.unwrap_or_default()
            )
        });
        if self.bug == Some(Bug::LoseAnswer) && is_answer(&frame) {
            return;
        }
        self.send(of, with, attempt, Payload::Control(frame));
    }

    fn send(&mut self, of: usize, with: MemberId, attempt: Attempt, payload: Payload) {
        let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) else {
            return;
        };
        if !endpoint.control {
            return;
        }
        match endpoint.path {
            Path::Works if endpoint.astray => {}
            Path::Works => self.carry(of, with, attempt, payload),
            Path::Broken => {
                endpoint.held.push_back(payload);
                let held = endpoint.held.len();
                if held > MAX_HELD {
                    self.violate(Rule::Bounds, || format!("{of}: {held} messages wait"));
                }
            }
            Path::None | Path::Dead => {}
        }
    }

    pub(super) fn carry(&mut self, of: usize, with: MemberId, attempt: Attempt, payload: Payload) {
        let Some(to) = self.find(with) else { return };
        let from = self.nodes[of].id;
        let carried = |payload| Happening::Carried {
            to,
            from,
            attempt,
            payload,
        };
        if let Payload::Letter(letter @ Letter::Message { .. }) = &payload {
            let again = carried(Payload::Letter(letter.clone()));
            if self.strikes(Bug::LoseMessage, 20) {
                return;
            }
            if self.strikes(Bug::DoubleMessage, 20) {
                self.after(CARRIED_IN, again);
            }
        }
        self.after(CARRIED_IN, carried(payload));
    }

    pub(super) fn carried(
        &mut self,
        to: usize,
        from: MemberId,
        attempt: Attempt,
        payload: Payload,
    ) {
        let Some(endpoint) = self.nodes[to].endpoints.get_mut(&(from, attempt)) else {
            return;
        };
        if !endpoint.control {
            if endpoint.path != Path::Dead {
                endpoint.early.push_back(payload);
            }
            return;
        }
        match payload {
            Payload::Control(frame) => self.input(
                to,
                Input::Control {
                    member: from,
                    attempt,
                    frame,
                },
            ),
            Payload::Letter(letter) => self.read(to, from, attempt, letter),
        }
    }

    /// The channels of a connection opened on this side.
    pub(super) fn opened(&mut self, of: usize, with: MemberId, attempt: Attempt) {
        if let Some(mailbox) = self.nodes[of].mail.get_mut(&with) {
            let letters = mailbox.opened(attempt);
            self.post(of, with, Some(attempt), letters);
        }
        let early = match self.nodes[of].endpoints.get_mut(&(with, attempt)) {
            Some(endpoint) => std::mem::take(&mut endpoint.early),
            None => return,
        };
        for payload in early {
            self.carried(of, with, attempt, payload);
        }
        if self.bug == Some(Bug::CloseChannel) && self.occasions == 0 {
            self.occasions = 1;
            self.later(of, with, attempt, CARRIED_IN * 200, Report::ControlClosed);
        }
    }

    /// An application sends messages of these sizes to a member, if that is there.
    pub fn mail(&mut self, of: usize, with: usize, sizes: &[usize]) {
        let with = self.nodes[with].id;
        let attempt = self.open_attempt(of, with);
        for &bytes in sizes {
            let letters = match self.nodes[of].mail.get_mut(&with) {
                Some(mailbox) => mailbox.send(bytes, attempt),
                None => return,
            };
            self.post(of, with, attempt, letters);
        }
    }

    /// The connection on which this side may send.
    fn open_attempt(&self, of: usize, with: MemberId) -> Option<Attempt> {
        let mut newest = self.nodes[of].endpoints.iter().rev();
        newest
            .find(|((member, _), endpoint)| *member == with && endpoint.control)
            .map(|((_, attempt), _)| *attempt)
    }

    fn post(&mut self, of: usize, with: MemberId, attempt: Option<Attempt>, letters: Vec<Letter>) {
        let Some(attempt) = attempt else { return };
        for letter in letters {
            self.send(of, with, attempt, Payload::Letter(letter));
        }
    }

    fn read(&mut self, of: usize, from: MemberId, attempt: Attempt, letter: Letter) {
        let Some(mailbox) = self.nodes[of].mail.get_mut(&from) else {
            return;
        };
        match letter {
            Letter::Tally(tally) => match mailbox.told(tally, attempt) {
                Ok((letters, released)) => {
                    self.post(of, from, Some(attempt), letters);
                    for message in released {
                        self.arrived(of, from, attempt, message);
                    }
                }
                Err(error) => self.violate(Rule::ExactlyOnce, || {
                    format!("{of}: a tally of {from} cannot be: {error}")
                }),
            },
            Letter::Message(message) => {
                if let Some(message) = mailbox.came(message, attempt) {
                    self.arrived(of, from, attempt, message);
                }
            }
        }
    }

    /// The application gets a message.
    fn arrived(&mut self, of: usize, from: MemberId, attempt: Attempt, message: Message) {
        let Some(mailbox) = self.nodes[of].mail.get_mut(&from) else {
            return;
        };
        let Message { visit, number, .. } = message;
        let answer = mailbox.received(message);
        let expected = mailbox.expected;
        mailbox.expected = Some((visit, number + 1));
        let first = self.first_of(of, from, visit);
        let fits = match expected {
            Some((same, expected)) if same == visit => number == expected,
            _ => first.is_none_or(|first| number == first),
        };
        if !fits {
            self.violate(Rule::ExactlyOnce, || {
                format!(
                    "{of}: message {number} of {from}, where {expected:?} or {first:?} was to come"
                )
            });
        }
        if let Some(answer) = answer {
            self.post(of, from, Some(attempt), vec![answer]);
        }
    }

    /// The first message of the sender's visit that a receiver who began anew is to get.
    fn first_of(&self, of: usize, from: MemberId, visit: u64) -> Option<u64> {
        let sender = &self.nodes[self.find(from)?];
        let mailbox = sender.mail.get(&self.nodes[of].id)?;
        (mailbox.visit == visit).then_some(mailbox.base)
    }

    /// Whether everything that was sent among those who are there has come.
    ///
    /// # Errors
    /// The [`Violation`] that says what has not.
    pub fn all_mail_read(&self) -> Result<(), Violation> {
        for (a, b) in self.pairs() {
            for (of, with) in [(a, b), (b, a)] {
                let sent = self.nodes[of].mail.get(&self.nodes[with].id);
                let read = self.nodes[with].mail.get(&self.nodes[of].id);
                let (Some(sent), Some(read)) = (sent, read) else {
                    continue;
                };
                let come = match read.expected {
                    Some((visit, next)) => visit == sent.visit && next == sent.next,
                    None => false,
                };
                if !sent.is_idle() || (!come && sent.next > sent.base) {
                    return Err(Violation {
                        rule: Rule::ExactlyOnce,
                        at: self.now,
                        detail: format!(
                            "{of} sent {with} {} messages, of which came {:?}",
                            sent.next, read.expected
                        ),
                    });
                }
            }
        }
        Ok(())
    }

    /// Whether every connection of those who are there is reported as connected; for tests of the world itself.
    pub fn is_reported_connected(&self, of: usize, with: usize) -> bool {
        let with = self.nodes[with].id;
        let mut endpoints = self.nodes[of].endpoints.iter();
        endpoints.any(|((member, _), endpoint)| {
            *member == with && endpoint.reported == ConnectionState::Connected
        })
    }
}

fn is_answer(frame: &[u8]) -> bool {
    matches!(
        Frame::decode(frame),
        Ok(Frame::Signal(Signal::Description { description, .. })) if description.kind == DescriptionKind::Answer
    )
}
