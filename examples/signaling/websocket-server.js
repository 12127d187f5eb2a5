// For Node.js: `relay(new WebSocketServer({ port: 8080, maxPayload: 65536 }))`, from the package `ws`.

export const relay = (server) => server.on('connection', (socket, { url }) => {
  socket.room = url;
  socket.on('message', (bytes) => {
    for (const other of server.clients) {
      if (other !== socket && other.room === url && other.readyState === other.OPEN) other.send(bytes);
    }
  });
});
