// The guide at /docs/guide, made of docs/ by scripts/build-site.mjs, which copies the pages to .src first.
import { defineConfig } from 'vitepress';

/** Pages are text: what looks like HTML (`<tag>` of a grammar) or a placeholder of Vue stands as it was written. */
function asText(md) {
  for (const rule of ['text', 'code_inline']) {
    const usual = md.renderer.rules[rule];
    md.renderer.rules[rule] = (...args) => usual(...args).replaceAll('{{', '&#123;&#123;');
  }
}

const page = (text, link) => ({ text, link: `/${link}` });

export default defineConfig({
  title: 'Partyline',
  description: 'A conference server of your own',
  base: '/docs/guide/',
  srcDir: '.src',
  outDir: 'dist',
  cacheDir: '../node_modules/.cache/site',
  lastUpdated: false,
  // A file instead of an inline script: the server's content security policy allows none that it does not know.
  metaChunk: true,
  markdown: { html: false, config: asText, languageAlias: { nftables: 'text' } },
  themeConfig: {
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Guide', link: '/' },
      // Up from the base, which is put in front of every path: /docs.
      { text: 'API', link: '/../', target: '_self' },
    ],
    sidebar: [
      {
        text: 'Begin',
        items: [
          page('How do I …', 'how-do-i'),
          page('Configuration', 'configuration'),
          page('Commands', 'commands'),
          page('Sandbox', 'sandbox'),
        ],
      },
      {
        text: 'Run it for others',
        items: [
          page('Operations', 'operations'),
          page('As a service', 'service'),
          page('In a container', 'container'),
          page('Behind a proxy', 'proxy'),
          page('Firewall and NAT', 'firewall'),
          page('Backup and restore', 'backup'),
          page('Upgrade and roll back', 'upgrade'),
          page('Sizing', 'sizing'),
          page('Security model', 'security'),
          page('Errors', 'errors'),
        ],
      },
      {
        text: 'Interfaces',
        items: [
          page('Unified API', 'protocols/unified-api'),
          page('Webhooks', 'protocols/webhooks'),
          page('Web Services', 'protocols/web-services'),
          page('Notifications', 'protocols/notifications'),
          page('Portal', 'protocols/portal'),
          page('WebRTC', 'protocols/webrtc'),
          page('OAuth', 'protocols/oauth'),
          page('Administration', 'protocols/administration'),
        ],
      },
      {
        text: 'How it is built',
        items: [
          page('Architecture', 'architecture'),
          page('Call model', 'call-model'),
          page('Status', 'status'),
          page('Dependencies', 'dependencies'),
        ],
      },
    ],
  },
});
