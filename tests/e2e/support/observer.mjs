import { once } from 'node:events';
import mqtt from 'mqtt';

/** A stranger with an ordinary MQTT client who reads everything that the broker passes on. */
export async function observe(broker) {
  const client = mqtt.connect(broker, { reconnectPeriod: 0 });
  await once(client, 'connect');
  const [granted] = await client.subscribeAsync('#');
  if (granted.qos > 2) throw new Error('the broker does not let anyone subscribe to everything: start it with --observe');

  const seen = [];
  client.on('message', (topic, payload) => seen.push({ topic, payload }));
  return {
    seen,
    topics: () => new Set(seen.map(({ topic }) => topic)),
    publish: (topic, payload) => client.publishAsync(topic, payload, { qos: 1 }),
    stop: () => client.endAsync(true),
  };
}
