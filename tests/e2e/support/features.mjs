// What people can do, which stories tell of it, and what it takes of a browser: for docs/browsers.md.

/**
 * From which version on Chrome, Firefox and Safari have what is used: MDN's browser-compat-data of August 2026. Edge and other browsers made of Chromium
 * have it with Chrome's.
 */
const API = {
  'WebAssembly reference types': ['96', '79', '15.1'],
  '`connectionState`': ['72', '113', '11'],
  'implicit rollback': ['80', '70', '15.4'],
  '`restartIce`': ['77', '70', '14.1'],
  '`getDisplayMedia`': ['72', '66', '13'],
  'OPFS, `createWritable`': ['86', '111', '26'],
  '`setConfiguration`': ['48', '99', '11'],
  '`icecandidateerror`': ['77', '150', '14.1'],
  '`DecompressionStream`': ['80', '113', '16.4'],
  'transferable `RTCDataChannel`': ['130', '144', '15'],
};

/** What everything takes. */
const BASE = ['WebAssembly reference types', '`connectionState`', 'implicit rollback', '`restartIce`'];

/** `files` are stories, by the names of their files; `uses` is what the feature takes besides the base, `note` what a reader has to know. */
export const FEATURES = [
  { name: 'Calls: voice, video, several people', files: ['call', 'third-person', 'leaving', 'mosquitto', 'tls', 'headers'] },
  { name: 'Messages', files: ['chat'] },
  { name: 'Tabs of one browser, without a server', files: ['no-broker'] },
  { name: 'Going on without the broker', files: ['broker-lost'] },
  { name: 'Sharing a screen', files: ['screen-share'], uses: ['`getDisplayMedia`'], note: 'shared from Chromium, watched in Firefox; no mobile browser shares' },
  { name: 'Files', files: ['files'] },
  { name: 'Files that go on after a reload or a crash', files: ['files-resume'], uses: ['OPFS, `createWritable`'], note: 'without it, what came is in memory alone' },
  { name: 'Files moved in a worker, beside a busy page', files: ['npm-worker'], uses: ['transferable `RTCDataChannel`'], note: 'without it they are moved in the page' },
  { name: 'Connecting by hand', files: ['by-hand'] },
  { name: 'QR codes, shown and scanned', files: ['qr'] },
  { name: 'The page as one file', files: ['single-file'], uses: ['`DecompressionStream`'] },
  { name: 'Four words', files: ['words'] },
  { name: 'Diagnosis', files: ['diagnose'], uses: ['`icecandidateerror`'], note: 'without it, why a TURN server refuses is not told' },
  { name: 'npm package; credentials that expire', files: ['npm', 'npm-abort', 'npm-channels', 'npm-events', 'npm-requests', 'npm-signaling', 'npm-streams'], uses: ['`setConfiguration`'] },
  { name: 'npm package: files', files: ['npm-files'] },
  { name: 'npm package: by hand', files: ['npm-by-hand'] },
  { name: '`<handclasp-call>`', files: ['npm-element'] },
  { name: 'GGRS, games', files: ['game', 'bevy'] },
];

/** Stories about what is no feature of a browser. */
export const OTHERS = ['broker-sees-nothing', 'by-hand-slow', 'camera', 'documents', 'errors', 'features', 'fuzz-options', 'examples', 'layout', 'npm-frameworks', 'npm-leaks', 'npm-migrate', 'npm-server', 'wrong-secret'];

/** The first versions, of Chrome, Firefox and Safari, with all that a feature takes; and of what each comes that is above the base. */
export function since({ uses = [] }) {
  const newest = (names) => [0, 1, 2].map((engine) => names.map((name) => API[name][engine]).reduce((a, b) => (Number(b) > Number(a) ? b : a)));
  const base = newest(BASE);
  return { versions: newest([...BASE, ...uses]), of: uses.filter((name) => API[name].some((version, engine) => Number(version) > Number(base[engine]))) };
}

/** How a feature did in an engine, of the newest record of each story: a version, `failed`, or nothing when no story had one. */
export function outcome({ files }, engine, records) {
  const newest = new Map(records.filter(({ file }) => files.includes(file)).map((record) => [`${record.file}: ${record.story}`, record]));
  const told = [...newest.values()].filter(({ browsers }) => browsers[engine]);
  if (told.length === 0) return undefined;
  return told.every(({ passed }) => passed) ? told.at(-1).browsers[engine].split('.')[0] : 'failed';
}

/** The table, in Markdown. */
export function table(records) {
  const rows = FEATURES.map((feature) => {
    const { versions: [chrome, firefox, safari], of } = since(feature);
    const cell = (engine, from) => {
      const version = outcome(feature, engine, records);
      return `${version === 'failed' ? '**failed**' : version ? `✓ ${version}` : 'not tested'}, from ${from}`;
    };
    const remarks = [...of, ...(feature.note ? [feature.note] : [])].join('; ');
    return `| ${feature.name} | ${cell('chromium', chrome)} | ${cell('firefox', firefox)} | not tested, from ${safari} | ${remarks} |`;
  });
  return ['| | Chrome, Edge | Firefox | Safari | |', '|---|---|---|---|---|', ...rows].join('\n');
}
