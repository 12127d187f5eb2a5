import { X509Certificate, createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { run } from './run.mjs';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A lab lives for hours; but handclasp-serve makes a new certificate when less than a week is left of one. */
const DAYS = '30';

/**
 * Makes an authority that nobody knows, and a certificate of it for `names`, of which some are addresses. Resolves with their files and with
 * `spki`, the hash of the public key that Chromium can be told to accept.
 */
export async function makeCertificates(folder, names) {
  const file = (name) => join(folder, name);
  await run('openssl', ['req', '-x509', ...KEY, '-days', DAYS, '-subj', '/CN=Authority of a network lab', '-keyout', file('ca.key'), '-out', file('ca.pem'),
    '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']);
  await run('openssl', ['req', '-x509', '-CA', file('ca.pem'), '-CAkey', file('ca.key'), ...KEY, '-days', DAYS, '-subj', '/CN=A network lab',
    '-keyout', file('server.key'), '-out', file('server.pem'),
    '-addext', `subjectAltName=${names.map((name) => (isIP(name) ? `IP:${name}` : `DNS:${name}`)).join(',')}`,
    '-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=serverAuth']);
  const certificate = new X509Certificate(await readFile(file('server.pem')));
  const spki = createHash('sha256').update(certificate.publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
  return { ca: file('ca.pem'), certificate: file('server.pem'), key: file('server.key'), notAfter: Date.parse(certificate.validTo), spki };
}
