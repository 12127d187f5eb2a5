import { broadcast, generateSecret } from 'handclasp';
import { useEffect, useState } from 'react';
import { useRoom } from './useRoom.js';

location.hash ||= generateSecret();
const OPTIONS = { app: 'org.example.react', room: 'chat', secret: location.hash.slice(1), signaling: broadcast };

export function Chat() {
  const room = useRoom(OPTIONS);
  const [lines, setLines] = useState([]);
  useEffect(() => {
    if (!room) return;
    room.channel('chat').onmessage = ({ data }) => setLines((before) => [...before, data]);
  }, [room]);
  const send = (event) => {
    event.preventDefault();
    const text = new FormData(event.target).get('text');
    room.channel('chat').send(text);
    setLines((before) => [...before, text]);
    event.target.reset();
  };
  return (
    <main>
      <ul>{lines.map((line, at) => <li key={at}>{line}</li>)}</ul>
      <form onSubmit={send}><input name="text" aria-label="Message" /><button disabled={!room}>Send</button></form>
    </main>
  );
}
