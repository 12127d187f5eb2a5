// Signaling over Socket.IO: `socketio(io('https://example.org'))`, where `socketio-server.js` passes messages on.

export const socketio = (socket) => ({
  name: 'socket.io',
  publish: (topic, bytes) => socket.emit('publish', topic, bytes),
  subscribe(topic, callback, { up, down }) {
    const heard = (to, bytes) => { if (to === topic) callback(bytes); };
    const enter = () => socket.emit('subscribe', topic, () => up());
    const lost = (reason) => down(reason);
    socket.on('message', heard).on('connect', enter).on('disconnect', lost);
    if (socket.connected) enter();
    return () => {
      socket.off('message', heard).off('connect', enter).off('disconnect', lost);
      socket.emit('unsubscribe', topic);
    };
  },
});
