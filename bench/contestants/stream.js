/** The link of a peer that is a stream of Node.js's kind: `write` says whether there is room, and `drain` when there is again. */
export async function streamLink(Peer, { role, signal }) {
  const peer = new Peer({ initiator: role === 'sender', config: { iceServers: [] } });
  peer.on('signal', signal.send);
  signal.onmessage = (what) => peer.signal(what);
  await new Promise((resolve, reject) => {
    peer.once('connect', resolve);
    peer.once('error', reject);
  });
  let failed;
  let wake;
  peer.on('error', (error) => {
    failed = error;
    wake?.();
  });
  peer.on('drain', () => wake?.());
  const link = {
    onmessage: undefined,
    send(bytes) {
      if (failed) throw failed;
      if (!peer.write(bytes)) return new Promise((resolve, reject) => { wake = () => (failed ? reject(failed) : resolve()); });
    },
  };
  peer.on('data', (bytes) => link.onmessage(bytes));
  return link;
}
