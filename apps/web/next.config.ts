import type { NextConfig } from 'next';

const config: NextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  /** `npm run typecheck` does it, for all packages at once; a start from a fresh clone need not wait for it. */
  typescript: { ignoreBuildErrors: true },
  /** The workspaces are published as TypeScript sources. */
  transpilePackages: ['@nexo/client', '@nexo/shared'],
  /** The monorepo's own root, so that a lockfile further up is not taken for it. */
  turbopack: { root: new URL('../..', import.meta.url).pathname },
};

export default config;
