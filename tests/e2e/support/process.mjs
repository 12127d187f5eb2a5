import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How long a server may take from start to ready, ms. */
const READY_WITHIN = 10_000;

/**
 * Starts `command` and resolves when a line of its output matches `ready`, with the match.
 *
 * The process can be stopped (`SIGTERM`, as an operator does) or killed (`SIGKILL`, as a crash does); both resolve when it
 * is gone. It is also killed when the test run exits.
 */
export async function start(command, args, { ready, env } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const lines = [];
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const gone = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      process.removeListener('exit', killAtExit);
      resolve(signal ?? code);
    });
  });

  const match = await new Promise((resolve, reject) => {
    const fail = (why) => {
      clearTimeout(timer);
      reject(new Error(`${command}: ${why}\n${lines.join('')}`));
    };
    const timer = setTimeout(() => fail(`not ready within ${READY_WITHIN} ms`), READY_WITHIN);
    const read = (chunk) => {
      lines.push(String(chunk));
      const found = ready.exec(lines.join(''));
      if (found) {
        clearTimeout(timer);
        resolve(found);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => fail(error.message));
    gone.then((how) => fail(`ended (${how}) before it was ready`));
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });

  const end = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit').catch(() => {});
    }
  };
  return { match, pid: child.pid, gone, output: () => lines.join(''), stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}
