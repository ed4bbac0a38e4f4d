// Before anything is drawn: the colours that were chosen here. See src/look/switches.tsx.
try {
  const theme = window.localStorage.getItem('partyline.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Nothing is kept in this browser.
}
