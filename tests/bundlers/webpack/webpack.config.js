import { resolve } from 'node:path';

export default {
  mode: 'production',
  entry: resolve(import.meta.dirname, '../app/main.js'),
  output: { path: resolve(import.meta.dirname, '../out/webpack'), filename: 'main.js' },
};
