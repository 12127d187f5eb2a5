import { resolve } from 'node:path';
import nodeResolve from '@rollup/plugin-node-resolve';

export default {
  input: resolve(import.meta.dirname, '../app/main.js'),
  output: { dir: resolve(import.meta.dirname, '../out/rollup'), format: 'es' },
  plugins: [nodeResolve({ browser: true })],
};
