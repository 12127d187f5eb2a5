// Signaling over a WebSocket server of your own that passes each message on to everyone else on the same path: `websocket-server.js` is one.

export function websocket(url) {
  let socket;
  return {
    name: 'websocket',
    publish: (topic, bytes) => socket.send(bytes),
    subscribe(topic, callback, { up, down }) {
      let over = false;
      const connect = () => {
        socket = new WebSocket(`${url}/${encodeURIComponent(topic)}`);
        socket.binaryType = 'arraybuffer';
        socket.onopen = () => up();
        socket.onmessage = ({ data }) => callback(data);
        socket.onclose = () => {
          if (over) return;
          down('the connection was lost');
          setTimeout(connect, 1000);
        };
      };
      connect();
      return () => {
        over = true;
        socket.close();
      };
    },
  };
}
