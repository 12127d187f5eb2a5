// The files of a folder over HTTPS: node static.mjs FOLDER ADDRESS PORT CERTIFICATE KEY

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { extname, join, normalize } from 'node:path';

const [folder, address, port, certificate, key] = process.argv.slice(2);

const TYPES = {
  '.css': 'text/css', '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.mjs': 'text/javascript', '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm', '.webmanifest': 'application/manifest+json',
};

createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, 'https://host').pathname));
  const file = join(folder, path.endsWith('/') ? join(path, 'index.html') : path);
  const content = await readFile(file).catch(() => undefined);
  if (!content) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(content);
}).listen(Number(port), address, () => console.log('listening'));
