/** What a link gave, as bytes. */
export const bytesOf = (data) => (data instanceof ArrayBuffer ? new Uint8Array(data)
  : data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength));

/** The size of the pieces that messages go in where they cannot go whole, bytes: what all browsers are quick with. */
const PIECE = 64 * 1024;

/**
 * A link for messages that are larger than those that `link` takes: they go in pieces and are put together again, as every program has to that uses
 * such a link. All messages are of `size` bytes, so no piece needs a header.
 */
export function inPieces(link, size) {
  const joined = {
    onmessage: undefined,
    async send(message) {
      for (let offset = 0; offset < message.length; offset += PIECE) await link.send(message.subarray(offset, offset + PIECE));
    },
  };
  let message = new Uint8Array(size);
  let filled = 0;
  link.onmessage = (data) => {
    const piece = bytesOf(data);
    message.set(piece, filled);
    filled += piece.length;
    if (filled < size) return;
    const whole = message;
    message = new Uint8Array(size); // whoever is given a message may keep it
    filled = 0;
    joined.onmessage(whole);
  };
  return joined;
}
