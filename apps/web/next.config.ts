import type { NextConfig } from 'next';

const config: NextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  /** The workspaces are published as TypeScript sources. */
  transpilePackages: ['@nexo/client', '@nexo/shared'],
  /** The monorepo's own root, so that a lockfile further up is not taken for it. */
  turbopack: { root: new URL('../..', import.meta.url).pathname },
};

export default config;
