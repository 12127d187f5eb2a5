/** Bytes of a room secret. */
const SECRET = 16;

/** A new room secret, as text for a link. */
export function generateSecret() {
  const letters = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(SECRET)));
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The tabs of this browser. */
export const broadcast = 'broadcast';

/** An MQTT broker. */
export const mqtt = (url) => ({ mqtt: url });
