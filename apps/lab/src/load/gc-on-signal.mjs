/** Loaded into a server whose memory is measured: collects all garbage on SIGUSR2, so that what is left is what is needed. */
process.on('SIGUSR2', () => {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
});
