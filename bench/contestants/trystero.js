// Trystero, with the strategy that its documentation gives for a relay of one's own.

import { createTopicStrategy } from '@trystero-p2p/core';

const joinRoom = createTopicStrategy({
  init: ({ relayConfig }) => new Promise((resolve, reject) => {
    const socket = new WebSocket(relayConfig.urls[0]);
    socket.onopen = () => resolve(socket);
    socket.onerror = reject;
  }),
  subscribeTopic(socket, topic, onMessage) {
    const listen = ({ data }) => {
      const message = JSON.parse(data);
      if (message.topic === topic) onMessage(topic, message.payload);
    };
    socket.addEventListener('message', listen);
    socket.send(JSON.stringify({ type: 'subscribe', topic }));
    return () => {
      socket.removeEventListener('message', listen);
      socket.send(JSON.stringify({ type: 'unsubscribe', topic }));
    };
  },
  publishTopic: (socket, topic, payload) => socket.send(JSON.stringify({ type: 'publish', topic, payload })),
});

export async function connect({ relay, secret }) {
  const room = joinRoom({ appId: 'bench', relayConfig: { urls: [relay] }, rtcConfig: { iceServers: [] } }, secret);
  const action = room.makeAction('bench');
  const target = await new Promise((resolve) => { room.onPeerJoin = resolve; });
  const link = { onmessage: undefined, send: (bytes) => action.send(bytes, { target }) };
  action.onMessage = (data) => link.onmessage(data);
  return link;
}
