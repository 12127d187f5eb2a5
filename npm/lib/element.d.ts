import type { HandclaspError, JoinOptions, Room } from './index.js';

/**
 * A call in any page. Importing this defines the element; on a server it does nothing.
 *
 * ```html
 * <handclasp-call room="lobby" secret="…" broker="wss://broker.example/mqtt" name="Ada"></handclasp-call>
 * ```
 *
 * Attributes: `room` and `secret`, as for `join`; `broker`, the address of an MQTT broker, without which the tabs of this browser find each other; `app`, the
 * page's host unless told; `name`, what others see. Changing `name` tells the others; changing another while in the call leaves it for the new one.
 *
 * Events: `joined` with the `room`, `left`, `error` with the `error`.
 *
 * CSS parts: `tiles`, `tile`, `video`, `name`, `status`, `controls`, `button`, and of the buttons `join`, `microphone`, `camera`, `leave`.
 */
export class HandclaspCall extends HTMLElement {
  /** Paths beside the broker. */
  signaling?: JoinOptions['signaling'];
  iceServers?: JoinOptions['iceServers'];
  /** The room while in the call. */
  readonly call: Room | undefined;
  /** Enters the call, as the button does. @throws {HandclaspError} as `join`, after it was shown. */
  join(): Promise<void>;
  /** Leaves it, and turns camera and microphone off. */
  leave(): Promise<void>;
}

declare global {
  interface HTMLElementTagNameMap {
    'handclasp-call': HandclaspCall;
  }
}

export type { HandclaspError };
