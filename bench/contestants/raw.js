// The browser's own channel with back-pressure, as one writes it with care and without a library.

/** No more is given to the browser while it has so much to send, bytes: far below where Chromium throws (16 MiB). */
const HIGH_WATER = 1024 * 1024;

/** Sending goes on at this, bytes, so that the browser does not run dry. */
const LOW_WATER = 256 * 1024;

export async function connect({ role, signal }) {
  const connection = new RTCPeerConnection({ iceServers: [] });
  const channel = connection.createDataChannel('bench', { negotiated: true, id: 0 });
  channel.binaryType = 'arraybuffer';
  channel.bufferedAmountLowThreshold = LOW_WATER;
  connection.onicecandidate = ({ candidate }) => candidate && signal.send({ candidate });

  const describe = async () => {
    await connection.setLocalDescription();
    signal.send({ description: connection.localDescription });
  };
  let work = Promise.resolve(); // one signal after another
  signal.onmessage = ({ description, candidate }) => {
    work = work.then(async () => {
      if (candidate) return connection.addIceCandidate(candidate);
      await connection.setRemoteDescription(description);
      if (description.type === 'offer') await describe();
    });
  };
  await new Promise((resolve) => {
    channel.onopen = resolve;
    if (role === 'sender') describe();
  });

  const link = {
    onmessage: undefined,
    send(bytes) {
      channel.send(bytes);
      if (channel.bufferedAmount > HIGH_WATER) return new Promise((resolve) => { channel.onbufferedamountlow = resolve; });
    },
  };
  channel.onmessage = ({ data }) => link.onmessage(data);
  return link;
}
