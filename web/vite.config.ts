import { defineConfig } from 'vite';

export default defineConfig({
  base: '/meet/',
  publicDir: false,
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows files of the server alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
