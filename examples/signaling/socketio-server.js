// For Node.js: `relay(new Server(httpServer, { maxHttpBufferSize: 65536 }))`, from the package `socket.io`.

export const relay = (io) => io.on('connection', (socket) => {
  socket.on('subscribe', (topic, done) => {
    socket.join(topic);
    done();
  });
  socket.on('unsubscribe', (topic) => socket.leave(topic));
  socket.on('publish', (topic, bytes) => socket.to(topic).emit('message', topic, bytes));
});
