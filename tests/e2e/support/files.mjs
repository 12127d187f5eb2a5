import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { waitFor } from './wait.mjs';

/** For `init` of a person: keeps what the page makes addresses for, which a strict page cannot be asked for otherwise. */
export const KEEPS_BLOBS = `{
  const make = URL.createObjectURL;
  globalThis.__blobs = new Map();
  URL.createObjectURL = (blob) => {
    const url = make.call(URL, blob);
    globalThis.__blobs.set(url, blob);
    return url;
  };
}`;

/** For `init` of a person: keeps what the browser says when it does not write to its disk. */
export const KEEPS_REFUSALS = `{
  globalThis.__refusals = [];
  const writable = FileSystemWritableFileStream.prototype;
  for (const name of ['truncate', 'write', 'close']) {
    const does = writable[name];
    writable[name] = async function (...values) {
      return does.apply(this, values).catch((error) => {
        globalThis.__refusals.push(name + ': ' + error.name + ': ' + error.message);
        throw error;
      });
    };
  }
}`;

/** A file of so many random bytes; resolves with its path. */
export async function makeFile(path, size) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, randomBytes(size));
  return path;
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Offers files, or a folder, through the panel's own dialog. */
export async function sends(person, paths, { folder = false } = {}) {
  await person.the(folder ? 'choose-folder' : 'choose-files').setInputFiles(paths);
}

/** Everything in the panel's list, the newest first: `{ direction, stage, title, words, percent }`. */
export function transfers(person) {
  return person.page.evaluate(() => [...document.querySelectorAll('[data-testid=transfer]')].map((item) => ({
    direction: item.dataset.direction,
    stage: item.dataset.stage,
    title: item.querySelector('[data-testid=transfer-title]').textContent,
    words: item.querySelector('[data-testid=transfer-words]').textContent,
    percent: item.querySelector('[data-testid=transfer-progress]').value,
  })));
}

/** Resolves with the newest transfer once it is at one of these stages. */
export function transferIs(person, stages, options) {
  const wanted = [stages].flat();
  return waitFor(`${person.name}'s transfer to be ${wanted}`, async () => {
    const [newest] = await transfers(person);
    return wanted.includes(newest?.stage) ? newest : undefined;
  }, options).catch(async (error) => {
    const refusals = await person.page.evaluate(() => globalThis.__refusals ?? []);
    throw new Error([error.message, ...(await transfers(person)).map((item) => JSON.stringify(item)), ...refusals].join('\n'));
  });
}

/** Presses a button of the newest transfer that has it: `accept`, `decline`, `pause`, `resume`, `cancel`, `save`. */
export async function presses(person, button) {
  await person.the(button).filter({ visible: true }).first().click();
}

/** Accepts what is offered next; resolves once all of it is there. */
export async function accepts(person, options) {
  await transferIs(person, 'asked');
  await presses(person, 'accept');
  return transferIs(person, 'done', options);
}

/** What has come with the newest transfer that is named: `[{ name, type, sha256, size }]`. Needs `KEEPS_BLOBS`. */
export function received(person) {
  return person.page.evaluate(async () => {
    const item = document.querySelector('[data-testid=transfer][data-stage=done][data-direction=in]');
    const links = [...item.querySelectorAll('[data-testid=save]')];
    return Promise.all(links.map(async (link) => {
      const blob = globalThis.__blobs.get(link.href);
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
      const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return { name: link.download, type: blob.type, size: blob.size, sha256: hex };
    }));
  });
}

/**
 * Holds files over an element and lets them go there: `[{ name, type, text }]`. Resolves with what the page said while they were held.
 */
export async function drops(person, selector, files) {
  return person.page.evaluate(async ([where, contents]) => {
    const target = document.querySelector(where);
    const dataTransfer = new DataTransfer();
    for (const { name, type, text } of contents) dataTransfer.items.add(new File([text], name, { type }));
    const event = (kind) => new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer });
    target.dispatchEvent(event('dragover'));
    await new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });
    const hint = document.querySelector('[data-testid=drop-hint]');
    const said = hint.hidden ? '' : hint.textContent.trim();
    target.dispatchEvent(event('drop'));
    return said;
  }, [selector, files]);
}

/** Where a story keeps its files. */
export const fileOf = (stage, name) => join(stage.folder, 'files', name);
