import { defineConfig } from 'vite';

/** One entry for each page; what several need is in files they share. server/src/api/pages.ts serves them. */
const pages = ['index.html', 'meet.html', 'agent.html', 'console.html', 'sandbox.html', 'nowhere.html'];

export default defineConfig({
  base: '/pages/',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2024',
    // The content security policy allows files of the server alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Whoever starts it for the first time is not told which plugin of the build was slow.
    rolldownOptions: { input: pages, checks: { pluginTimings: false } },
  },
});
