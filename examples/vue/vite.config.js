import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({ base: './', build: { target: 'es2022' }, optimizeDeps: { exclude: ['handclasp'] }, plugins: [vue()] });
