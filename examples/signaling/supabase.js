// Signaling over Supabase's Realtime broadcasts: `supabase(createClient(url, key))`, from the package `@supabase/supabase-js`.

export function supabase(client) {
  let channel;
  return {
    name: 'supabase',
    publish: (topic, bytes) => channel.send({ type: 'broadcast', event: 'signal', payload: { bytes: btoa(String.fromCharCode(...bytes)) } }),
    subscribe(topic, callback, { up, down }) {
      channel = client.channel(topic);
      channel.on('broadcast', { event: 'signal' }, ({ payload }) => callback(Uint8Array.from(atob(payload.bytes), (letter) => letter.charCodeAt(0))));
      channel.subscribe((status) => (status === 'SUBSCRIBED' ? up() : down(status)));
      return () => client.removeChannel(channel);
    },
  };
}
