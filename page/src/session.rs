//! The call as the views see it: who is here, what was said, how the connections are.

mod entrance;

use std::rc::Rc;

use futures_util::StreamExt;
use handclasp::{
    Broadcast, Channel, LeaveReason, Media, MemberId, Message, Peer, PeerState, RemoteMedia, Reply,
    Room, RoomChannel, RoomEvent, Signaling, SignalingState,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::errors::{BROKER_CODES, Notice, Notices, Remedy};
use crate::link::Place;
use crate::{browser, name, words};
use entrance::{CHAT, Entered};

/// Messages that are kept. A long evening's worth; older ones go.
const MAX_LINES: usize = 500;

/// Longest message in characters, sent or shown.
pub(crate) const MAX_TEXT: usize = 4_000;

/// Most channels that wait to be taken, which they are at once.
const MAX_CHANNELS: usize = 32;

/// How long a passing remark such as "Ada is here" stays, in milliseconds.
const REMARK_TIME: u32 = 4_000;

/// Someone else in the call.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: MemberId,
    pub(crate) name: String,
    /// Whether they have said their name: the first thing that they do once connected.
    is_known: bool,
    pub(crate) state: PeerState,
    pub(crate) media: Vec<RemoteMedia>,
    /// To be compared by the two people; empty until it is known.
    pub(crate) words: String,
    /// Names the certificates that the words stand for.
    pub(crate) pair: Option<String>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) number: u64,
    /// `None` = this person.
    pub(crate) from: Option<MemberId>,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) time: String,
    pub(crate) is_sent: bool,
}

/// What is beside the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Chat,
    Files,
}

/// The way to people who are not here yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broker {
    Connecting,
    Connected,
    /// It was there, and is tried again.
    Reconnecting,
    /// It was never there, or refuses.
    Failed,
    /// There is none; only tabs of this browser meet.
    None,
    /// None is wanted: handshakes are carried by hand.
    ByHand,
}

/// The call. A handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    held: StoredValue<Option<Rc<dyn Held>>, LocalStorage>,
    /// Counts calls, so that what belongs to an earlier one is ignored.
    turn: StoredValue<u32>,
    is_joined: RwSignal<bool>,
    /// Whether the call cannot be entered; a notice says why.
    is_refused: RwSignal<bool>,
    people: RwSignal<Vec<Person>, LocalStorage>,
    lines: RwSignal<Vec<Line>>,
    unread: RwSignal<usize>,
    side: RwSignal<Option<Side>>,
    /// Channels that others have opened, until somebody takes them.
    channels: RwSignal<Vec<(Peer, Channel)>, LocalStorage>,
    broker: RwSignal<Broker>,
    /// Whether nobody said that there is a broker: on a static host there is none.
    is_broker_guessed: StoredValue<bool>,
    remark: RwSignal<String>,
    notices: Notices,
}

impl Session {
    pub(crate) fn new(notices: Notices) -> Session {
        Session {
            held: StoredValue::new_local(None),
            turn: StoredValue::new(0),
            is_joined: RwSignal::new(false),
            is_refused: RwSignal::new(false),
            people: RwSignal::new_local(Vec::new()),
            lines: RwSignal::new(Vec::new()),
            unread: RwSignal::new(0),
            side: RwSignal::new(None),
            channels: RwSignal::new_local(Vec::new()),
            broker: RwSignal::new(Broker::Connecting),
            is_broker_guessed: StoredValue::new(false),
            remark: RwSignal::new(String::new()),
            notices,
        }
    }

    pub(crate) fn is_joined(self) -> bool {
        self.is_joined.get()
    }

    /// Whether the invitation to this call could not be accepted; a notice says why.
    pub(crate) fn is_refused(self) -> bool {
        self.is_refused.get()
    }

    /// Whether there is no server: people are connected by handshakes.
    pub(crate) fn is_by_hand(self) -> bool {
        self.broker.get() == Broker::ByHand
    }

    /// The reply to the invitation to this call, for who invited.
    pub(crate) fn reply(self) -> Option<Rc<Reply>> {
        self.held.get_value().and_then(|held| held.reply())
    }

    /// The room, while there is one.
    pub(crate) fn room(self) -> Option<Room> {
        self.held.get_value().map(|held| held.room())
    }

    /// Whether that there is a broker was a guess.
    pub(crate) fn is_broker_guessed(self) -> bool {
        self.is_broker_guessed.get_value()
    }

    pub(crate) fn broker(self) -> Broker {
        self.broker.get()
    }

    /// Looks at the others.
    pub(crate) fn with_people<T>(self, look: impl FnOnce(&[Person]) -> T) -> T {
        self.people.with(|people| look(people))
    }

    /// The same without following what changes.
    pub(crate) fn with_people_untracked<T>(self, look: impl FnOnce(&[Person]) -> T) -> T {
        self.people.with_untracked(|people| look(people))
    }

    /// Looks at one of the others; `None` once they have left.
    pub(crate) fn with_person<T>(self, id: MemberId, look: impl FnOnce(&Person) -> T) -> Option<T> {
        self.people
            .with(|people| people.iter().find(|person| person.id == id).map(look))
    }

    pub(crate) fn lines(self) -> Vec<Line> {
        self.lines.get()
    }

    pub(crate) fn unread(self) -> usize {
        self.unread.get()
    }

    /// What is beside the stage.
    pub(crate) fn side(self) -> Option<Side> {
        self.side.get()
    }

    /// Shows something else beside the stage, or nothing. Who sees the messages has read them.
    pub(crate) fn open_side(self, side: Option<Side>) {
        if side == Some(Side::Chat) {
            self.unread.set(0);
        }
        self.side.set(side);
    }

    /// Shows something beside the stage where there is nothing.
    pub(crate) fn open_side_if_none(self, side: Side) {
        if self.side.get_untracked().is_none() {
            self.open_side(Some(side));
        }
    }

    /// Opens what is beside the stage, or closes it.
    pub(crate) fn toggle_side(self, side: Side) {
        let is_open = self.side.get_untracked() == Some(side);
        self.open_side((!is_open).then_some(side));
    }

    /// The channels that others have opened since this was asked.
    pub(crate) fn take_channels(self) -> Vec<(Peer, Channel)> {
        if self.channels.with(Vec::is_empty) {
            return Vec::new();
        }
        self.channels.try_update(std::mem::take).unwrap_or_default()
    }

    /// The latest passing remark, or nothing.
    pub(crate) fn remark(self) -> String {
        self.remark.get()
    }

    /// Says something in passing, to eyes and screen readers.
    pub(crate) fn say(self, remark: String) {
        self.remark.set(remark.clone());
        spawn_local(async move {
            gloo_timers::future::TimeoutFuture::new(REMARK_TIME).await;
            if self.remark.with_untracked(|current| *current == remark) {
                self.remark.set(String::new());
            }
        });
    }

    /// Enters a call under `name`. Returns at once; what comes of it shows in the signals.
    pub(crate) fn join(self, place: Place, name: &str) {
        self.leave();
        let turn = self.turn.get_value();
        let name = if name.is_empty() { words::GUEST } else { name }.to_owned();
        let is_invited = matches!(place, Place::Code(_));
        if !matches!(place, Place::Room(_)) {
            self.broker.set(Broker::ByHand);
        }
        spawn_local(async move {
            let entered = self.enter(place, name).await;
            if self.turn.get_value() != turn {
                if let Ok(entered) = entered {
                    entered.room.leave().await;
                }
                return;
            }
            match entered {
                Ok(entered) => self.run(entered, turn),
                Err(notice) => {
                    self.notices.show(notice);
                    self.is_refused.set(is_invited);
                }
            }
        });
    }

    fn run(self, Entered { room, reply }: Entered, turn: u32) {
        let mut events = room.events();
        let chat = room.channel(CHAT);
        if let Some(mut messages) = chat.clone() {
            spawn_local(async move {
                while let Some((peer, message)) = messages.next().await {
                    if self.turn.get_value() != turn {
                        break;
                    }
                    self.receive(&peer, message);
                }
            });
        }
        for peer in room.peers() {
            self.greet(&peer);
        }
        self.held
            .set_value(Some(Rc::new(Joined { room, chat, reply })));
        self.look_at_signaling();
        self.is_joined.set(true);
        spawn_local(async move {
            while let Some(event) = events.next().await {
                if self.turn.get_value() != turn {
                    break;
                }
                self.follow(event);
            }
        });
    }

    fn follow(self, event: RoomEvent) {
        match event {
            RoomEvent::Signaling { .. } => self.look_at_signaling(),
            RoomEvent::PeerJoined(peer) => self.greet(&peer),
            RoomEvent::PeerState { peer, state } => {
                self.change(&peer, |person| person.state = state);
            }
            RoomEvent::PeerProfile(peer) => {
                let name = shown_name(&peer);
                let was_known = self.change(&peer, |person| {
                    person.name.clone_from(&name);
                    std::mem::replace(&mut person.is_known, true)
                });
                if was_known == Some(false) {
                    self.say(words::joined(&name));
                }
            }
            RoomEvent::PeerMedia(peer) => {
                let media = peer.media();
                let had = self.change(&peer, |person| {
                    let had = person.shares_screen();
                    person.media = media;
                    (had, person.shares_screen())
                });
                if had == Some((false, true)) {
                    self.say(words::shares(&self.name_of(&peer)));
                }
            }
            RoomEvent::PeerWords(peer) => {
                let words = peer.words().map(|words| words.to_string());
                self.change(&peer, |person| {
                    person.words = words.unwrap_or_default();
                    person.pair = peer.pair();
                });
            }
            RoomEvent::Channel { peer, channel } => self.channels.update(|channels| {
                // Those beyond are closed: nobody takes them.
                if channels.len() < MAX_CHANNELS {
                    channels.push((peer, channel));
                }
            }),
            RoomEvent::PeerLeft { id, reason } => self.part(id, reason),
            RoomEvent::Refused => self.notices.show(Notice::of("room-full")),
            _ => {}
        }
    }

    fn greet(self, peer: &Peer) {
        let person = Person {
            id: peer.id(),
            name: shown_name(peer),
            is_known: !peer.profile().is_empty(),
            state: peer.state(),
            media: peer.media(),
            words: String::new(),
            pair: None,
        };
        self.people.update(|people| {
            people.retain(|other| other.id != person.id);
            people.push(person);
        });
    }

    fn part(self, id: MemberId, reason: LeaveReason) {
        let gone = self
            .people
            .with_untracked(|people| people.iter().find(|person| person.id == id).cloned());
        let Some(person) = gone else { return };
        self.people
            .update(|people| people.retain(|other| other.id != id));
        match reason {
            LeaveReason::Left => self.say(words::left(&person.name)),
            _ if self.broker.get_untracked() == Broker::ByHand => {
                let (title, hint) = words::lost(&person.name);
                self.notices.show(Notice {
                    code: "peer-lost",
                    title,
                    hint: hint.to_owned(),
                    remedy: Some(Remedy::Invite),
                });
            }
            LeaveReason::Unreachable => {
                let (title, hint) = words::unreachable(&person.name);
                self.notices.show(Notice {
                    code: "peer-unreachable",
                    title,
                    hint: hint.to_owned(),
                    remedy: Some(Remedy::Test(id)),
                });
            }
            _ => self.say(words::vanished(&person.name)),
        }
    }

    fn change<T>(self, peer: &Peer, change: impl FnOnce(&mut Person) -> T) -> Option<T> {
        let id = peer.id();
        self.people
            .try_update(|people| people.iter_mut().find(|person| person.id == id).map(change))
            .flatten()
    }

    /// How others call somebody.
    pub(crate) fn name_of(self, peer: &Peer) -> String {
        let id = peer.id();
        self.people
            .with_untracked(|people| {
                people
                    .iter()
                    .find(|person| person.id == id)
                    .map(|person| person.name.clone())
            })
            .unwrap_or_else(|| words::GUEST.to_owned())
    }

    /// Looks at all paths but the one between tabs: one that works is enough.
    fn look_at_signaling(self) {
        let Some(room) = self.room() else {
            return;
        };
        let tabs = Broadcast::new().name();
        let states = room
            .signaling()
            .into_iter()
            .filter(|(path, _)| *path != tabs)
            .map(|(_, state)| state);
        let Some(best) = states.min_by_key(rank) else {
            return;
        };
        let before = self.broker.get_untracked();
        let was_there = matches!(before, Broker::Connected | Broker::Reconnecting);
        let now = match best {
            SignalingState::Connected => Broker::Connected,
            SignalingState::Failed { .. } => Broker::Failed,
            _ if was_there => Broker::Reconnecting,
            SignalingState::Reconnecting { .. } if self.is_broker_guessed.get_value() => {
                Broker::None
            }
            SignalingState::Reconnecting { .. } => Broker::Failed,
            _ => before,
        };
        self.broker.set(now);
        match best {
            _ if now == Broker::None => {}
            SignalingState::Connected => self.notices.clear(&BROKER_CODES),
            SignalingState::Reconnecting { reason } | SignalingState::Failed { reason }
                if now != before =>
            {
                self.notices.clear(&BROKER_CODES);
                self.notices.show(Notice::from(&reason));
            }
            _ => {}
        }
    }

    /// Sends camera, microphone or screen to everyone, in place of `old`.
    pub(crate) fn publish(self, old: Option<&Media>, new: Option<&Media>) {
        let Some(room) = self.room() else {
            return;
        };
        if let Some(old) = old {
            room.unpublish(old);
        }
        if let Some(new) = new
            && let Err(error) = room.publish(new)
        {
            self.notices.show(Notice {
                code: error.code(),
                title: error.to_string(),
                hint: error.hint().to_owned(),
                remedy: None,
            });
        }
    }

    /// Sends a message to everyone who is here. Empty ones are not sent.
    pub(crate) fn send(self, text: &str) {
        let text = clean_text(text);
        if text.is_empty() {
            return;
        }
        let number = self.push(None, words::YOU.to_owned(), text.clone());
        let chat = self.held.get_value().and_then(|held| held.chat());
        spawn_local(async move {
            let sent = match chat {
                Some(chat) => chat.send(text).await.is_ok(),
                None => false,
            };
            if !sent {
                self.lines.update(|lines| {
                    if let Some(line) = lines.iter_mut().find(|line| line.number == number) {
                        line.is_sent = false;
                    }
                });
            }
        });
    }

    fn receive(self, peer: &Peer, message: Message) {
        let Some(text) = message.to_text() else {
            return;
        };
        let text = clean_text(&text);
        if text.is_empty() {
            return;
        }
        let name = self.name_of(peer);
        if self.side.get_untracked() != Some(Side::Chat) {
            self.say(words::wrote(&name, &text));
            self.unread.update(|unread| *unread += 1);
        }
        self.push(Some(peer.id()), name, text);
    }

    fn push(self, from: Option<MemberId>, name: String, text: String) -> u64 {
        let mut number = 0;
        self.lines.update(|lines| {
            number = lines.last().map_or(0, |line| line.number + 1);
            if lines.len() == MAX_LINES {
                lines.remove(0);
            }
            let time = browser::time_of_day();
            lines.push(Line {
                number,
                from,
                name,
                text,
                time,
                is_sent: true,
            });
        });
        number
    }

    /// Says goodbye and forgets everything about the call.
    pub(crate) fn leave(self) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.is_joined.set(false);
        self.is_refused.set(false);
        if let Some(held) = self.held.try_update_value(Option::take).flatten() {
            held.leave();
        }
        self.people.set(Vec::new());
        self.lines.set(Vec::new());
        self.unread.set(0);
        self.side.set(None);
        self.channels.set(Vec::new());
        self.remark.set(String::new());
        self.broker.set(Broker::Connecting);
    }
}

/// A room as the first screens know it: without the program that is behind it, and comes with the call.
trait Held {
    fn room(&self) -> Room;

    fn chat(&self) -> Option<RoomChannel>;

    fn reply(&self) -> Option<Rc<Reply>>;

    fn leave(&self);
}

struct Joined {
    room: Room,
    chat: Option<RoomChannel>,
    /// Withdrawn with the call.
    reply: Option<Rc<Reply>>,
}

impl Held for Joined {
    fn room(&self) -> Room {
        self.room.clone()
    }

    fn chat(&self) -> Option<RoomChannel> {
        self.chat.clone()
    }

    fn reply(&self) -> Option<Rc<Reply>> {
        self.reply.clone()
    }

    fn leave(&self) {
        spawn_local(self.room().leave());
    }
}

impl Person {
    pub(crate) fn shares_screen(&self) -> bool {
        self.screens().next().is_some()
    }

    /// The screens that this person shares.
    pub(crate) fn screens(&self) -> impl Iterator<Item = &RemoteMedia> {
        self.media
            .iter()
            .filter(|media| media.source == handclasp::Source::Screen)
    }

    /// Camera and microphone of this person.
    pub(crate) fn camera(&self) -> Option<&RemoteMedia> {
        self.media
            .iter()
            .find(|media| media.source != handclasp::Source::Screen)
    }
}

/// The better of two states has the lower rank.
fn rank(state: &SignalingState) -> u8 {
    match state {
        SignalingState::Connected => 0,
        SignalingState::Connecting => 1,
        SignalingState::Reconnecting { .. } => 2,
        _ => 3,
    }
}

/// The name in a profile, fit to be shown.
fn shown_name(peer: &Peer) -> String {
    let profile = peer.profile();
    let name = name::clean(&String::from_utf8_lossy(&profile));
    match name.is_empty() {
        true if profile.is_empty() => words::SOMEONE.to_owned(),
        true => words::GUEST.to_owned(),
        false => name,
    }
}

/// A message as it may be shown: without control characters other than line ends, not too long, no blank ends.
fn clean_text(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .take(MAX_TEXT)
        .collect();
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_lines_and_lose_control_characters() {
        assert_eq!(clean_text("  a\r\nb\u{0007}\u{001b}[31m "), "a\nb[31m");
        assert_eq!(clean_text(" \n\u{0000} "), "");
    }

    #[test]
    fn messages_are_cut() {
        assert_eq!(
            clean_text(&"é".repeat(MAX_TEXT * 2)).chars().count(),
            MAX_TEXT
        );
    }
}
