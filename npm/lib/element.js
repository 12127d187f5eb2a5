// A call in any page: <handclasp-call room="lobby" secret="…" broker="wss://broker.example/mqtt"></handclasp-call>

import { HandclaspError, broadcast, join, mqtt } from './index.js';

const STYLE = `
:host { display: flex; flex-direction: column; gap: 0.75rem; min-height: 16rem; font: 1rem/1.4 system-ui, sans-serif; color: CanvasText; background: Canvas; }
:host([hidden]), [hidden] { display: none; }
.tiles { flex: 1; display: grid; gap: 0.5rem; grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr)); grid-auto-rows: minmax(8rem, 1fr); }
figure { position: relative; margin: 0; overflow: hidden; border-radius: 0.75rem; background: #1c1e22; color: #fff; }
video { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
figure.screen video { object-fit: contain; }
figure.me video { transform: scaleX(-1); }
figcaption { position: absolute; inset: auto auto 0.5rem 0.5rem; max-width: calc(100% - 2rem); padding: 0.1rem 0.5rem; border-radius: 0.5rem; background: #000a; overflow-wrap: anywhere; }
.controls { display: flex; flex-wrap: wrap; gap: 0.5rem; justify-content: center; }
button { font: inherit; min-height: 2.75rem; padding: 0.4rem 1rem; border: 1px solid ButtonBorder; border-radius: 1.5rem; color: ButtonText; background: ButtonFace; cursor: pointer; }
button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
button:disabled { cursor: default; opacity: 0.6; }
.leave { color: #fff; background: #b3261e; border-color: #b3261e; }
p { margin: 0; text-align: center; min-height: 1.4em; }
`;

/** States of a connection in words. */
const WORDS = { connecting: 'connecting…', interrupted: 'interrupted, waiting…', reconnecting: 'connecting again…' };

/** What others see of someone who says nothing of themselves. */
const NAMELESS = 'Guest';

/** The same as element, with what is passed and inside. */
function make(tag, { part, ...members } = {}, ...inside) {
  const element = Object.assign(document.createElement(tag), members);
  if (part) element.setAttribute('part', part);
  element.append(...inside);
  return element;
}

/** One picture, with whose it is. */
class Tile {
  video = make('video', { part: 'video', autoplay: true, playsInline: true });
  name = make('figcaption', { part: 'name' });
  element = make('figure', { part: 'tile' }, this.video, this.name);

  show({ stream, source, mine, name, state }) {
    if (this.video.srcObject !== (stream ?? null)) this.video.srcObject = stream ?? null;
    this.video.muted = mine;
    this.video.setAttribute('aria-label', name);
    this.element.className = mine ? 'me' : source ?? '';
    const words = WORDS[state];
    const text = words ? `${name} (${words})` : name;
    if (this.name.textContent !== text) this.name.textContent = text;
  }
}

/** On a server there are no elements, and importing this does nothing. */
const Base = globalThis.HTMLElement ?? class {};

export class HandclaspCall extends Base {
  static observedAttributes = ['app', 'room', 'secret', 'broker', 'name'];

  /** Paths beside the broker of the attribute; without either, the tabs of this browser. */
  signaling;
  iceServers;

  #room;
  #stream;
  #joining;
  #changed = false;
  #tiles = new Map();
  #begin;
  #microphone;
  #camera;
  #end;
  #grid;
  #status;

  constructor() {
    super();
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    const shadow = this.attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [style];
    const button = (part, text, press) => {
      const element = make('button', { part: `button ${part}`, type: 'button', className: part, textContent: text, hidden: true });
      element.addEventListener('click', press);
      return element;
    };
    this.#begin = button('join', 'Join the call', () => this.join().catch(() => {}));
    this.#microphone = button('microphone', '', () => this.#toggle('audio'));
    this.#camera = button('camera', '', () => this.#toggle('video'));
    this.#end = button('leave', 'Leave', () => this.leave());
    this.#grid = make('div', { part: 'tiles', className: 'tiles' });
    this.#status = make('p', { part: 'status', role: 'status' });
    shadow.append(this.#grid, this.#status, make('div', { part: 'controls', className: 'controls' }, this.#begin, this.#microphone, this.#camera, this.#end));
    this.#render('You are not in the call.');
  }

  /** The room while in the call, for whatever else is to be done in it. */
  get call() {
    return this.#room;
  }

  /** Enters the call, with camera and microphone if there are any: after a press of a button, as browsers ask for. */
  join() {
    this.#joining ??= this.#join().finally(() => {
      this.#joining = undefined;
      this.#render();
    });
    return this.#joining;
  }

  async #join() {
    if (this.#room) return;
    const left = new AbortController();
    this.#left = () => left.abort();
    try {
      this.#render('Joining…');
      this.#stream ??= await openDevices();
      if (left.signal.aborted) return this.#closeDevices();
      const room = await join({ ...this.#options(), signal: left.signal });
      this.#room = room;
      for (const type of ['peer', 'state', 'profile', 'media', 'left', 'signaling', 'full']) room.addEventListener(type, () => this.#render());
      if (this.#stream) await room.publish(this.#stream);
      this.#render();
      this.dispatchEvent(Object.assign(new Event('joined'), { room }));
    } catch (error) {
      this.#closeDevices();
      if (left.signal.aborted) return;
      this.#render(error instanceof HandclaspError ? `${error.message}. ${error.hint}` : 'This did not work. Try again.');
      this.dispatchEvent(Object.assign(new Event('error'), { error }));
      throw error;
    }
  }

  /** Gives up joining, or leaves. */
  #left = () => {};

  #options() {
    const broker = this.getAttribute('broker');
    const paths = [this.signaling ?? [], broker ? mqtt(broker) : []].flat();
    return {
      app: this.getAttribute('app') ?? location.host, room: this.getAttribute('room') ?? '', secret: this.getAttribute('secret') ?? '',
      signaling: paths.length > 0 ? paths : broadcast, iceServers: this.iceServers, profile: this.getAttribute('name') ?? undefined,
    };
  }

  /** Leaves the call, and turns the camera off. */
  async leave() {
    const room = this.#room;
    this.#room = undefined;
    this.#left();
    this.#closeDevices();
    this.#render('You have left the call.');
    await room?.leave();
    if (room) this.dispatchEvent(new Event('left'));
  }

  #closeDevices() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
  }

  #toggle(kind) {
    const tracks = this.#stream?.getTracks().filter((track) => track.kind === kind) ?? [];
    for (const track of tracks) track.enabled = !track.enabled;
    this.#render();
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#room) return;
    if (name === 'name') return this.#room.setProfile(now ?? '');
    if (this.#changed) return;
    // Another call: once, however many attributes change.
    this.#changed = true;
    queueMicrotask(async () => {
      this.#changed = false;
      await this.leave();
      if (this.isConnected) await this.join().catch(() => {});
    });
  }

  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.leave());
  }

  /** Shows how it is; `words` if there is something to say. */
  #render(words = this.#words()) {
    const [inside, focused] = [Boolean(this.#room), this.shadowRoot.activeElement];
    if (this.#status.textContent !== words) this.#status.textContent = words;
    this.#begin.disabled = Boolean(this.#joining);
    this.#begin.hidden = inside;
    this.#end.hidden = !inside && !this.#joining;
    this.#device(this.#microphone, 'microphone', this.#stream?.getAudioTracks()[0]);
    this.#device(this.#camera, 'camera', this.#stream?.getVideoTracks()[0]);
    this.#place(this.#pictures());
    // Where the button goes that was pressed, the keyboard goes on from the one that takes its place.
    if (focused?.hidden) (inside ? this.#end : this.#begin).focus();
  }

  #words() {
    const room = this.#room;
    if (!room) return this.#status.textContent;
    const trouble = room.signaling.every(({ state }) => state !== 'connected') && room.signaling.find(({ hint }) => hint);
    const others = room.peers.length;
    if (trouble && others === 0) return trouble.hint;
    const count = ['Nobody else is here yet.', 'One other person is here.'][others] ?? `${others} other people are here.`;
    return this.#stream ? count : `${count} You are here without camera and microphone.`;
  }

  #device(button, what, track) {
    button.hidden = !this.#room || !track;
    button.textContent = `Turn ${what} ${track?.enabled ? 'off' : 'on'}`;
  }

  /** What there is to see, by keys that last as long as it does. */
  #pictures() {
    const pictures = new Map();
    if (!this.#room) return pictures;
    if (this.#stream) pictures.set('me', { stream: this.#stream, mine: true, name: 'You' });
    for (const peer of this.#room.peers) {
      const name = peer.profileText || NAMELESS;
      const media = peer.media.length > 0 ? peer.media : [{}];
      media.forEach(({ stream, source }) => pictures.set(stream ?? peer, { stream, source, mine: false, name, state: peer.state }));
    }
    return pictures;
  }

  #place(pictures) {
    for (const [key, tile] of this.#tiles) {
      if (pictures.has(key)) continue;
      tile.video.srcObject = null;
      tile.element.remove();
      this.#tiles.delete(key);
    }
    for (const [key, picture] of pictures) {
      let tile = this.#tiles.get(key);
      if (!tile) {
        tile = new Tile();
        this.#tiles.set(key, tile);
        this.#grid.append(tile.element);
      }
      tile.show(picture);
    }
  }
}

/** Camera and microphone, or one of them, or neither. */
async function openDevices() {
  for (const wanted of [{ audio: true, video: true }, { audio: true }, { video: true }]) {
    try {
      return await navigator.mediaDevices.getUserMedia(wanted);
    } catch {
      // Then with less.
    }
  }
  return undefined;
}

if (globalThis.customElements && !customElements.get('handclasp-call')) customElements.define('handclasp-call', HandclaspCall);
